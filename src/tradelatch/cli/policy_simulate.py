"""``tradelatch policy simulate``: what would become of an order now."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.console import print_json
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.cli.verdicts import print_answers, print_instead


def simulate(
    account: Annotated[str, typer.Argument(help="The account's name.")],
    symbol: Annotated[str, typer.Argument(help="The market, such as ETH/BTC.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    quantity: Annotated[str, typer.Argument(help="How much of the base asset.")],
    limit: Annotated[str | None, typer.Option(help="The limit price.")] = None,
    market: Annotated[bool, typer.Option("--market", help="A market order.")] = False,
    as_exit: Annotated[bool, typer.Option("--exit", help="A sell marked as an exit.")] = False,
    policy: Annotated[
        Path | None, typer.Option(help="Judge by this file, not by the account's policy.")
    ] = None,
    source: Annotated[str, typer.Option(help="The address the order would come from.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show each rule's answer to an order now. Nothing is signed, sent or recorded.

    The exit code is 0 if the order would be allowed, 1 if it would be refused.
    """
    if market == (limit is not None):
        fail("give either --limit PRICE or --market")
    if as_exit and side.upper() != "SELL":
        fail("an exit sells; leave out --exit")
    found = command(
        read_config(config),
        "policy simulate",
        account=account,
        symbol=symbol,
        side=side.upper(),
        quantity=quantity,
        price=limit or "",
        is_exit="yes" if as_exit else "",
        source=source,
        policy=read_text(policy) if policy else "",
    )
    if as_json:
        print_json(found)
    else:
        print("it would be allowed" if found["allowed"] else "it would be refused")
        print_answers(found["answers"])
        print_instead(found["instead"])
        if found["mode"] != "enforce":
            print(f"the policy's mode is {found['mode']}: a refusal stops no order")
    raise typer.Exit(0 if found["allowed"] else 1)
