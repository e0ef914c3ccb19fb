"""The bots' face: each exchange's own API, without a secret of its own."""
