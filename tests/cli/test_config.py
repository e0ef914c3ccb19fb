"""A configuration that cannot be used: one sentence with line and field, exit status 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("directory = \n", "config.toml: this is not TOML: Invalid value (at line 1, column 13)"),
        ("a = 1\na = 2\n", "config.toml: this is not TOML: Cannot overwrite a value (at line 2"),
        ("[" * 50_000, "config.toml: this is not TOML: "),
        ("a = " + "[" * 5_000, "config.toml: this is not TOML: "),
        ("a = " + "9" * 5_000, "config.toml: this is not TOML: "),
        ("\0", "config.toml: this is not TOML: "),
        ("\n\nfolder = 'x'", "config.toml, line 3: folder: there is no such setting"),
        ("[gates]\nport = 1", "config.toml, line 1: gates: there is no such setting"),
        ("[gate]\n\nports = 1", "config.toml, line 3: gate.ports: there is no such setting"),
        ("gate = 8800", "config.toml, line 1: gate: expected `object`, got `int`"),
        ("directory = 7", "config.toml, line 1: directory: expected `str`, got `int`"),
        ("[gate]\nport = '8800'", "config.toml, line 2: gate.port: expected `int`, got `str`"),
        ("[gate]\nport = 1.5", "config.toml, line 2: gate.port: expected `int`, got `float`"),
        ("[gate]\nport = true", "config.toml, line 2: gate.port: expected `int`, got `bool`"),
        ("[gate]\nport = 65536", "config.toml, line 2: gate.port: 65536 is out of range, use 0"),
        ("[gate]\nport = -1", "config.toml, line 2: gate.port: -1 is out of range"),
        ("[gate]\nmax_body = 1", "config.toml, line 2: gate.max_body: 1 is out of range"),
        ("[signer]\nrecv_window_ms = 99", "config.toml, line 2: signer.recv_window_ms: 99 is out"),
        ("[courier]\npoll_ms = 0", "config.toml, line 2: courier.poll_ms: 0 is out of range"),
        ("[courier]\ntimeout_ms = 0", "config.toml, line 2: courier.timeout_ms: 0 is out of"),
        ("[venue]\nport = 70000", "config.toml, line 2: venue.port: 70000 is out of range"),
        ("[exchanges.binance]\nurl = 1", "config.toml, line 2: exchanges.binance.url: expected"),
        (
            "[exchanges.binance]\nsecret = 'x'",
            "config.toml, line 2: exchanges.binance.secret: there is no such setting",
        ),
        *(
            (
                f"[exchanges.binance]\nurl = '{url}'",
                f"config.toml, line 2: exchanges.binance.url: '{url}' is no base URL, write for",
            )
            for url in (
                "api.binance.com",
                "ftp://x",
                "https://x/",
                "https://u:p@x",
                "https://x/a/",
                "https://x/a?b",
            )
        ),
        ("[watch]\npoll_ms = 1", "config.toml, line 2: watch.poll_ms: 1 is out of range, use 50"),
        (
            "[notify.channels]\nphone.url = 'secret-token'",
            "config.toml, line 2: notify.channels.phone.url: this is no URL, write for example",
        ),
        (
            "[notify.channels.'a/b']\nurl = 'file:///x'",
            "config.toml, line 1: notify.channels.a/b: 'a/b' is no name, use 1 to 40 of a-z",
        ),
        (
            "[notify.channels.a]\nurl = 'file:///x'\nkinds = ['deals']",
            "config.toml, line 3: notify.channels.a.kinds: 'deals' is no kind, use some of deal, ",
        ),
        (
            "[notify]\nquiet = '22-7'",
            "config.toml, line 2: notify.quiet: '22-7' is no window of a day, write for example",
        ),
        (
            "[notify]\nquiet = '07:00-07:00'",
            "config.toml, line 2: notify.quiet: '07:00-07:00' is no window of a day, write for",
        ),
        *(
            (
                f"[notify]\nzone = '{zone}'",
                f"config.toml, line 2: notify.zone: '{zone}' is no time zone that is known here, ",
            )
            for zone in ("Europe/Berln", "Europe", "../etc/passwd", "/etc/localtime")
        ),
        ("[exchanges]\nbinance = 1", "config.toml, line 2: exchanges.binance: expected `object`"),
    ],
    ids=range(40),
)
@pytest.mark.parametrize("command", ["status", "gate"])
def test_a_mistake_is_told_with_line_and_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(text)
    result = CliRunner().invoke(app, [command, "--config", "config.toml"])
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tradelatch: {says}")
    assert result.stderr.count("\n") == 1
    assert len(result.stderr) < 300


def test_the_configuration_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADELATCH_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("[gate]\nport = -1")
    result = CliRunner().invoke(app, ["status"])
    assert f"{tmp_path}/config.toml, line 2: gate.port: -1 is out" in result.stderr
