"""``tradelatch vault``: the key that all secrets are under, and what opens it."""

from typing import Annotated

import typer

from tradelatch.cli.console import print_json
from tradelatch.cli.operator import command
from tradelatch.cli.passphrase import ask, ask_new, handed_over
from tradelatch.cli.settings import AsJson, ConfigFile, read_config
from tradelatch.cli.signer import from_file, pin, run_signer

_ROOTS = {"passphrase": "passphrase", "key-file": "key file", "hsm": "HSM"}
"""What may open the vault, and what the signer calls it."""
app = typer.Typer(help="The vault: its key, and what opens it.", no_args_is_help=True)


@app.command("rotate")
def rotate(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Put every secret under a fresh key; no secret is opened for it."""
    done = command(read_config(config), "vault rotate")
    if as_json:
        print_json(done)
        return
    print(f"{done['envelopes']} secrets are under key {done['key']} now")


@app.command("root")
def root(
    to: Annotated[str, typer.Argument(help="`passphrase`, `key-file` or `hsm`.")],
    from_passphrase: Annotated[
        bool, typer.Option("--from-passphrase", help="A passphrase opens the vault until now.")
    ] = False,
    from_hsm: Annotated[
        bool, typer.Option("--from-hsm", help="An HSM opens the vault until now.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Have something else open the vault. The signer must not be running."""
    if to not in _ROOTS:
        raise typer.BadParameter(f"{to!r} opens no vault; use passphrase, key-file or hsm")
    settings = read_config(config)
    arguments = ["--move-vault", "--root", _ROOTS[to], *from_file(config)]
    if from_passphrase:
        arguments += ["--old-secret-fd", handed_over(ask("Passphrase until now: "))]
    elif from_hsm:
        arguments += pin("--old-secret-fd", settings)
    if to == "passphrase":
        arguments += ["--secret-fd", handed_over(ask_new())]
    elif to == "hsm":
        arguments += pin("--secret-fd", settings)
    run_signer(arguments)
