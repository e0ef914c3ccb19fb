"""The configuration: defaults that work, errors that name line and field."""

from pathlib import Path

import pytest

from tradelatch.model.config import Config, parse_config
from tradelatch.model.toml import BadToml


def test_nothing_is_a_configuration() -> None:
    assert parse_config("") == Config()


def test_home_is_resolved() -> None:
    assert parse_config('directory = "~/x"').home == Path.home() / "x"
    assert parse_config('directory = "/srv/x"').home == Path("/srv/x")


def test_an_exchange_has_its_url() -> None:
    config = parse_config('[exchanges.binance]\nurl = "http://127.0.0.1:8900"')
    assert config.exchanges["binance"].url == "http://127.0.0.1:8900"


def test_the_store_is_a_file_under_home_or_what_is_set() -> None:
    assert parse_config('directory = "/srv/x"').store_url == "sqlite:////srv/x/bots/bots.sqlite"
    url = "postgresql+psycopg://me@host/bots"
    assert parse_config(f'[store]\nurl = "{url}"').store_url == url


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[gate]\nport = 65536", "line 2: gate.port: 65536 is out of range, use 0 to 65535"),
        ("[gate]\nport = -1", "line 2: gate.port: -1 is out of range"),
        ("[gate]\nmax_body = 1", "line 2: gate.max_body: 1 is out of range"),
        ("[signer]\nrecv_window_ms = 99", "line 2: signer.recv_window_ms: 99 is out of range"),
        ("[signer]\nrecv_window_ms = 60001", "line 2: signer.recv_window_ms: 60001 is out"),
        ("courier.poll_ms = 1", "line 1: courier.poll_ms: 1 is out of range"),
        ("\ncourier = { timeout_ms = 0 }", "line 2: courier.timeout_ms: 0 is out of range"),
        ("[venue]\nspeed = 0", "line 2: venue.speed: 0 is out of range, use 1 to 10000"),
        ("[venue]\nport = 70000", "line 2: venue.port: 70000 is out of range"),
        ("[gate]\nport = '1'", "line 2: gate.port: expected `int`, got `str`"),
        ("[gate]\nprot = 1", "line 2: gate.prot: there is no such setting"),
        ("[gates]\nport = 1", "line 1: gates: there is no such setting"),
        ("[exchanges.a]\nurl = 'x'\n[exchanges.b]\nurl = 1", "line 4: exchanges.b.url: expected"),
        ("[gate", "this is not TOML"),
        ("[venue.keys]\nidle_days = -1", "line 2: venue.keys.idle_days: -1 is out of range"),
        ("[venues.x]\nport = 70000", "line 2: venues.x.port: 70000 is out of range"),
        ("[venues.X]\nport = 1", "line 1: venues.X: 'X' is no name of a venue"),
        ("[store]\nurl = 'mysql://me:pw@host'", "line 2: store.url: this is no URL, write sqlite:"),
        ("[venues.x]\n\nwebhook = 'me'", "line 3: venues.x.webhook: 'me' is no URL"),
    ],
)
def test_a_wrong_configuration_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadToml) as caught:
        parse_config(text, "t.toml")
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("t.toml")
    assert "\n" not in str(caught.value)
    assert "pw" not in str(caught.value)
