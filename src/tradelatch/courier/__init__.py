"""Dials exchanges: verifies TLS, carries what is signed, reads answers, looks after accounts."""
