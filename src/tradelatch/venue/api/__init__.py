"""The venue's faces: Binance Spot's protocol for traders, the admin API for its operator."""
