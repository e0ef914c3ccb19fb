"""The exchange as a pure state machine: accounts, keys, order books; no I/O, no clock."""
