"""One DCA bot on the same candles in each engine; most of these run in environments of others."""
