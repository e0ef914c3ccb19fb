"""What root does in a folder that another user owns stays in there."""

import os
from pathlib import Path

import pytest

from tradelatch.cli.folders import Folder, Unusable


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("root's")
    return tmp_path / "home"


def test_a_link_is_no_folder(home: Path) -> None:
    (home / "venues").symlink_to(home.parent / "elsewhere")
    with Folder(home) as folder:
        folder.make("venues")
        with pytest.raises(Unusable, match=r"home/venues: it has to be a folder, and no link"):
            folder.folder("venues")


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_what_is_linked_is_not_written_over(home: Path, link: object) -> None:
    secret = home.parent / "elsewhere" / "secret"
    link(home / "init.log", secret)  # type: ignore[operator]
    with Folder(home) as folder, os.fdopen(folder.create("init.log"), "w") as file:
        file.write("ours")
    assert (secret.read_text(), (home / "init.log").read_text()) == ("root's", "ours")


def test_what_is_linked_is_not_read(home: Path) -> None:
    (home / "admin.token").symlink_to(home.parent / "elsewhere" / "secret")
    says = r"home/admin.token: it has to be a file, and no link"
    with Folder(home) as folder, pytest.raises(Unusable, match=says):
        folder.read("admin.token")


def test_it_stays_where_it_was_opened(home: Path) -> None:
    with Folder(home) as folder:
        home.rename(home.parent / "moved")
        home.symlink_to("elsewhere")
        folder.make("grants")
    assert (home.parent / "moved" / "grants").is_dir()
    assert not (home.parent / "elsewhere" / "grants").exists()
