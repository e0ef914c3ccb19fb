"""``tradelatch client-config``: complete settings for a bot's client to speak to the gate."""

import enum
import json
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any

import typer

from tradelatch.cli.settings import ConfigFile, fail, read_config, read_text

CCXT_PATHS = {
    "public": "/api/v3",
    "private": "/api/v3",
    "v1": "/api/v1",
    "sapi": "/sapi/v1",
    "sapiV2": "/sapi/v2",
    "sapiV3": "/sapi/v3",
    "sapiV4": "/sapi/v4",
    "fapiPublic": "/fapi/v1",
    "fapiPublicV2": "/fapi/v2",
    "fapiPublicV3": "/fapi/v3",
    "fapiPrivate": "/fapi/v1",
    "fapiPrivateV2": "/fapi/v2",
    "fapiPrivateV3": "/fapi/v3",
    "fapiData": "/futures/data",
    "dapiPublic": "/dapi/v1",
    "dapiPrivate": "/dapi/v1",
    "dapiPrivateV2": "/dapi/v2",
    "dapiData": "/futures/data",
    "eapiPublic": "/eapi/v1",
    "eapiPrivate": "/eapi/v1",
    "papi": "/papi/v1",
    "papiV2": "/papi/v2",
}
"""What ccxt's binance calls its parts, and their paths: one that was left out would go to
the exchange itself."""
CCXT_STREAMS = {
    "spot": "/ws",
    "margin": "/ws",
    "linear": "/fstream/ws",
    "inverse": "/dstream/ws",
    "stock": "/equity/ws",
    "option": "/estream/public/ws",
    "optionMarket": "/estream/market/ws",
    "optionPrivate": "/estream/private/ws",
    "papi": "/pm/ws",
}
CCXT_CALLS = {"spot": "/ws-api/v3", "linear": "/ws-fapi/v1", "inverse": "/ws-dapi/v1"}
"""The same of what ccxt.pro watches, and of the websocket API."""


class Client(enum.StrEnum):
    """Clients whose settings were tried against the gate."""

    CCXT = "ccxt"
    FREQTRADE = "freqtrade"
    PYTHON_BINANCE = "python-binance"
    BINANCE_SDK_SPOT = "binance-sdk-spot"
    HUMMINGBOT = "hummingbot"
    NAUTILUS_TRADER = "NautilusTrader"


def client_config(
    client: Annotated[Client, typer.Option("--client", case_sensitive=False, help="The client.")],
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binance",
    grant: Annotated[
        Path | None,
        typer.Option(help="The grant as `grants issue --json` printed it; else left open."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Print what points a client at the gate, with a grant in the place of the exchange's key."""
    if exchange != "binance":
        fail(f"{exchange!r} is not supported; use binance")
    settings = read_config(config)
    known = {"id": "GRANT_ID", "secret": "GRANT_SECRET"}
    if grant:
        try:
            told = json.loads(read_text(grant))
            # One that signs with a private key of its bot's own has no secret.
            known = {"id": str(told["id"]), "secret": str(told.get("secret", "PRIVATE_KEY"))}
        except (ValueError, KeyError, TypeError, AttributeError):
            fail(f"{grant}: this is no grant; `tradelatch grants issue --json` prints one")
    gate = f"http://{settings.gate.host}:{settings.gate.port}/{exchange}"
    print(written(client, gate, known["id"], known["secret"]), end="")


def written(client: Client, gate: str, grant: str, secret: str) -> str:
    """The settings as the client takes them; `gate` is the URL of the exchange there."""
    form = (files("tradelatch.cli") / "clients" / f"{client}.txt").read_text("utf-8")
    sockets = gate.replace("http", "ws", 1)
    urls: dict[str, Any] = {part: gate + path for part, path in CCXT_PATHS.items()}
    urls["ws"] = {part: sockets + path for part, path in CCXT_STREAMS.items()}
    urls["ws"]["ws-api"] = {part: sockets + path for part, path in CCXT_CALLS.items()}
    return Template(form).substitute(
        gate=gate,
        sockets=sockets,
        grant=json.dumps(grant),
        secret=json.dumps(secret),
        urls=_indented(urls, form),
    )


def _indented(urls: dict[str, Any], form: str) -> str:
    """JSON, indented as deep as the line is that it stands in."""
    line = next((line for line in form.splitlines() if "$urls" in line), "")
    deep = len(line) - len(line.lstrip())
    return json.dumps(urls, indent=4).replace("\n", "\n" + " " * deep)
