"""How bots stand, in tables and as JSON."""

import json
from typing import Any

import msgspec

from tradelatch.cli.bots.words import (
    DEAL_COLUMNS,
    DEAL_RIGHT,
    ORDER_COLUMNS,
    ORDER_RIGHT,
    deal_cells,
    listed,
    note_lines,
    order_cells,
    profits,
    told,
    when,
)
from tradelatch.cli.budgets import Budgets
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.store import rows
from tradelatch.store.store import Store

_COLUMNS = ("bot", "kind", "state", "open", "closed", "profit", "left of B")
_SHORT = 16


def show_bots(store: Store, budgets: Budgets, as_json: bool) -> None:
    """All of them, by name."""
    facts = [_facts(store, bot, budgets) for bot in store.bots()]
    if as_json:
        print_json(facts)
        return
    if not facts:
        print_line("there are no bots; `tradelatch bots new --symbol ETH/BTC` makes one")
        return
    cells = [
        (
            one["name"],
            _kind(one["kind"]),
            one["state"],
            str(one["open_deals"]),
            str(one["closed_deals"]),
            listed(one["profit"]),
            budgets.short(one["account"]),
        )
        for one in facts
    ]
    print_table("Bots", _COLUMNS, cells, right=(3, 4))
    for account in sorted({one["account"] for one in facts}):
        if why := budgets.why_not(account):
            print_line(f"left of B, account {account}: {why}")


def _kind(kind: str) -> str:
    name = kind.rpartition("/")[2]
    return name if len(name) <= _SHORT else name[: _SHORT - 1] + "…"


def show_bot(store: Store, bot: rows.Bot, budgets: Budgets, as_json: bool, notes: int) -> None:
    """One of them, with its deals, orders and last notes."""
    facts = _facts(store, bot, budgets)
    deals, orders = store.open_deals(bot.name), store.open_orders(bot.name)
    last = store.last_notes(bot.name, notes)
    if as_json:
        print_json(
            facts
            | {
                "deals": [told(one) for one in deals],
                "orders": [told(one) for one in orders],
                "notes": [told(one) for one in last],
            }
        )
        return
    _lines(bot, facts, budgets)
    settings = msgspec.json.decode(bot.settings).items()
    print_table("Settings", ("setting", "value"), [(name, _short(one)) for name, one in settings])
    if deals:
        print_line("")
        print_table("Open deals", DEAL_COLUMNS, map(deal_cells, deals), DEAL_RIGHT)
    if orders:
        print_line("")
        print_table("Orders", ORDER_COLUMNS, map(order_cells, orders), ORDER_RIGHT)
    if last:
        print_line("")
        print_line("Last notes")
        for line in note_lines(last):
            print_line(line)


def _lines(bot: rows.Bot, facts: dict[str, Any], budgets: Budgets) -> None:
    state = bot.state if bot.state == bot.wanted else f"{bot.state}, wanted {bot.wanted}"
    print_line(f"{bot.name}: {bot.kind} in {', '.join(bot.symbols)}, account {bot.account}")
    print_line(f"state: {state}{': ' * bool(bot.state_says)}{bot.state_says}")
    print_line(f"made: {when(bot.created_ms)} UTC")
    closed = facts["closed_deals"]
    print_line(f"profit of {closed} closed deals: {listed(facts['profit'])}")
    if facts["profit_reporting"]:
        print_line(f"in the reporting currency: {listed(facts['profit_reporting'])}")
    print_line(f"base left by closed deals: {listed(facts['base_left'])}")
    why = budgets.why_not(bot.account)
    print_line(f"left of B: {budgets.short(bot.account)}{f' ({why})' * bool(why)}")
    for reason in budgets.accounts.get(bot.account, {}).get("frozen", ()):
        print_line(f"FROZEN: {reason}")
    print_line("")


def _facts(store: Store, bot: rows.Bot, budgets: Budgets) -> dict[str, Any]:
    facts = told(bot) | profits(store, bot.name)
    facts["open_deals"] = len(store.open_deals(bot.name))
    why = budgets.why_not(bot.account)
    facts["budget"] = {"reason": why} if why else budgets.accounts[bot.account]
    return facts


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
