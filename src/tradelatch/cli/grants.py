"""``tradelatch grants``: what bots hold instead of exchange keys."""

from typing import Annotated

import typer

from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, read_config

app = typer.Typer(help="Grants: issue, revoke, freeze and thaw them.", no_args_is_help=True)


@app.command("issue")
def issue(
    account: Annotated[str, typer.Argument(help="The account it is good for.")],
    days: Annotated[int, typer.Option(help="How long it is good.")] = 30,
    sources: Annotated[
        str, typer.Option(help="Addresses or networks it may be used from, comma-separated.")
    ] = "127.0.0.0/8,::1/128",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Issue a grant. Its secret is shown once."""
    grant = command(
        read_config(config), "grant issue", account=account, days=str(days), sources=sources
    )
    if as_json:
        print_json(grant)
    else:
        print(f"API key:    {grant['id']}\nAPI secret: {grant['secret']}")
        print("the secret is not shown again")


@app.command("revoke")
def revoke(
    grant: Annotated[str, typer.Argument(help="The grant's id.")], config: ConfigFile = None
) -> None:
    """Revoke a grant; the very next request is refused."""
    command(read_config(config), "grant revoke", grant=grant)
    print(f"revoked {grant}")


GrantOrAccount = Annotated[
    str, typer.Argument(help="A grant's id, or an account's name for all its grants.")
]


@app.command("freeze")
def freeze(name: GrantOrAccount, config: ConfigFile = None) -> None:
    """Freeze a grant or an account: what is open is cancelled, nothing more is placed."""
    command(read_config(config), "grant freeze", name=name)
    print(f"froze {name}")


@app.command("thaw")
def thaw(name: GrantOrAccount, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Let a frozen grant or account place orders again, by the rule for loosening."""
    tell(command(read_config(config), "grant thaw", name=name), as_json)
