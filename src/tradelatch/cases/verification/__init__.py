"""From evidence to verified losses."""
