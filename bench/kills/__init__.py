"""Bots that trade live and are killed at named points: what their own books say afterwards, against
what the venue has."""
