"""The commands and their groups; each command lives in the file of its noun."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch import __version__
from tradelatch.cli import operator
from tradelatch.cli.lazy import Place, lazy_group

GUARD, RESPOND, INVESTIGATE, EXCHANGE = "Guard", "Respond", "Investigate", "Exchange"
TRADE = "Trade"

COMMANDS = {
    "init": Place(GUARD, "tradelatch.cli.init", "init"),
    "up": Place(GUARD, "tradelatch.cli.up", "up"),
    "signer": Place(GUARD, "tradelatch.cli.signer", "signer"),
    "unseal": Place(GUARD, "tradelatch.cli.unseal", "unseal"),
    "courier": Place(GUARD, "tradelatch.cli.courier", "courier"),
    "gate": Place(GUARD, "tradelatch.cli.gate", "gate"),
    "status": Place(GUARD, "tradelatch.cli.status", "status"),
    "vault": Place(GUARD, "tradelatch.cli.vault", "app"),
    "keys": Place(GUARD, "tradelatch.cli.keys", "app"),
    "grants": Place(GUARD, "tradelatch.cli.grants", "app"),
    "client-config": Place(GUARD, "tradelatch.cli.client_config", "client_config"),
    "policy": Place(GUARD, "tradelatch.cli.policy", "app"),
    "house": Place(GUARD, "tradelatch.cli.house", "app"),
    "confirm": Place(GUARD, "tradelatch.cli.confirm", "confirm"),
    "operators": Place(GUARD, "tradelatch.cli.operators", "app"),
    "changes": Place(GUARD, "tradelatch.cli.changes", "app"),
    "exits": Place(GUARD, "tradelatch.cli.exits", "app"),
    "stop": Place(RESPOND, "tradelatch.cli.stop", "app"),
    "leak": Place(RESPOND, "tradelatch.cli.leaks.commands", "app"),
    "watch": Place(RESPOND, "tradelatch.cli.watch", "watch"),
    "reconcile": Place(INVESTIGATE, "tradelatch.cli.reconcile", "reconcile"),
    "drill": Place(RESPOND, "tradelatch.cli.drill", "app"),
    "journal": Place(INVESTIGATE, "tradelatch.cli.journal", "app"),
    "why": Place(INVESTIGATE, "tradelatch.cli.journal", "why"),
    "detect": Place(INVESTIGATE, "tradelatch.cli.detect.commands", "app"),
    "case": Place(INVESTIGATE, "tradelatch.cli.cases.commands", "app"),
    "exchanges": Place(EXCHANGE, "tradelatch.cli.exchanges", "app"),
    "venue": Place(EXCHANGE, "tradelatch.cli.venue", "venue"),
    "bots": Place(TRADE, "tradelatch.cli.bots.commands", "app"),
    "deals": Place(TRADE, "tradelatch.cli.bots.deals", "app"),
    "runner": Place(TRADE, "tradelatch.cli.runner", "runner"),
    "backtest": Place(TRADE, "tradelatch.cli.backtest", "app"),
    "candles": Place(TRADE, "tradelatch.cli.candles", "app"),
}
"""Every command and group, in the order of the help; loaded when it is given."""

app = typer.Typer(
    cls=lazy_group(COMMANDS),
    help="Algorithmic trading for crypto exchanges whose stolen keys can lose no more than a "
    "budget you set.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"tradelatch {__version__}")
        raise typer.Exit


@app.callback()
def tradelatch(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version."),
    ] = False,
    name: Annotated[
        str, typer.Option("--as", envvar="TRADELATCH_AS", help="Give the command as this person.")
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", envvar="TRADELATCH_KEY", help="The private key that signs it."),
    ] = None,
    journal: Annotated[
        str,
        typer.Option(
            envvar="TRADELATCH_JOURNAL", help="The journal's public key, if it cannot be read here."
        ),
    ] = "",
) -> None:
    """Options that come before a command."""
    operator.identity.name, operator.identity.key = name, key
    operator.identity.journal = journal
