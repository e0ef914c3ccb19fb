"""Rehearsed attacks on a running Tradelatch, scored in money lost."""
