"""The runner's process: how it is confined, and what it refuses."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tradelatch.isolation.landlock import kernel_version
from tradelatch.model.notices import Kind
from tradelatch.notify.delivery import Backlog
from tradelatch.notify.notices import notice
from tradelatch.notify.outbox import Kept


@contextmanager
def runner(config: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    (folder / "config.toml").write_text(config)
    (folder / "config.toml").chmod(0o600)
    command = [sys.executable, "-m", "tradelatch.cli", "runner", "--config", "config.toml"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.skipif(not kernel_version(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("leads_out", [False, True])
def test_the_threads_of_channels_are_confined_too(leads_out: bool, tmp_path: Path) -> None:
    told, outside = tmp_path / "told" / "notices.jsonl", tmp_path / "outside.jsonl"
    if leads_out:
        told.parent.mkdir()
        told.symlink_to(outside)
    left = Kept([(notice(0, Kind.ERROR, "the last one"),)])
    Backlog(tmp_path / "home" / "bots" / "notices" / "file.json").keep(left)
    config = f'directory = "home"\n[notify.channels.file]\nurl = "file://{told}"\n'
    with runner(config, tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline() == "runner: ready\n"
    assert not outside.exists()
    assert told.exists() is not leads_out


def test_a_channel_that_is_none_does_not_keep_the_bots_from_running(tmp_path: Path) -> None:
    config = 'directory = "home"\n[notify.channels.phone]\nurl = "nobody://this"\n'
    with runner(config, tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "runner: ready\n"
        assert "channel phone: its URL is none that apprise knows" in process.stderr.readline()


@pytest.mark.parametrize("place", ["bots.sqlite", "notices.jsonl"])
def test_nothing_of_the_runner_lies_beside_the_folders_of_others(
    place: str, tmp_path: Path
) -> None:
    path = tmp_path / "home" / place
    config = f'directory = "{tmp_path}/home"\n'
    if path.suffix == ".sqlite":
        config += f'[store]\nurl = "sqlite:///{path}"\n'
    else:
        config += f'[notify.channels.file]\nurl = "file://{path}"\n'
    with runner(config, tmp_path) as process:
        _, says = process.communicate(timeout=30)
        assert process.returncode == 2
        assert says == (
            f"tradelatch: {path}: its folder holds the other processes' files too, and the runner "
            "may write all of its folder; put it into one of its own\n"
        )
