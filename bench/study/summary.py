"""From bot-days, worst hours and takes to tables and charts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from statistics import median

from bench.report import Cell, Table
from bench.study.charts import Panel
from bench.study.days import BOTS, CLASSES, COLLARS, DRIFTS, Day
from bench.study.thief import PUSHES, Take
from bench.study.worst import Sale

X_MULTIPLES = (0.75, 1.0, 1.1, 1.25, 1.5, 2.0)
B_SHARES = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01)
Takes = dict[str, list[Take]]
"""The takes of a thief, one a tape, by what was varied."""


def percent(part: float, whole: float) -> float:
    """A share in percent, zero of nothing."""
    return 100 * part / whole if whole else 0.0


def refusals(title: str, days: Sequence[Day], kinds: Sequence[str]) -> Table:
    """By kind of market and bot: orders refused in percent, and bot-days with a refusal by the
    amounts."""
    rows: list[tuple[Cell, ...]] = []
    for kind in kinds:
        for bot in BOTS:
            of = [day for day in days if (day.kind, day.bot) == (kind, bot)]
            rows.append(_refusals(kind, bot, of))
    rows.append(_refusals("all", "all", days))
    columns = (
        "market",
        "bot",
        "bot-days",
        "orders",
        "by collar %",
        "by amounts %",
        "other %",
        "days by collar %",
        "days by amounts %",
    )
    return Table(title, columns, ("", "", ",", ",", ".2f", ".3f", ".3f", ".1f", ".2f"), rows)


def _refusals(kind: str, bot: str, days: Sequence[Day]) -> tuple[Cell, ...]:
    placed = sum(day.placed for day in days)
    collar = sum(day.refused.get("price_collar", 0) for day in days)
    amounts = sum(day.by_amounts for day in days)
    either = sum(day.refused.get("orders", 0) for day in days)
    return (
        kind,
        bot,
        len(days),
        placed,
        percent(collar, placed),
        percent(amounts, placed),
        percent(max(either - collar - amounts, 0), placed),
        percent(sum("price_collar" in day.refused for day in days), len(days)),
        percent(sum(day.by_amounts > 0 for day in days), len(days)),
    )


def stops(thin: Sequence[Day], deep: Sequence[Day]) -> Table:
    """What became of the stop-losses of the DCA bots."""
    rows: list[tuple[Cell, ...]] = []
    for name, days in (("thin", thin), ("deep", deep)):
        every = [stop for day in days for stop in day.stops]
        done = [stop for stop in every if stop.done_ms is not None]
        minutes = sorted((stop.done_ms or 0) - stop.at_ms for stop in done)
        rows.append(
            (
                name,
                len(every),
                len(done),
                sum(stop.refused for stop in every),
                sum(stop.missed > 0 for stop in every),
                median(minutes) / 60_000 if minutes else None,
                minutes[len(minutes) * 9 // 10] / 60_000 if minutes else None,
            )
        )
    columns = (
        "market",
        "stops",
        "sold out",
        "orders refused",
        "collared for a while",
        "median minutes",
        "p90 minutes",
    )
    return Table("Stop-losses", columns, ("", ",", ",", ",", ",", ",.0f", ",.0f"), rows)


def worst(sales: Sequence[Sale]) -> Table:
    """Each sell of the worst hours."""
    rows: list[tuple[Cell, ...]] = [
        (
            sale.tape.partition("_")[0],
            datetime.fromtimestamp(sale.start_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M"),
            100 * sale.fall,
            sale.what,
            sale.orders,
            sale.refused.get("orders", 0),
            ", ".join(rule for rule in sale.refused if rule != "orders") or "-",
            "yes" if sale.missed else "no",
            sale.minutes,
            100 * sale.cost,
            100 * sale.charged,
        )
        for sale in sales
    ]
    columns = (
        "coin",
        "hour from (UTC)",
        "fell %",
        "sell",
        "orders",
        "refused",
        "by",
        "collared",
        "minutes",
        "cost, % of the sale",
        "on E, % of the sale",
    )
    forms = ("", "", ".0f", "", ",", ",", "", "", ",", ".1f", ".1f")
    return Table("The ten worst hours", columns, forms, rows)


def curve(title: str, across: str, labels: Sequence[str], lines: dict[str, list[float]]) -> Table:
    """The points of a chart, in percent."""
    rows: list[tuple[Cell, ...]] = [
        (label, *(line[number] for line in lines.values())) for number, label in enumerate(labels)
    ]
    return Table(title, (across, *lines), ("", *(".2f" for _ in lines)), rows)


def shadow_lines(
    days: Sequence[Day], name: str, values: Iterable[object]
) -> dict[str, list[float]]:
    """Orders whose price another collar or drift would refuse, in percent by class."""
    wanted = list(values)
    return {
        kind: [
            percent(
                sum(day.shadowed.get(f"{name} {value}", 0) for day in of),
                sum(day.placed for day in of),
            )
            for value in wanted
        ]
        for kind in CLASSES
        if (of := [day for day in days if day.kind == kind])
    }


def exceeding(
    days: Sequence[Day], limits: Sequence[float], peak: Callable[[Day], float]
) -> dict[str, list[float]]:
    """Bot-days that would take more of an amount than each limit, in percent by bot."""
    return {
        bot: [percent(sum(peak(day) > limit for day in of), len(of)) for limit in limits]
        for bot in BOTS
        if (of := [day for day in days if day.bot == bot])
    }


def takes(title: str, found: Takes) -> Table:
    """What a thief took: over the tapes, as shares of the account in percent."""
    rows: list[tuple[Cell, ...]] = []
    for name, each in found.items():
        losses = sorted(take.at_market for take in each)
        bags = sorted(take.worthless for take in each)
        rows.append(
            (
                name,
                len(each),
                100 * median(losses),
                100 * losses[len(losses) * 9 // 10],
                100 * losses[-1],
                100 * median(bags),
                median(take.orders for take in each),
            )
        )
    columns = (
        "terms",
        "tapes",
        "median %",
        "p90 %",
        "most %",
        "median, coins worthless %",
        "orders",
    )
    return Table(title, columns, ("", ",", ".2f", ".2f", ".2f", ".2f", ",.0f"), rows)


def most(found: Takes) -> list[float]:
    """The largest take of each terms, in percent of the account."""
    return [100 * max(take.at_market for take in each) for each in found.values()]


def refusal_panels(thin: Sequence[Day], deep: Sequence[Day], lasting: Sequence[Day]) -> list[Panel]:
    """How honest bots fare against collar, drift, X and B."""
    collars = [f"{100 * float(value):g} %" for value in COLLARS]
    drifts = [f"{100 * float(value):g} %" for value in DRIFTS]
    return [
        Panel(
            "Thin: the collar",
            "collar",
            "orders refused, %, by volatility a day",
            collars,
            shadow_lines(thin, "collar", COLLARS),
        ),
        Panel(
            "Thin: the drift",
            "drift_1h (drift_24h three times that)",
            "orders refused at a collar of the class, %",
            drifts,
            shadow_lines(thin, "drift", DRIFTS),
        ),
        Panel(
            "Thin: the allocation X",
            "X as a multiple of what the bot may invest",
            "bot-days that need more, %",
            [f"{value:g}" for value in X_MULTIPLES],
            exceeding(thin, X_MULTIPLES, lambda day: day.x_peak),
        ),
        Panel(
            "Deep: the budget B",
            "B as a share of the account",
            "bot-days that need more, %",
            [f"{100 * value:g} %" for value in B_SHARES],
            exceeding([*deep, *lasting], B_SHARES, lambda day: day.b_peak),
        ),
    ]


def thief_panels(by_collar: Takes, by_amounts: Takes, by_push: dict[str, Takes]) -> list[Panel]:
    """What the thieves take against collar, amounts and drift."""
    return [
        Panel(
            "Deep: contra trades, by collar",
            "collar",
            "most taken, % of the account (B + E: 1.5 %)",
            list(by_collar),
            {"most": most(by_collar)},
        ),
        Panel(
            "Deep: contra trades, by amounts",
            "B (E: twice that)",
            "most taken, % of the account",
            list(by_amounts),
            {"most": most(by_amounts), "B + E": [3 * float(n.rstrip(" %")) for n in by_amounts]},
        ),
        Panel(
            "Deep: the reference pushed first",
            "drift_1h",
            "most taken at the unpushed price, %",
            [f"{100 * float(value):g} %" for value in DRIFTS],
            {f"push {100 * float(p):g} %": most(by_push[str(p)]) for p in PUSHES},
        ),
    ]
