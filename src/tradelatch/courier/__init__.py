"""Dials exchanges with what the signer hands it, verifies TLS, brings answers back."""
