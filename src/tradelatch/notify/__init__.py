"""Notices to people: the channels they go by, quiet hours, and what waits to be sent."""
