"""What a bot did live against a backtest of the same time: every difference has a cause."""
