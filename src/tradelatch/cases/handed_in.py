"""Which files of a folder that was handed in are evidence."""

from pathlib import Path

from tradelatch.cases.folder import Case

_PRIVATE_KEYS = (b"PRIVATE KEY-----", b'"tradelatch private key ')
_ANSWERS = "truth.csv"


def files_of(path: Path) -> list[Path]:
    """The one file, or all files in a folder and below it, by name."""
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and not _is_hidden(one, path))


def not_wanted(case: Case, path: Path, inside: str) -> str:
    """Why a file is left out; "" if it is not."""
    if path.is_symlink():
        return "is a link; name the file that it leads to"
    if path.exists() and not path.is_file():
        return "is no file: it would be read for ever, or never"
    if case.path.resolve() in path.resolve().parents:
        return "is a part of the case itself"
    if inside == _ANSWERS:
        return "holds the answers of a drill, which an investigator does not have"
    return ""


def holds_private_key(data: bytes) -> bool:
    """Whether a file holds a key that signs, which is nobody's evidence."""
    return any(mark in data for mark in _PRIVATE_KEYS)


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
