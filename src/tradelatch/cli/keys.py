"""``tradelatch keys``: exchange keys, on their way into the vault and never out."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.changes import tell
from tradelatch.cli.keys_batch import Accept, Unchecked, box, import_keys, seal
from tradelatch.cli.keys_doctor import doctor
from tradelatch.cli.operator import command
from tradelatch.cli.passphrase import ask
from tradelatch.cli.settings import AsJson, ConfigFile, read_config, read_text
from tradelatch.model.box import sealed_key
from tradelatch.model.config import Config
from tradelatch.policy.advice import advice
from tradelatch.policy.document import parse_policy

app = typer.Typer(help="Exchange keys: seal them in the vault, replace one.", no_args_is_help=True)
app.command("import")(import_keys)
app.command("seal")(seal)
app.command("box")(box)
app.command("doctor")(doctor)


@app.command("add")
def add(
    account: Annotated[str, typer.Argument(help="A name for the account, of your choice.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The API key the exchange gave out.")],
    policy: Annotated[Path, typer.Option("--policy", help="The policy for all its grants.")],
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binance",
    owner: Annotated[
        str, typer.Option(help="The public key that may release exits of the account.")
    ] = "",
    accept: Accept = None,
    unchecked: Unchecked = False,
    config: ConfigFile = None,
) -> None:
    """Seal an exchange key. The secret is asked for, or read from standard input; what the key may
    do is asked of the exchange."""
    settings = read_config(config)
    text = read_text(policy)
    command(
        settings,
        "key add",
        account=account,
        exchange=exchange,
        key_id=key_id,
        sealed=_sealed(settings, account, exchange, key_id),
        policy=text,
        owner=owner,
        accept=",".join(accept or []),
        unchecked="yes" if unchecked else "",
    )
    print(f"sealed the key of account {account}; issue a grant with `tradelatch grants issue`")
    for sentence in advice(parse_policy(text)):
        print(f"{policy}: {sentence}")


@app.command("replace")
def replace(
    account: Annotated[str, typer.Argument(help="The account.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The new API key.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Bind an account to another exchange key, by the rule for loosening."""
    settings = read_config(config)
    known = {a["account"]: a["exchange"] for a in command(settings, "status")["accounts"]}
    sealed = _sealed(settings, account, known.get(account, ""), key_id)
    done = command(settings, "key replace", account=account, key_id=key_id, sealed=sealed)
    tell(done, as_json)


def _sealed(settings: Config, account: str, exchange: str, key_id: str) -> str:
    """The secret, asked for and sealed to the vault: only the signer can open it."""
    public_key, secret = command(settings, "key box"), ask("API secret: ")
    try:
        return sealed_key(public_key, account, exchange, key_id, secret)
    finally:
        secret[:] = bytes(len(secret))
