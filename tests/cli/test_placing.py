"""What a process is handed of the configuration reads as the configuration."""

import os

import pytest

from tests.conftest import lacking
from tradelatch.cli.placing import Places, to_toml
from tradelatch.model.config import parse_config

FULL = r"""
directory = "/srv/a \"quoted\" \\ folder, ü"
[gate]
port = 0
[signer]
checkpoint_copy = "/mnt/copy"
[notify]
quiet = "22:00-07:00"
zone = "Europe/Berlin"
[notify.channels.hook]
url = "json://host/?+X-Token=a'b"
kinds = ["freeze", "error"]
[users]
gate = "64103"
[exchanges.binance]
url = "http://127.0.0.1:8900"
[venue]
limits = false
[venues.strict]
port = 8901
[venues.strict.keys]
unbound_days = 30
[[venues.strict.markets]]
symbol = "BTC/USDT"
price = "60000"
turnover = "5e8"
"""


@pytest.mark.parametrize("text", ["", FULL])
def test_it_reads_as_it_was(text: str) -> None:
    config = parse_config(text)
    assert parse_config(to_toml(config)) == config


PROCESSES = ("signer", "courier", "gate", "watch", "venue")


@pytest.mark.parametrize("process", PROCESSES)
def test_channels_are_handed_to_who_sends_notices(process: str) -> None:
    if os.geteuid():
        lacking("only root hands a configuration over")
    users = "".join(f'{name} = "{64101 + n}"\n' for n, name in enumerate(PROCESSES))
    config = parse_config(FULL.replace('gate = "64103"\n', users))
    _, options = Places(config, None).start((process,))
    (handed,) = options["pass_fds"]
    text = os.pread(handed, 1 << 16, 0).decode()
    os.close(handed)
    assert ("X-Token" in text) == (process == "watch")
