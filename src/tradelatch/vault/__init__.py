"""Sealing, key-encryption keys, and the exchange keys' life from import to destruction."""
