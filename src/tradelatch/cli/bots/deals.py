"""``tradelatch deals``: what bots have open and what came of it, and ending deals by hand."""

from typing import Annotated

import msgspec
import typer

from tradelatch.cli.bots.requests import ACTIVE, WAIT_S, Wait, ask_runner
from tradelatch.cli.bots.store import bot_store
from tradelatch.cli.bots.words import (
    DEAL_COLUMNS,
    DEAL_RIGHT,
    ORDER_COLUMNS,
    ORDER_RIGHT,
    amount,
    base_of,
    deal_cells,
    order_cells,
    quote_of,
    told,
    when,
)
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.markets import split_symbol
from tradelatch.store import rows
from tradelatch.store.store import Store

app = typer.Typer(help="Deals: list, open and end them.", no_args_is_help=True)

Bot = Annotated[str, typer.Argument(help="The bot's name.")]
Number = Annotated[int, typer.Argument(help="The deal's number.")]


@app.command("list")
def list_deals(
    bot: Annotated[str, typer.Option(help="Only this bot's.")] = "",
    is_open: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    symbol: Annotated[str, typer.Option(help="Only in this market.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Deals, the last opened first."""
    with bot_store(read_config(config)) as store:
        if bot:
            store.bot(bot)
        found = list(
            store.deals(
                bot=bot or None, symbol=symbol or None, is_open=is_open or None, limit=limit + 1
            )
        )
    shown = found[:limit]
    if as_json:
        print_json([told(deal) for deal in shown])
    elif not shown:
        print_line("there are no such deals")
    else:
        print_table("Deals", DEAL_COLUMNS, map(deal_cells, shown), DEAL_RIGHT)
        if len(found) > limit:
            print_line(f"the last {limit}; --limit shows more")


@app.command("show")
def show(bot: Bot, number: Number, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """One deal with its orders and fills."""
    with bot_store(read_config(config)) as store:
        deal = _deal(store, bot, number)
        orders = list(store.orders(bot, number))
        fills = list(store.fills(bot=bot, deal=number))
    if as_json:
        facts = {"orders": [told(one) for one in orders], "fills": [told(one) for one in fills]}
        print_json(told(deal) | facts)
        return
    _tell_deal(deal)
    print_line("")
    print_table("Orders", ORDER_COLUMNS, map(order_cells, orders), ORDER_RIGHT)
    if fills:
        tags = {order.client_id: f"{order.tag} {order.side.lower()}" for order in orders}
        print_line("")
        columns = ("time (UTC)", "order", "quantity", "price", "fee")
        cells = [
            (
                when(one.time_ms),
                tags[one.client_id],
                amount(one.quantity),
                amount(one.price),
                f"{amount(one.fee)} {one.fee_asset}",
            )
            for one in fills
        ]
        print_table("Fills", columns, cells, right=(2, 3, 4))


@app.command("open")
def open_deal(
    bot: Bot,
    symbol: Annotated[str, typer.Argument(help="The market, such as ETH/BTC.")],
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Begin a deal by hand, whatever the bot's start conditions say."""
    with bot_store(read_config(config)) as store:
        row = store.bot(bot)
        if symbol not in row.symbols:
            fail(f"bot {bot} does not trade {symbol}; it trades {', '.join(row.symbols)}")
        _ask(store, row, "open", None, wait, as_json, msgspec.json.encode({"symbol": symbol}))


@app.command("close")
def close(
    bot: Bot,
    number: Number,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """End a deal: cancel its orders and keep its coins."""
    with bot_store(read_config(config)) as store:
        _end(store, bot, number, "close", wait, as_json)


@app.command("panic-sell")
def panic_sell(
    bot: Bot,
    number: Number,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """End a deal: cancel its orders and sell its coins at the market."""
    with bot_store(read_config(config)) as store:
        _end(store, bot, number, "panic-sell", wait, as_json)


def _deal(store: Store, bot: str, number: int) -> rows.Deal:
    store.bot(bot)
    deal = store.deal(bot, number)
    if deal is None:
        fail(f"bot {bot} has no deal {number}; `tradelatch deals list --bot {bot}` lists them")
    return deal


def _end(store: Store, bot: str, number: int, what: str, wait_s: int, as_json: bool) -> None:
    deal = _deal(store, bot, number)
    if deal.closed_ms is not None:
        fail(f"deal {number} of bot {bot} is over: {deal.state} at {when(deal.closed_ms)} UTC")
    _ask(store, store.bot(bot), what, number, wait_s, as_json)


def _ask(
    store: Store,
    bot: rows.Bot,
    what: str,
    deal: int | None,
    wait_s: int,
    as_json: bool,
    arguments: bytes = b"{}",
) -> None:
    if bot.state not in ACTIVE:
        says = f"it is {bot.state}; `tradelatch bots start {bot.name}` starts it"
        fail(f"bot {bot.name} does not run: {says}")
    answer = ask_runner(store, bot.name, what, wait_s, deal, arguments)
    if as_json:
        print_json({"bot": bot.name, "says": answer.says, "answered": answer.is_answered})
    else:
        print_line(f"bot {bot.name}: {answer.says}")
    if not answer.is_answered:
        raise typer.Exit(1)


def _tell_deal(deal: rows.Deal) -> None:
    base, quote = split_symbol(deal.symbol)
    print_line(f"{deal.bot}, deal {deal.number}: {deal.direction} in {deal.symbol}, {deal.state}")
    print_line(f"opened {when(deal.opened_ms)}, closed {when(deal.closed_ms)} UTC")
    print_line(f"bought {amount(deal.bought)} {base} for {amount(deal.spent)} {quote}")
    print_line(f"sold {amount(deal.sold)} {base} for {amount(deal.received)} {quote}")
    fees = {base: deal.base_fees, quote: deal.quote_fees} | deal.other_fees
    print_line(f"fees {', '.join(f'{amount(fee)} {asset}' for asset, fee in fees.items())}")
    print_line(f"changed {base} by {amount(base_of(deal))}, {quote} by {amount(quote_of(deal))}")
    if deal.profit_quote is not None:
        reporting = ""
        if deal.profit_reporting is not None:
            reporting = f", {amount(deal.profit_reporting)} {deal.reporting}"
        apart = f", fees in {' and '.join(deal.other_fees)} apart" if deal.other_fees else ""
        print_line(f"profit {amount(deal.profit_quote)} {quote}{reporting}{apart}")
