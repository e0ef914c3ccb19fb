"""``tradelatch grants``: what bots hold instead of exchange keys."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model import statements

app = typer.Typer(help="Grants: issue, revoke, freeze and thaw them.", no_args_is_help=True)


@app.command("issue")
def issue(
    account: Annotated[str, typer.Argument(help="The account it is good for.")],
    days: Annotated[int, typer.Option(help="How long it is good.")] = 30,
    sources: Annotated[
        str, typer.Option(help="Addresses or networks it may be used from, comma-separated.")
    ] = "127.0.0.0/8,::1/128",
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--public-key",
            help="A file (PEM) with the public half of the key that the bot signs with, Ed25519 or "
            "(at Coinbase) on P-256: the grant has no secret then.",
        ),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Issue a grant. Its secret is shown once."""
    arguments = {"account": account, "days": str(days), "sources": sources}
    if public_key:
        arguments["public_key"] = _read_public(public_key)
    grant = command(read_config(config), "grant issue", **arguments)
    if as_json:
        print_json(grant)
    elif public_key:
        print(f"API key:    {grant['id']}\nit has no secret: the bot signs with its private key")
    else:
        gap = "\n" if "\n" in grant["secret"] else " "
        print(f"API key:    {grant['id']}\nAPI secret:{gap}{grant['secret']}")
        print("the secret is not shown again")


@app.command("revoke")
def revoke(
    grant: Annotated[str, typer.Argument(help="The grant's id.")], config: ConfigFile = None
) -> None:
    """Revoke a grant; the very next request is refused."""
    command(read_config(config), "grant revoke", grant=grant)
    print(f"revoked {grant}")


def _read_public(path: Path) -> str:
    """A public key out of a PEM file, in base64; anything else ends the command."""
    text = read_text(path)
    if "PRIVATE KEY" in text:
        fail(f"{path}: this is a private key, which only its bot may have; give its public half")
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return statements.encode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    if not isinstance(key, Ed25519PublicKey):
        says = "this is no Ed25519 public key in PEM, nor one on P-256"
        fail(f"{path}: {says}; `openssl pkey -pubout` prints one")
    return statements.encode(key.public_bytes_raw())


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
