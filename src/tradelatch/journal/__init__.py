"""The tamper-evident record: append, Merkle tree, checkpoints, verify."""
