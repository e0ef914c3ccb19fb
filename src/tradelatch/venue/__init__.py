"""The exchange that comes with Tradelatch: a real order book in Binance Spot's own protocol.

`engine` is a pure state machine (commands in, events out, time handed in), `life` the markets'
fair prices and the agents that quote and trade them, `api` the faces: REST, websockets, admin.
`house` holds one running venue together, `log` keeps what was acknowledged, `serve` runs it all.
"""
