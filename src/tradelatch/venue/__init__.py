"""The exchange that comes with Tradelatch: a real order book in Binance Spot's own protocol.

`engine` is a pure state machine (commands in, events out, time handed in), `log` keeps what was
acknowledged, `makers` quote, `rest` and `admin` are its two faces and `serve` runs it all.
"""
