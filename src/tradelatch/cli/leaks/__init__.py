"""``tradelatch leak``."""
