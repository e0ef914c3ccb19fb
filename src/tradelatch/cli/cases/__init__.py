"""``tradelatch case``: evidence in, losses verified."""
