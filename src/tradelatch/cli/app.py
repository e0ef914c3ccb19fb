"""The commands and their groups; each command lives in the file of its noun."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch import __version__
from tradelatch.cli import (
    backtest,
    candles,
    changes,
    client_config,
    confirm,
    courier,
    drill,
    exchanges,
    exits,
    gate,
    grants,
    house,
    init,
    journal,
    keys,
    operator,
    operators,
    policy,
    reconcile,
    runner,
    signer,
    status,
    stop,
    unseal,
    up,
    vault,
    venue,
    watch,
)
from tradelatch.cli.bots import commands as bots
from tradelatch.cli.bots import deals
from tradelatch.cli.cases import commands as cases
from tradelatch.cli.detect import commands as detect
from tradelatch.cli.leaks import commands as leaks

app = typer.Typer(
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


GUARD, RESPOND, INVESTIGATE, EXCHANGE = "Guard", "Respond", "Investigate", "Exchange"
TRADE = "Trade"

app.command("init", rich_help_panel=GUARD)(init.init)
app.command("up", rich_help_panel=GUARD)(up.up)
app.command("signer", rich_help_panel=GUARD)(signer.signer)
app.command("unseal", rich_help_panel=GUARD)(unseal.unseal)
app.command("courier", rich_help_panel=GUARD)(courier.courier)
app.command("gate", rich_help_panel=GUARD)(gate.gate)
app.command("status", rich_help_panel=GUARD)(status.status)
app.add_typer(vault.app, name="vault", rich_help_panel=GUARD)
app.add_typer(keys.app, name="keys", rich_help_panel=GUARD)
app.add_typer(grants.app, name="grants", rich_help_panel=GUARD)
app.command("client-config", rich_help_panel=GUARD)(client_config.client_config)
app.add_typer(policy.app, name="policy", rich_help_panel=GUARD)
app.add_typer(house.app, name="house", rich_help_panel=GUARD)
app.command("confirm", rich_help_panel=GUARD)(confirm.confirm)
app.add_typer(operators.app, name="operators", rich_help_panel=GUARD)
app.add_typer(changes.app, name="changes", rich_help_panel=GUARD)
app.add_typer(exits.app, name="exits", rich_help_panel=GUARD)
app.add_typer(stop.app, name="stop", rich_help_panel=RESPOND)
app.add_typer(leaks.app, name="leak", rich_help_panel=RESPOND)
app.command("watch", rich_help_panel=RESPOND)(watch.watch)
app.command("reconcile", rich_help_panel=INVESTIGATE)(reconcile.reconcile)
app.add_typer(drill.app, name="drill", rich_help_panel=RESPOND)
app.add_typer(journal.app, name="journal", rich_help_panel=INVESTIGATE)
app.command("why", rich_help_panel=INVESTIGATE)(journal.why)
app.add_typer(detect.app, name="detect", rich_help_panel=INVESTIGATE)
app.add_typer(cases.app, name="case", rich_help_panel=INVESTIGATE)
app.add_typer(exchanges.app, name="exchanges", rich_help_panel=EXCHANGE)
app.command("venue", rich_help_panel=EXCHANGE)(venue.venue)
app.add_typer(bots.app, name="bots", rich_help_panel=TRADE)
app.add_typer(deals.app, name="deals", rich_help_panel=TRADE)
app.command("runner", rich_help_panel=TRADE)(runner.runner)
app.add_typer(backtest.app, name="backtest", rich_help_panel=TRADE)
app.add_typer(candles.app, name="candles", rich_help_panel=TRADE)
