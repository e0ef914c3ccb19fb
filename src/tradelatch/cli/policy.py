"""``tradelatch policy``."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.policy_backtest import backtest
from tradelatch.cli.policy_new import new
from tradelatch.cli.policy_simulate import simulate
from tradelatch.cli.settings import fail, read_text
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy

app = typer.Typer(help="Policies: make, check and try one.", no_args_is_help=True)
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
    print(
        f"{file}: good; a day may cost {parsed.budget} (deep) + {parsed.allocation} (thin) "
        f"+ {parsed.exit_budget} (exits) {parsed.unit}"
    )
