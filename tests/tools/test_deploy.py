"""The units that ship are what systemd understands, and take away what can be taken away; the
image is made of what is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import lacking
from tradelatch.isolation.users import User, groups
from tradelatch.model.config import Users, parse_config

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if not found:
        lacking("systemd-analyze is missing: install systemd")
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_systemd_understands_every_line(unit: Path, analyze: str, tmp_path: Path) -> None:
    """The program need not be there: another one stands in."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/tradelatch/bin/tradelatch", "/bin/true"))
    ran = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_only_the_signer_has_no_network() -> None:
    alone = [unit.stem for unit in SERVICES if "PrivateNetwork=yes" in unit.read_text()]
    assert alone == ["tradelatch-signer"]


def test_a_mistake_is_not_tried_again() -> None:
    """What cannot start exits with 2."""
    assert all("RestartPreventExitStatus=2" in unit.read_text() for unit in SERVICES)


def test_each_runs_as_the_user_that_is_the_default() -> None:
    for unit in SERVICES:
        process = unit.stem.removeprefix("tradelatch-")
        assert f"User={getattr(Users(), process)}\n" in unit.read_text()


def test_the_users_that_are_made_have_the_groups_that_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = shutil.which("systemd-sysusers")
    if not made:
        lacking("systemd-sysusers is missing: install systemd")
    folder = tmp_path / "etc" / "sysusers.d"
    folder.mkdir(parents=True)
    shutil.copy(DEPLOY / "sysusers.d" / "tradelatch.conf", folder)
    ran = subprocess.run([made, f"--root={tmp_path}"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "not a valid" not in ran.stderr
    found = _read(tmp_path / "etc" / "passwd"), _read(tmp_path / "etc" / "group")
    known = {name: User(name, int(line[2]), int(line[3])) for name, line in found[0].items()}
    known["root"] = User("root", 0, 0)
    monkeypatch.setattr("tradelatch.isolation.users.user", known.__getitem__)
    for process in ("signer", "courier", "gate", "watch", "runner", "venue"):
        name = f"tradelatch-{process}"
        member = {int(line[2]) for line in found[1].values() if name in line[3].split(",")}
        assert member == set(groups(Users(), process))


def _read(path: Path) -> dict[str, list[str]]:
    lines = [line.split(":") for line in path.read_text().splitlines()]
    return {line[0]: line for line in lines}


CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


def test_the_image_is_made_of_files_that_are_there() -> None:
    copied = [line.split()[1:-1] for line in CONTAINERFILE.splitlines() if line.startswith("COPY")]
    for source in (word for words in copied for word in words if words[0] != "--from=build"):
        assert (DEPLOY.parent / source).exists(), source
    for word in re.findall(r"/build/requirements/(\S+)", CONTAINERFILE):
        assert (DEPLOY.parent / "requirements" / word).exists()


def test_the_image_has_the_default_users_and_runs_as_none_of_them() -> None:
    (names,) = re.findall(r"for name in (signer .*?);", CONTAINERFILE)
    made = {f"tradelatch-{name}" for name in names.split()}
    config = parse_config((DEPLOY / "container.toml").read_text())
    assert {getattr(config.users, name) for name in config.users.__struct_fields__} == made
    assert [line for line in CONTAINERFILE.splitlines() if line.startswith("USER")] == [
        "USER trader"
    ]
    assert "--create-home trader " in CONTAINERFILE


def test_every_command_of_the_image_is_one() -> None:
    assert 'ENTRYPOINT ["tradelatch"]' in CONTAINERFILE
    says = subprocess.run(
        [sys.executable, "-m", "tradelatch.cli", "--help"], capture_output=True, text=True
    ).stdout
    (roles,) = re.findall(r"told by its command:\n# (.*)\.", CONTAINERFILE)
    assert all(f" {role} " in says for role in roles.split(", "))
