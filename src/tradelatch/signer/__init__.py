"""The trusted core: authenticate, read, screen, reserve, record, sign. It has no network."""
