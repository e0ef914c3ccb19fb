"""``tradelatch bots`` and ``tradelatch deals``."""
