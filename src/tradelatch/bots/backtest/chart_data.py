"""What the charts of a page are drawn from, as one JSON value that is safe inside HTML."""

import json
from collections.abc import Sequence
from typing import Any

from tradelatch.bots.backtest.result import FillResult, Result, as_json
from tradelatch.bots.backtest.statistics import curve, held_curve, underwater
from tradelatch.bots.backtest.words import places
from tradelatch.model.orders import Side

CHART_POINTS = 4_000
"""About as many points of equity as a chart gets; those between are within the ones it shows."""
_DEAL = (
    *("number", "symbol", "direction", "state", "opened_ms", "closed_ms", "entries"),
    *("average_entry", "average_exit", "cost", "profit", "profit_share", "fees_value"),
)


def embedded(result: Result) -> str:
    """The JSON with `<`, `>` and `&` written as escapes, so that no text in it ends its element."""
    text = json.dumps(chart_data(result), ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def chart_data(result: Result) -> dict[str, Any]:
    """Times in charts are in s, all others in ms; exact sums of deals are strings."""
    told = as_json(result)
    return {
        "start": result.start_ms,
        "end": result.end_ms,
        "quote": result.quote,
        "places": places(result.start_equity),
        "symbols": list(result.symbols),
        "columns": list(_DEAL),
        "deals": [[deal[name] for name in _DEAL] for deal in told["deals"]],
        "fills": [_fill(fill) for fill in result.fills],
        "equity": _equity(result),
        "candles": {
            symbol: [
                [candle[0] / 1000 for candle in candles],
                *([float(candle[at]) for candle in candles] for at in range(1, 5)),
            ]
            for symbol, candles in result.candles.items()
        },
    }


def _fill(fill: FillResult) -> list[Any]:
    bought = int(fill.side is Side.BUY)
    price, quantity = float(fill.price), float(fill.quantity)
    return [fill.time_ms, fill.deal, fill.symbol, bought, price, quantity, fill.tag]


def _equity(result: Result) -> list[list[float] | None]:
    """Times in s, equity, percent below the peak (negative), and equity if bought and held."""
    points = curve(result)
    water = underwater(points)
    shown = telling(points, water)
    charts = [result.candles.get(symbol, ()) for symbol in result.symbols]
    held = held_curve(charts, points[0][1], (points[index][0] for index in shown))
    return [
        [points[index][0] / 1000 for index in shown],
        [_short(points[index][1]) for index in shown],
        [_short(-100 * water[index]) for index in shown],
        None if held is None else [_short(value) for value in held],
    ]


def telling(
    points: Sequence[tuple[int, float]], water: Sequence[float], most: int = CHART_POINTS
) -> list[int]:
    """Indices of at most `most` points (five or more): of every stretch its first, highest, lowest
    and most under water, so that no peak and no fall is lost, and the last of all."""
    if len(points) <= most:
        return list(range(len(points)))
    stretch = -(-len(points) // ((most - 1) // 4))
    chosen = {len(points) - 1}
    for first in range(0, len(points), stretch):
        within = range(first, min(first + stretch, len(points)))
        chosen |= {
            first,
            max(within, key=lambda index: points[index][1]),
            min(within, key=lambda index: points[index][1]),
            max(within, key=water.__getitem__),
        }
    return sorted(chosen)


def _short(value: float) -> float:
    """Nine digits are more than a chart shows."""
    return float(f"{value:.9g}")
