"""Notices: what the journal tells, brought to people."""
