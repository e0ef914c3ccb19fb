"""The page of a backtest: one HTML file that loads nothing and opens from a disk.

What a bot, a setting or a deal is called is escaped where it stands in HTML, and reaches the
charts as data only; besides, the page lets no script run but its own two, by their hashes.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from tradelatch.bots.backtest.chart_data import embedded
from tradelatch.bots.backtest.histogram import histogram
from tradelatch.bots.backtest.result import Result, as_json
from tradelatch.bots.backtest.rows import figure_rows
from tradelatch.bots.backtest.statistics import Statistics, curve, monthly_returns, statistics
from tradelatch.bots.backtest.words import day, duration, money, ratio, share, told

_ASSETS = files("tradelatch.bots.backtest") / "assets"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FULL_COLOUR = 0.15
"""A month with such a return, up or down, has the full colour."""


def page(result: Result) -> str:
    """The whole document."""
    found = statistics(result)
    scripts = {"chart_script": _asset("uPlot.iife.min.js"), "script": _asset("page.js")}
    return Template(_asset("page.html")).substitute(
        scripts,
        allowed=" ".join(_hash(script) for script in scripts.values()),
        chart_style=_asset("uPlot.min.css"),
        style=_asset("page.css"),
        title=escape(f"{result.bot}: backtest"),
        bot=escape(result.bot),
        about=escape(_about(result)),
        cards=_cards(result, found),
        warnings=_warnings(result.warnings),
        equity_says=escape(_equity_says(result)),
        fall_says=escape(_fall_says(found)),
        statistics_says=escape(
            f"Sums in {result.quote}. Ratios are of daily returns (UTC), a year of 365 days and a "
            "risk-free rate of 0."
        ),
        statistics=_statistics(found),
        histogram=histogram([float(d.profit_share) for d in result.deals if d.counts]),
        months=_months(monthly_returns(curve(result))),
        settings=_settings(as_json(result)["settings"]),
        assumptions=_list(result.assumptions, "Nothing was noted."),
        gaps=_list(
            (f"{gap.symbol}: {told(gap.start_ms)} to {told(gap.end_ms)}" for gap in result.gaps),
            "None.",
        ),
        data=embedded(result),
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _about(result: Result) -> str:
    return (
        f"{result.kind} on {', '.join(result.symbols)}, {told(result.start_ms)} to "
        f"{told(result.end_ms)} UTC ({duration(result.end_ms - result.start_ms)})"
    )


def _equity_says(result: Result) -> str:
    start, end, rates = result.start_equity, result.end_equity, result.reporting
    text = f"{money(start, start)} {result.quote} became {money(end, start)} {result.quote}"
    if rates:
        start, end = start * rates.start_rate, end * rates.end_rate
        text += f"; in {rates.asset}, {money(start, start)} became {money(end, start)}"
    return f"{text}. Drag to zoom, double-click for all of it; a click on a name hides its line."


def _fall_says(found: Statistics) -> str:
    fall = found.drawdown
    if not fall.depth:
        return "Equity was never below its peak."
    back = f"recovered {day(fall.recovered_ms)}" if fall.recovered_ms else "not recovered"
    span = f"{day(fall.from_ms)} to {day(fall.to_ms)}"
    return f"How far equity is below its peak so far; at most {share(fall.depth)}, {span}, {back}."


def _cards(result: Result, found: Statistics) -> str:
    cards = (
        (share(found.total_return, True), "return", _tone(found.total_return)),
        (
            money(found.profit, found.start_equity, True),
            f"profit, {result.quote}",
            _tone(found.profit),
        ),
        (share(found.drawdown.depth), "maximum drawdown", ""),
        (ratio(found.sharpe), "Sharpe ratio", ""),
        (ratio(found.profit_factor), "profit factor", ""),
        (share(found.win_rate), f"of {found.deals:,} deals won", ""),
    )
    tiles = "".join(_card(*card) for card in cards)
    return f'<div class="cards">{tiles}</div>'


def _card(value: str, says: str, tone: str) -> str:
    """The longer the value, the smaller it is written."""
    head = f'<b class="{tone}" style="--long: {len(value)}">{escape(value)}</b>'
    return f'<div class="card">{head}<span>{escape(says)}</span></div>'


def _tone(value: float | None) -> str:
    return "" if not value else "good" if value > 0 else "bad"


def _warnings(warnings: Iterable[str]) -> str:
    inside = _list(warnings, "")
    return f'<div class="notice">{inside}</div>' if inside else ""


def _statistics(found: Statistics) -> str:
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in figure_rows(found)
    )
    return f'<dl class="stats">{rows}</dl>'


def _months(returns: dict[tuple[int, int], float]) -> str:
    """A row a year, a column a month; the stronger the colour, the more it came to."""
    heads = "".join(f"<th>{month}</th>" for month in ("", *_MONTHS, "Year"))
    rows = []
    for year in sorted({year for year, _ in returns}):
        found = [returns.get((year, month)) for month in range(1, 13)]
        whole = 1.0
        for month in found:
            whole *= 1 + (month or 0)
        rows.append(f"<tr><th>{year}</th>{''.join(map(_month, [*found, whole - 1]))}</tr>")
    return (
        "<p>Returns in percent.</p>"
        f'<div class="wide"><table class="months"><tr>{heads}</tr>{"".join(rows)}</table></div>'
    )


def _month(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    strength = round(min(abs(value) / _FULL_COLOUR, 1) * 60)
    colour = f"color-mix(in srgb, var(--{'good' if value > 0 else 'bad'}) {strength}%, transparent)"
    text = share(value).removesuffix(" %")
    return f'<td style="background: {colour}">{text}</td>'


def _settings(settings: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="v">{escape(_setting(value))}</td></tr>'
        for name, value in settings.items()
    )
    return f"<table>{rows}</table>" if rows else "<p>None.</p>"


def _setting(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list(lines: Iterable[str], none: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="plain">{items}</ul>' if items else f"<p>{none}</p>" if none else ""
