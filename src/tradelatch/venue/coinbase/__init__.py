"""Another face of the venue: Coinbase Advanced Trade's REST protocol, under ``/coinbase``."""
