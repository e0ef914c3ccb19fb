"""``tradelatch detect``: detectors on files of trades."""
