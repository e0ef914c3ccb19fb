"""What a request weighs where that depends on what is asked for; `values` are its parameters.

Weights as https://developers.binance.com/docs/binance-spot-api-docs/rest-api lists them.
"""

from collections.abc import Callable

Weigh = Callable[[dict[str, str]], int]
_DEPTHS = ((100, 5), (500, 25), (1_000, 50))
_DEEPEST = 250
_PER_SYMBOL, _MOST = 4, 200


def depth(values: dict[str, str]) -> int:
    """By the number of levels."""
    text = values.get("limit", "")
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 100
    return next((weight for most, weight in _DEPTHS if limit <= most), _DEEPEST)


def day_ticker(values: dict[str, str]) -> int:
    """By the number of markets: few, some, or all."""
    if "symbol" in values:
        return 2
    count = _listed(values)
    if count == 0 or count > 100:
        return 80
    return 2 if count <= 20 else 40


def per_symbol(values: dict[str, str]) -> int:
    """Four for each market, up to 200."""
    return min(_PER_SYMBOL * max(_listed(values), 1), _MOST)


def one_or(otherwise: int, *, name: str = "symbol", one: int = 2) -> Weigh:
    """`one` where the parameter `name` is given, else another weight."""
    return lambda values: one if name in values else otherwise


def order_test(values: dict[str, str]) -> int:
    """More where commissions are to be told."""
    return 20 if values.get("computeCommissionRates", "").lower() == "true" else 1


def _listed(values: dict[str, str]) -> int:
    """How many markets a list of them names."""
    text = values.get("symbols", "")
    return text.count(",") + 1 if text else 0
