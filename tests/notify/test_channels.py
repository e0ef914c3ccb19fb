"""Files and services take notices, or say that they did not."""

import json
from pathlib import Path

import pytest

from tests.notify.listener import Listener
from tradelatch.model.notices import Kind
from tradelatch.notify.channels import BadChannel, open_channel
from tradelatch.notify.notices import Letter, notice


def letter(*says: str) -> Letter:
    return tuple(notice(0, Kind.DEAL, one) for one in says)


def test_a_file_has_a_line_for_each_notice(tmp_path: Path) -> None:
    channel = open_channel("f", f"file://{tmp_path}/below/a%20file")
    assert channel.send(letter("one"))
    assert channel.send(letter("two", "three"))
    lines = (tmp_path / "below" / "a file").read_text().splitlines()
    assert [json.loads(line)["says"] for line in lines] == ["one", "two", "three"]
    assert json.loads(lines[0]) == {"time": "1970-01-01T00:00:00Z", "kind": "deal", "says": "one"}


def test_a_file_that_cannot_be_written_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not open_channel("f", f"file://{tmp_path}/file/below").send(letter("x"))


def test_a_service_takes_a_letter_as_one_message() -> None:
    with Listener() as listener:
        channel = open_channel("hook", f"json://{listener.address}/x")
        assert channel.send(letter("one", "two"))
        listener.status = 500
        assert not channel.send(letter("three"))
    (posted,) = listener.posted
    assert [line.split()[-1] for line in posted["message"].splitlines()[1:]] == ["one", "two"]
    assert not channel.send(letter("nobody is there")), "nobody listens"


def test_a_url_that_nobody_knows_is_not_repeated() -> None:
    with pytest.raises(BadChannel) as caught:
        open_channel("phone", "nosuch://secret-token@host")
    assert "channel phone" in str(caught.value)
    assert "secret" not in str(caught.value)
