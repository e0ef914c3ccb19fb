"""``tradelatch journal find-secret``: whether a leaked value is a secret of ours."""

import typer

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.passphrase import ask_secret
from tradelatch.cli.settings import AsJson, ConfigFile, read_config
from tradelatch.model.box import FIND, sealed_key


def find_secret(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Ask for a value, or read it from standard input, and tell whose secret it is, of all exchange
    keys and grants that ever were here. The value is not kept. The status is 1 if it is one."""
    settings = read_config(config)
    public_key, value = command(settings, "key box"), ask_secret("Value: ")
    try:
        sealed = sealed_key(public_key, "", "", FIND, value)
    finally:
        value[:] = bytes(len(value))
    found = command(settings, "secret find", sealed=sealed)
    if as_json:
        print_json(found)
    elif found:
        rows = [(one["account"], one["what"], one["state"]) for one in found]
        print_table("It is a secret of ours", ("account", "what", "state"), rows)
    else:
        print("it is no secret of any exchange key or grant that was ever here")
    raise typer.Exit(1 if found else 0)
