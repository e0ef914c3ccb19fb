"""What the week came to, as tables and for machines."""

from decimal import Decimal
from statistics import median
from typing import Any

from tradelatch.cli.console import print_table
from tradelatch.drills.week.outcome import TALLIED, Compared, Outcome, Stop, Tally, totals
from tradelatch.drills.week.side import Result
from tradelatch.model.money import plain
from tradelatch.policy.document import AMOUNTS

_DIGITS = 5


def show(outcome: Outcome) -> None:
    """All tables; each fits 100 columns."""
    _show_orders(outcome)
    _show_causes(outcome)
    _show_stops(outcome)
    _show_accounts(outcome)
    _show_amounts(outcome)


def _show_orders(outcome: Outcome) -> None:
    rows = [tally.row(name) for name, tally in _tallies(outcome)]
    print_table(f"Orders behind the gate in {outcome.length}", TALLIED, rows, range(1, 7))


def _show_causes(outcome: Outcome) -> None:
    rows = [
        (name, rule, f"{denial.times:,}", denial.says)
        for name, tally in _tallies(outcome)
        for rule, denial in tally.by_cause
    ]
    if rows:
        columns = ("in markets", "refused by", "times", "what it said first")
        print_table("What refused them", columns, rows, (2,))


def _show_stops(outcome: Outcome) -> None:
    columns = (
        "stop-losses",
        "set off",
        "sold",
        "left",
        "orders",
        "refused",
        "minutes, median",
        "most",
    )
    rows = [
        (result.name, *stop_cells(outcome.stops(result)))
        for result in (outcome.guarded, outcome.bare)
    ]
    print_table("Stop-losses", columns, rows, range(1, 8))


def stop_cells(stops: list[Stop]) -> tuple[str, ...]:
    """How many were set off, sold and left, with how many orders, and how long it took."""
    minutes = [(stop.last_ms - stop.first_ms) / 60_000 for stop in stops if not stop.is_left]
    return (
        str(len(stops)),
        str(len(minutes)),
        str(len(stops) - len(minutes)),
        str(sum(stop.orders for stop in stops)),
        str(sum(stop.refused for stop in stops)),
        f"{median(minutes):.1f}" if minutes else "",
        f"{max(minutes):.1f}" if minutes else "",
    )


def _show_accounts(outcome: Outcome) -> None:
    compared = outcome.compared()
    columns = (
        "account",
        "worth",
        "with",
        "without",
        "difference",
        "of worth",
        "costs",
        "holdings",
        "because of",
    )
    rows: list[tuple[str, ...]] = [
        (
            row.account,
            f"{row.worth:.2f}",
            _signed(row.gain),
            _signed(row.without),
            _signed(row.difference),
            f"{row.difference / row.worth:+.3%}",
            _signed(row.by_costs),
            _signed(row.by_holdings),
            row.because,
        )
        for row in compared
    ]
    all_ = totals(compared)
    figures = ("gain", "without", "difference")
    rows.append(
        (
            "all",
            f"{all_['worth']:.2f}",
            *(_signed(all_[name]) for name in figures),
            f"{all_['difference'] / all_['worth']:+.3%}",
            _signed(all_["by_costs"]),
            _signed(all_["by_holdings"]),
            "",
        )
    )
    print_table("Gains with the gate and without it, BTC", columns, rows, range(1, 8))


def _show_amounts(outcome: Outcome) -> None:
    rows = [
        (name, *(cell for amount in AMOUNTS for cell in _used(outcome.guarded, name, amount)))
        for name in outcome.guarded.peaks
    ]
    columns = ("account", "B a day", "share", "X a day", "share", "E a day", "share")
    title = "Used at the most: of a day's amounts (BTC), and as a share of any window's"
    print_table(title, columns, rows, range(1, 8))


def _used(result: Result, account: str, amount: str) -> tuple[str, str]:
    peak = result.peaks[account][amount]
    return f"{peak.day:.{_DIGITS}f}", f"{peak.share:.1%}"


def _tallies(outcome: Outcome) -> list[tuple[str, Tally]]:
    return [("deep", outcome.deep_orders), ("thin", outcome.thin_orders)]


def _signed(amount: Decimal) -> str:
    return f"{amount:+.{_DIGITS}f}"


def numbers(outcome: Outcome) -> dict[str, Any]:
    """All of it for machines; amounts are strings, in BTC."""
    problems = outcome.problems()
    sides = {"guarded": outcome.guarded, "unguarded": outcome.bare}
    return {
        "hours": outcome.hours,
        "orders": {name: _tally_numbers(tally) for name, tally in _tallies(outcome)},
        "stop_losses": {
            side: [_stop_numbers(stop) for stop in outcome.stops(result)]
            for side, result in sides.items()
        },
        "accounts": {row.account: _account_numbers(outcome, row) for row in outcome.compared()},
        "all": {name: plain(figure) for name, figure in totals(outcome.compared()).items()},
        "passed": not problems,
        "problems": problems,
    }


def _tally_numbers(tally: Tally) -> dict[str, Any]:
    return {
        "asked": tally.asked,
        "refused": tally.refused,
        "withdrawn": tally.withdrawn,
        "share": float(tally.share),
        "at_market": tally.at_market,
        "cut_short": tally.cut,
        "left_unfilled_by_limits": plain(tally.unfilled),
        "by_rule": {
            rule: {"times": denial.times, "first": denial.says} for rule, denial in tally.by_cause
        },
    }


def _stop_numbers(stop: Stop) -> dict[str, Any]:
    return {
        "account": stop.account,
        "bot": stop.bot,
        "market": stop.symbol,
        "set_off_ms": stop.first_ms,
        "last_fill_ms": stop.last_ms,
        "orders": stop.orders,
        "refused": stop.refused,
        "sold": plain(stop.sold),
        "for": plain(stop.money),
        "left_unfilled": stop.is_left,
        "by_rule": sorted(stop.causes),
    }


def _account_numbers(outcome: Outcome, row: Compared) -> dict[str, Any]:
    peaks = outcome.guarded.peaks[row.account]
    return {
        "worth": plain(row.worth),
        "gain_with_gate": plain(row.gain),
        "gain_without_gate": plain(row.without),
        "difference": plain(row.difference),
        "by_costs": plain(row.by_costs),
        "by_holdings": plain(row.by_holdings),
        "because_of": row.because,
        "used_at_most": {
            amount: {"day": plain(peak.day), "share_of_a_window": float(peak.share)}
            for amount, peak in peaks.items()
        },
    }
