"""``tradelatch client-config``: complete settings for a bot's client to speak to the gate."""

import enum
import json
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any

import typer

from tradelatch import exchanges
from tradelatch.cli.settings import ConfigFile, fail, read_config, read_text
from tradelatch.exchanges.protocol import ExchangeFile

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
CCXT_OPTIONS = {"bitvavo": {"operatorId": 1}, "kucoin": {"hf": True}}
"""What ccxt has to be told besides, by exchange: who trades, or which of its accounts is meant."""
CCXT_PREFIXES = {"kucoin": {"api-futures.kucoin.com": "kucoinfutures"}}
"""Other hosts of an exchange, and how their paths begin at the gate."""
ANY_TEXT = "tradelatch"
"""What ccxt asks for beside a secret; a grant has none, and any text will do."""


class Client(enum.StrEnum):
    """Clients whose settings were tried against the gate."""

    CCXT = "ccxt"
    FREQTRADE = "freqtrade"
    PYTHON_BINANCE = "python-binance"
    BINANCE_SDK_SPOT = "binance-sdk-spot"
    BINANCE_CONNECTOR = "binance-connector"
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
    if exchange not in exchanges.NAMES:
        fail(f"{exchange!r} is not supported; use {', '.join(exchanges.NAMES)}")
    if exchange != "binance" and client is not Client.CCXT:
        fail(f"{client} is for binance here; for {exchange} there is --client ccxt")
    settings = read_config(config)
    known = {"id": "GRANT_ID", "secret": "GRANT_SECRET"}
    if grant:
        try:
            told = json.loads(read_text(grant))
            # One that signs with a private key of its bot's own has no secret.
            known = {"id": str(told["id"]), "secret": str(told.get("secret", "PRIVATE_KEY"))}
        except (ValueError, KeyError, TypeError, AttributeError):
            fail(f"{grant}: this is no grant; `tradelatch grants issue --json` prints one")
    house = f"http://{settings.gate.host}:{settings.gate.port}/"
    if exchange == "binance":
        print(written(client, house + exchange, known["id"], known["secret"]), end="")
    else:
        print(written_for_ccxt(exchange, house, known["id"], known["secret"]), end="")


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


def written_for_ccxt(exchange: str, house: str, grant: str, secret: str) -> str:
    """The same for ccxt at any other exchange; `house` is the gate's URL, with a slash at its
    end."""
    file: ExchangeFile = exchanges.load(exchange)
    options: dict[str, Any] = {"apiKey": grant, "secret": secret}
    if file.HAS_PASSPHRASE:
        options["password"] = ANY_TEXT
    if more := CCXT_OPTIONS.get(exchange):
        options["options"] = more
    form = (files("tradelatch.cli") / "clients" / "ccxt-any.txt").read_text("utf-8")
    return Template(form).substitute(
        name=exchange,
        house=house,
        options=_python(options),
        prefixes=_python(CCXT_PREFIXES.get(exchange, {})),
    )


def _python(value: dict[str, Any]) -> str:
    """A literal of Python's, a line for each of what has any."""
    lines = "".join(f'    "{name}": {inner!r},\n' for name, inner in value.items())
    return f"{{\n{lines}}}" if lines else "{}"


def _indented(urls: dict[str, Any], form: str) -> str:
    """JSON, indented as deep as the line is that it stands in."""
    line = next((line for line in form.splitlines() if "$urls" in line), "")
    deep = len(line) - len(line.lstrip())
    return json.dumps(urls, indent=4).replace("\n", "\n" + " " * deep)
