"""Conclusions of a verified case: pure functions, exact figures, each with what it stands on."""
