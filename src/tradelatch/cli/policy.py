"""``tradelatch policy``."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.changes import tell_proposed
from tradelatch.cli.operator import command
from tradelatch.cli.policy_backtest import backtest
from tradelatch.cli.policy_new import new
from tradelatch.cli.policy_simulate import simulate
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.money import plain
from tradelatch.model.toml import BadToml
from tradelatch.policy.advice import advice
from tradelatch.policy.document import UNSTATED, Policy, parse_policy

app = typer.Typer(help="Policies: make, check, try and set one.", no_args_is_help=True)
app.command("new")(new)
app.command("simulate")(simulate)
app.command("backtest")(backtest)


@app.command("check")
def check(file: Annotated[Path, typer.Argument(help="The policy, TOML.")]) -> None:
    """Tell whether a policy is well-formed, with line and field if not."""
    try:
        parsed = parse_policy(read_text(file), str(file))
    except BadToml as error:
        fail(str(error))
    amounts = [f"{_told(parsed, name)} ({what})" for name, what in _WHAT.items()]
    print(f"{file}: good; a day may cost {' + '.join(amounts)}")
    for sentence in advice(parsed):
        print(f"{file}: {sentence}")


@app.command("set")
def set_policy(
    account: Annotated[str, typer.Argument(help="The account.")],
    file: Annotated[Path, typer.Argument(help="The policy, TOML.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Give an account another policy. It holds at once beside the present one, so that whatever
    is tighter in it does; it takes its place by the rule for loosening."""
    settings = read_config(config)
    arguments = {"account": account, "policy": read_text(file)}
    tell_proposed(settings, command(settings, "policy set", **arguments), as_json)


_WHAT = {"budget": "deep", "allocation": "thin", "exit_budget": "exits"}


def _told(policy: Policy, name: str) -> str:
    """One of the amounts in words."""
    stated: Decimal = getattr(policy, name)
    share: Decimal | None = getattr(policy, f"{name}_share")
    parts = [] if stated == UNSTATED else [f"{plain(stated)} {policy.unit}"]
    parts += [] if share is None else [f"{plain(share * 100)} % of the account"]
    return " or ".join(parts)
