"""The page of the replay: what became of everybody's money on the three sides."""

from collections.abc import Collection, Sequence

from tradelatch.drills.cast import FIRST
from tradelatch.drills.charts import (
    LABEL,
    Line,
    bar,
    cards,
    document,
    label,
    legend,
    lines,
    section,
    svg,
    table,
    text,
)
from tradelatch.drills.controls import COMPLAINT_H, SAYS, Control
from tradelatch.drills.outcome import Outcome, Sample, Side
from tradelatch.model.money import ZERO

NOTE = (
    "Two-factor login was on and withdrawal rights were off all along: a key trades without either."
)
SIDES = {
    "unguarded": ("as in 2022", "bad"),
    "controlled": ("exchanges act", "warn"),
    "guarded": ("behind the gate", "good"),
}
EXCHANGES = {"binance": "Binance", "kucoin": "KuCoin", "coinbase": "Coinbase"}
"""What exchanges are called."""
STEPS = {
    Control.EXPIRE.value: "expire old keys",
    Control.REVOKE.value: "revoke keys",
    Control.FREEZE.value: "freeze accounts",
    Control.TELL.value: "tell owners",
    "all": "all of them",
}
"""What steps are called in short, by the names of `Curves.lost`."""
_COLOURS = ("series-1", "series-2", "series-3", "series-4", "series-5")
_ROW, _BAR = 46, 560
_COLUMNS = ("alone", "at hour", "lost, BTC", "saved, BTC")


def page(outcome: Outcome, made: str) -> str:
    """The whole document; `made` says how and when it was."""
    body = [_cards(outcome), _equity(outcome), _controls(outcome), _accounts(outcome)]
    return document("The theft of 2022, three ways", f"{NOTE} {made}", "".join(body))


def _cards(outcome: Outcome) -> str:
    bare, acted, kept = outcome.sides
    stated = sum(outcome.stated.values())
    return cards(
        [
            (
                f"{bare.before[FIRST]:.1f} → {bare.after[FIRST]:.1f}",
                f"BTC of {FIRST}, its key in the thieves' hands",
                "bad",
            ),
            (f"{bare.lost_in_all:.1f}", f"BTC lost by all {len(bare.before)} as in 2022", "bad"),
            (f"{acted.lost_in_all:.1f}", "BTC lost where the exchanges act", "warn"),
            (f"{kept.lost_in_all:.2f}", f"BTC lost behind the gate, of {stated:.2f}", "good"),
        ]
    )


def _equity(outcome: Outcome) -> str:
    longest = max(side.samples[-1].hour for side in outcome.sides)
    drawn = [
        Line(SIDES[side.name][0], SIDES[side.name][1], _points(side, longest))
        for side in outcome.sides
    ]
    return section(
        "What the customers' accounts were worth",
        f"All {len(outcome.stated)} accounts, BTC, by what they would fetch without the thieves' "
        "orders, over the hours since the theft began. A second of the drill stands for an hour. "
        f"What exchanges froze in time, {outcome.controlled.held:.2f} BTC, is not counted here.",
        lines(drawn, "hours since the theft began"),
    )


def _points(side: Side, longest: float) -> list[tuple[float, float]]:
    """Where the theft was over earlier, nothing changes any more."""
    samples: Sequence[Sample] = side.samples
    last = samples[-1]
    points = [(sample.hour, float(sample.total)) for sample in samples]
    return [*points, (longest, float(last.total))]


def _controls(outcome: Outcome) -> str:
    curves = outcome.curves
    drawn = [
        Line(
            STEPS[name],
            colour,
            [(float(hour), float(lost)) for hour, lost in zip(curves.hours, values, strict=True)],
        )
        for (name, values), colour in zip(curves.lost.items(), _COLOURS, strict=True)
    ]
    return section(
        "What the exchanges could have saved",
        "BTC lost by all customers, by the hour at which all exchanges took a step, each alone "
        f"and all at once. The first complaint came at hour {curves.complaint_h}, {COMPLAINT_H} "
        "hours after the first account was robbed. Up to the hour of a step the figures are exact; "
        "from then on the thieves go on as they did, as far as they still may. What lies in "
        "thieves' frozen accounts is given back.",
        lines(drawn, "hours until the step was taken") + table(_COLUMNS, _steps(outcome)),
    )


def _steps(outcome: Outcome) -> list[tuple[str, ...]]:
    """Each step at the hour at which it could have been taken at the latest."""
    return [(says, str(hour), lost, saved) for says, hour, lost, saved in control_rows(outcome)]


def _accounts(outcome: Outcome) -> str:
    """A row for each theft, with a bar for each side."""
    top = max(float(worth) for worth in outcome.unguarded.before.values())
    parts = []
    for number, account in enumerate(outcome.stated):
        middle = number * _ROW + 24
        place_of = EXCHANGES[outcome.exchanges[account]]
        parts.append(label(f"{account}, {place_of}", middle))
        for place, side in enumerate(outcome.sides):
            y, width = middle + (place - 1) * 12, _BAR * float(side.lost(account)) / top
            parts.append(bar(LABEL, y, max(width, 1.5), SIDES[side.name][1], 9))
            parts.append(text(LABEL + max(width, 1.5) + 6, y, f"{side.lost(account):.3f}"))
    head = ("account", "worth", *(SIDES[side.name][0] for side in outcome.sides), "stated")
    rows = (*account_rows(outcome), *exchange_rows(outcome))
    return section(
        "Each theft",
        "BTC lost by each account: as in 2022, where the exchanges act, and behind the gate.",
        legend(SIDES.values())
        + svg(len(outcome.stated) * _ROW + 12, parts)
        + table(head, (_named(row) for row in rows)),
    )


def _named(row: tuple[str, ...]) -> tuple[str, ...]:
    """The same row with who and where in one, which a phone has room for."""
    who, where, *figures = row
    return ", ".join(filter(None, (who, where))), *figures


def account_rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """Each account: where it is, what it was worth, what it lost on each side, and its stated
    amounts."""
    return [
        _losses(outcome, account, EXCHANGES[outcome.exchanges[account]], [account])
        for account in outcome.stated
    ]


def exchange_rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """The same for all customers, and where there are several exchanges for those of each."""
    everybody = _losses(outcome, "all", "", outcome.stated)
    of_each = [
        _losses(outcome, f"all {len(accounts)}", EXCHANGES[name], accounts)
        for name, accounts in outcome.by_exchange.items()
    ]
    return [everybody, *(of_each if len(of_each) > 1 else ())]


def _losses(outcome: Outcome, name: str, place: str, accounts: Collection[str]) -> tuple[str, ...]:
    worth = sum((outcome.unguarded.before[one] for one in accounts), ZERO)
    lost = (sum(map(side.lost, accounts), ZERO) for side in outcome.sides)
    stated = sum((outcome.stated[one] for one in accounts), ZERO)
    return name, place, f"{worth:.2f}", *(f"{amount:.3f}" for amount in lost), f"{stated:.3f}"


def control_rows(outcome: Outcome) -> list[tuple[str, int, str, str]]:
    """Each step: what it is, at which hour it was taken, what was lost then, and what it saved."""
    curves = outcome.curves
    rows = []
    for control in Control:
        hour = 0 if control is Control.EXPIRE else curves.complaint_h
        lost = curves.at(control, hour)
        rows.append((SAYS[control], hour, f"{lost:.2f}", f"{curves.nothing - lost:.2f}"))
    return rows
