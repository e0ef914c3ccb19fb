"""Channels that work get everything, whatever becomes of the others and of the process."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.notify.listener import Listener
from tests.notify.test_quiet import at
from tradelatch.model.clock import HOUR, ManualClock, SystemClock
from tradelatch.model.config import Channel, Notify
from tradelatch.model.notices import Kind
from tradelatch.notify.delivery import BadOutbox, Delivery, Standing

PATIENCE_S = 20.0


def until(holds: Callable[[], object]) -> None:
    for _ in range(int(PATIENCE_S / 0.01)):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it never came about")


def said(path: Path) -> list[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["says"] for line in lines]


def test_a_dead_channel_holds_up_nobody_and_gets_everything_once_it_lives(tmp_path: Path) -> None:
    out, reports = tmp_path / "out", list[str]()
    with Listener() as listener:
        listener.status = 500
        channels = {
            "file": Channel(f"file://{out}"),
            "hook": Channel(f"json://{listener.address}/x", kinds=("deal", "freeze")),
        }
        delivery = Delivery.start(
            Notify(channels=channels), tmp_path / "kept", SystemClock(), reports.append
        )
        for number in range(20):
            delivery.put(Kind.DEAL, f"Deal {number}.")
        delivery.put(Kind.ERROR, "An error.")
        until(lambda: len(said(out)) == 21)
        until(lambda: reports)
        assert delivery.standing()["hook"] == Standing(20, 0, is_failing=True)
        listener.status = 200
        until(lambda: len(listener.posted) == 20)
        until(lambda: delivery.standing()["hook"].waiting == 0)
        assert delivery.close(PATIENCE_S) == {"file": 0, "hook": 0}
    expected = [f"Deal {number}." for number in range(20)]
    assert [posted["message"].splitlines()[0] for posted in listener.posted] == expected
    assert said(out) == [*expected, "An error."]
    assert reports[0] == "channel hook did not take a notice; it is tried again in 1 s"


def test_what_waits_outlives_the_process(tmp_path: Path) -> None:
    """Quiet hours and a channel that fails: the next start takes up what both have left."""
    out, clock = tmp_path / "out", ManualClock(at("2026-10-24 23:00"))
    with Listener() as listener:
        listener.status = 503
        channels = {
            "file": Channel(f"file://{out}"),
            "hook": Channel(f"json://{listener.address}/x"),
        }
        settings = Notify("22:00-07:00", "Europe/Berlin", channels)
        kept = tmp_path / "kept"
        first = Delivery.start(settings, kept, clock, lambda _: None)
        first.put(Kind.DEAL, "A deal.")
        first.put(Kind.DENIAL, "A denial.")
        first.put(Kind.FREEZE, "A freeze.")
        assert first.close(PATIENCE_S) == {"file": 2, "hook": 3}
        listener.status = 200
        clock.advance(9 * HOUR)
        second = Delivery.start(settings, kept, clock, lambda _: None)
        assert second.close(PATIENCE_S) == {"file": 0, "hook": 0}
    assert said(out) == ["A freeze.", "A deal.", "A denial."]
    urgent, night = [posted["message"] for posted in listener.posted]
    assert urgent.startswith("A freeze.\n")
    assert night.startswith("Held back in quiet hours: deal 1, denial 1.\n")


def test_what_was_dropped_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = list[str]()
    (tmp_path / "file").touch()
    settings = Notify(channels={"f": Channel(f"file://{tmp_path}/file/below")})
    delivery = Delivery.start(settings, tmp_path / "kept", SystemClock(), reports.append)
    for number in range(1_010):
        delivery.put(Kind.DEAL, str(number))
    until(lambda: any("notices dropped so far" in says for says in reports))
    waiting, lost = delivery.close(PATIENCE_S)["f"], delivery.standing()["f"].lost
    assert (waiting >= 1_000, waiting + lost) == (True, 1_010)
    assert any(f"notices dropped so far: {lost}" in says for says in reports)


def test_a_damaged_file_of_what_waits_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text("{]")
    settings = Notify(channels={"f": Channel("file:///nowhere")})
    with pytest.raises(BadOutbox, match=r"f\.json: these are no notices that wait; remove it"):
        Delivery.start(settings, tmp_path, SystemClock(), lambda _: None)
