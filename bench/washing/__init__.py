"""Wash trades found in made-up trades: the plain way, and phases as processes of their own."""
