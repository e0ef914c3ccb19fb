"""What `client-config` prints for ccxt, exchange by exchange: it runs as it is, asks the gate and
nobody else, and signs so that the exchange's file knows the grant."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ccxt
import pytest
import requests
from typer.testing import CliRunner

from tradelatch import exchanges
from tradelatch.cli.app import app
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.http import Request
from tradelatch.signer import forms

HOUSE = "http://127.0.0.1:8800/"
ASKED = {
    "bitfinex": "private_post_auth_r_wallets",
    "bitget": "private_spot_get_v2_spot_account_assets",
    "bitvavo": "private_get_balance",
    "bybit": "private_get_v5_account_wallet_balance",
    "coinbase": "v3_private_get_brokerage_accounts",
    "coinbaseexchange": "private_get_accounts",
    "gate": "private_spot_get_accounts",
    "kraken": "private_post_balance",
    "kucoin": "private_get_accounts",
    "okx": "private_get_account_balance",
}
"""ccxt's name of a read, by exchange."""
OTHERS = [name for name in exchanges.NAMES if name != "binance"]


class Wire(requests.Session):
    """Stands where ccxt has its connection, and keeps what it is to send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Request] = []

    def request(self, method: Any, url: Any, *_: Any, **more: Any) -> requests.Response:
        parts = urlsplit(url)
        body = more.get("data") or b""
        headers = tuple((str(name), str(text)) for name, text in more["headers"].items())
        self.sent.append(
            Request(
                method,
                f"{parts.scheme}://{parts.netloc}",
                parts.path,
                parts.query,
                (*headers, ("host", parts.netloc)),
                body.encode() if isinstance(body, str) else body,
            )
        )
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"{}"
        return answer


def printed(*words: str) -> str:
    result = CliRunner().invoke(app, ["client-config", "--client", "ccxt", *words])
    assert (result.exit_code, result.stderr) == (0, ""), result.stderr
    return result.stdout


def made(folder: Path, exchange: str, secret: str) -> Any:
    """The client that the printed settings make, for a grant of that secret."""
    (folder / "config.toml").write_text("")
    (folder / "grant.json").write_text(json.dumps({"id": "tlg_1", "secret": secret}))
    files = ["--grant", str(folder / "grant.json"), "--config", str(folder / "config.toml")]
    names: dict[str, Any] = {}
    exec(printed("--exchange", exchange, *files), names)
    return names["exchange"]


def leaves(urls: Any) -> list[str]:
    return (
        [leaf for one in urls.values() for leaf in leaves(one)]
        if isinstance(urls, dict)
        else [urls]
    )


@pytest.mark.parametrize("name", OTHERS)
def test_every_part_asks_the_gate(name: str, tmp_path: Path) -> None:
    client = made(tmp_path, name, "c2VjcmV0")
    assert client.id == name
    told = leaves(client.urls["api"])
    prefixes = {one for one, of in exchanges.PREFIXES.items() if of == name} | {name}
    for url in told:
        assert url.startswith(tuple(f"{HOUSE}{prefix}" for prefix in prefixes)), url
        assert "{" not in url
    assert told


@pytest.mark.parametrize("name", OTHERS)
def test_what_it_signs_is_known_by_the_grants_secret(name: str, tmp_path: Path) -> None:
    fresh = forms.fresh(name)
    client = made(tmp_path, name, fresh.secret.decode())
    wire = Wire()
    client.session = wire
    with contextlib.suppress(ccxt.BaseError):  # the answer says nothing
        getattr(client, ASKED[name])()
    sent = wire.sent[-1]
    assert sent.path.startswith(f"/{name}/")
    file: ExchangeFile = exchanges.load(name)
    arrived = Request(
        sent.method, name, sent.path.removeprefix(f"/{name}"), sent.query, sent.headers, sent.body
    )
    assert file.key_id(arrived) == "tlg_1"
    key = forms.verifier(name, fresh.public) if fresh.public else fresh.secret
    file.verify(arrived, key, time.time_ns() // 1_000_000)


def test_futures_of_kucoin_have_a_prefix_of_their_own(tmp_path: Path) -> None:
    client = made(tmp_path, "kucoin", "s")
    assert client.urls["api"]["futuresPrivate"] == f"{HOUSE}kucoinfutures"
    assert client.options["hf"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--client", "ccxt", "--exchange", "mtgox"], "'mtgox' is not supported; use binance, "),
        (["--client", "freqtrade", "--exchange", "kucoin"], "for kucoin there is --client ccxt"),
    ],
)
def test_what_is_not_printed(words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["client-config", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
