"""``tradelatch venue``."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

SPEED = 600


@pytest.mark.parametrize(
    ("setting", "option"), [(SPEED, []), (2, ["--speed", str(SPEED)])], ids=["setting", "option"]
)
def test_the_speed_is_a_setting_and_an_option(
    tmp_path: Path, setting: int, option: list[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'directory = "{tmp_path}"\n[venue]\nport = 0\nspeed = {setting}\n')
    command = [sys.executable, "-m", "tradelatch.cli", "venue", "--config", str(config), *option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("venue: ").strip()
            first, done = venue_time(url), time.time()
            time.sleep(0.1)
            begun, second = time.time(), venue_time(url)
            # Less only for milliseconds that are not told.
            assert second - first >= (begun - done) * 1_000 * SPEED - 1
        finally:
            process.terminate()
        assert process.wait(20) == 0


def venue_time(url: str) -> int:
    with urllib.request.urlopen(f"{url}/api/v3/time") as answer:
        told: int = json.load(answer)["serverTime"]
    return told
