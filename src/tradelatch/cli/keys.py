"""``tradelatch keys``: exchange keys, on their way into the vault and never out."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.key_secrets import asked
from tradelatch.cli.keys_batch import Accept, Unchecked, box, import_keys, seal
from tradelatch.cli.keys_doctor import doctor
from tradelatch.cli.keys_exposure import keys_exposure
from tradelatch.cli.operator import command, key_list
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.box import sealed_key
from tradelatch.model.config import Config
from tradelatch.model.statements import utc
from tradelatch.policy.advice import advice
from tradelatch.policy.document import parse_policy

app = typer.Typer(
    help="Exchange keys: make or seal them in the vault, replace and destroy them.",
    no_args_is_help=True,
)
Made = Annotated[
    bool, typer.Option("--made", help="The key is the one that `keys make` made for the account.")
]
app.command("import")(import_keys)
app.command("seal")(seal)
app.command("box")(box)
app.command("doctor")(doctor)
app.command("exposure")(keys_exposure)


@app.command("add")
def add(
    account: Annotated[str, typer.Argument(help="A name for the account, of your choice.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The API key the exchange gave out.")],
    policy: Annotated[Path, typer.Option("--policy", help="The policy for all its grants.")],
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binance",
    owner: Annotated[
        str, typer.Option(help="The public key that may release exits of the account.")
    ] = "",
    customer: Annotated[str, typer.Option(help="Whose account it is, if a customer's.")] = "",
    made: Made = False,
    accept: Accept = None,
    unchecked: Unchecked = False,
    config: ConfigFile = None,
) -> None:
    """Seal an exchange key. The secret is asked for, or read from standard input, and after it the
    passphrase of a key that has one; what the key may do is asked of the exchange."""
    settings = read_config(config)
    text = read_text(policy)
    command(
        settings,
        "key add",
        account=account,
        exchange=exchange,
        key_id=key_id,
        sealed="" if made else _sealed(settings, account, exchange, key_id),
        policy=text,
        owner=owner,
        accept=",".join(accept or []),
        unchecked="yes" if unchecked else "",
        customer=customer,
    )
    print(f"sealed the key of account {account}; issue a grant with `tradelatch grants issue`")
    for sentence in advice(parse_policy(text)):
        print(f"{policy}: {sentence}")


@app.command("replace")
def replace(
    account: Annotated[str, typer.Argument(help="The account.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The new API key.")],
    made: Made = False,
    accept: Accept = None,
    unchecked: Unchecked = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Bind an account to another exchange key, by the rule for loosening. What it may do is asked
    of the exchange."""
    settings = read_config(config)
    known = {a["account"]: a["exchange"] for a in command(settings, "status")["accounts"]}
    done = command(
        settings,
        "key replace",
        account=account,
        key_id=key_id,
        sealed="" if made else _sealed(settings, account, _bound(known, account), key_id),
        accept=",".join(accept or []),
        unchecked="yes" if unchecked else "",
    )
    tell(done, as_json)


@app.command("make")
def make(
    account: Annotated[str, typer.Argument(help="The account that it will be for.")],
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binance",
    config: ConfigFile = None,
) -> None:
    """Make an Ed25519 key that never leaves the vault; print its public half for the exchange."""
    print(command(read_config(config), "key make", account=account, exchange=exchange)["public"])


@app.command("list")
def list_(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show all exchange keys, former ones too, with their states."""
    keys = key_list(read_config(config))
    if as_json:
        print_json(keys)
        return
    rows = [
        (account, told["exchange"], key["key_id"], key["state"], _day(key["since_ns"]))
        for account, told in keys.items()
        for key in (*told["former"], {**told, "since_ns": told["since_ns"]})
    ]
    print_table("Exchange keys", ("account", "exchange", "key", "state", "since"), rows)


@app.command("compromised")
def compromised(
    account: Annotated[str, typer.Argument(help="The account.")], config: ConfigFile = None
) -> None:
    """Say that an account's key is known to others: nothing more is placed, open orders go."""
    done = command(read_config(config), "key compromised", account=account)
    print(f"{account} is frozen and its open orders are being cancelled; now, in this order:")
    if done["revoked"]:
        print("1. the exchange has ended the key; look that it is gone:", done["keys_at"])
    else:
        print(f"1. delete the key at {done['keys_at']}: whoever has it does not need us")
    print(f"2. `tradelatch reconcile {account}` tells what was traded with it")
    print(f"3. make another one, then `tradelatch keys replace {account}`, and `keys destroy`")


@app.command("destroy")
def destroy(
    account: Annotated[str, typer.Argument(help="The account.")], config: ConfigFile = None
) -> None:
    """Destroy the secrets of all keys of an account that are not in use any more."""
    done = command(read_config(config), "key destroy", account=account)["destroyed"]
    print(f"{done} secrets of {account} are destroyed; old backups of the vault still hold them")


def _bound(known: dict[str, str], account: str) -> str:
    """The exchange of an account; one that is not known ends the command."""
    if account not in known:
        fail(f"there is no account {account!r}; known are: {', '.join(known) or 'none yet'}")
    return known[account]


def _day(time_ns: int) -> str:
    return utc(time_ns)[:10]


def _sealed(settings: Config, account: str, exchange: str, key_id: str) -> str:
    """The secret, asked for and sealed to the vault: only the signer can open it."""
    public_key, secret = command(settings, "key box"), asked(exchange)
    try:
        return sealed_key(public_key, account, exchange, key_id, secret)
    finally:
        secret[:] = bytes(len(secret))
