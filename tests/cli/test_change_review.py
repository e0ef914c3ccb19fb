"""What is shown to whoever signs a change, and when nothing is signed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.signer.conftest import POLICY
from tests.signer.office import LOOSE, TIGHT, Office
from tradelatch.cli import private_key
from tradelatch.cli.app import app

BOTH = LOOSE.replace('exit_budget = "0.5"', 'exit_budget = "0.1"')
HOUSE = 'version = 1\n[units.BTC]\nbudget = "1"\n'


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path / "office") as opened:
        yield opened


@pytest.fixture
def key(tmp_path: Path) -> Path:
    private_key.create(tmp_path / "key", "")
    return tmp_path / "key"


def sign(folder: Path, key: Path, change: Any) -> Result:
    file = folder / "change.json"
    file.write_text(json.dumps(change))
    return CliRunner().invoke(app, ["changes", "sign", str(file), "--key", str(key)])


def proposed(office: Office, verb: str, **arguments: str) -> dict[str, Any]:
    number = office.do(verb, **arguments)["number"]
    found: dict[str, Any] = office.do("change show", number=str(number))
    return found


def test_looser_and_tighter_settings_are_listed_apart(
    office: Office, tmp_path: Path, key: Path
) -> None:
    change = proposed(office, "policy set", account="me", policy=BOTH)
    signed = sign(tmp_path, key, change)
    assert signed.exit_code == 0
    assert signed.stderr == change["text"] + (
        "looser, once it has taken its place:\n  budget: from 0.25 to 0.5\n"
        "tighter, from its proposal on:\n  exit_budget: from 0.5 to 0.1\n"
    )
    house = sign(tmp_path, key, proposed(office, "house set", policy=HOUSE))
    assert house.stderr.endswith(
        "tighter, from its proposal on:\n  units.BTC.budget: from no limit to 1\n"
    )


def test_what_has_no_document_shows_its_text_alone(
    office: Office, tmp_path: Path, key: Path
) -> None:
    office.do("grant freeze", name="me")
    change = proposed(office, "grant thaw", name="me")
    signed = sign(tmp_path, key, change)
    assert (signed.exit_code, signed.stderr) == (0, change["text"])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("new", TIGHT, "not those that would be signed"),
        ("old", "{}", "cannot be read"),
        ("new", "x", "cannot be read"),
        ("text", "tradelatch exit release 1\n", "not the text of a change"),
    ],
)
def test_documents_that_are_not_those_of_the_text_are_not_signed(
    office: Office, tmp_path: Path, key: Path, field: str, value: str, says: str
) -> None:
    """A captured signer's host that shows something else than it has signed."""
    for verb, arguments in (
        ("policy set", {"account": "me", "policy": BOTH}),
        ("house set", {"policy": HOUSE}),
    ):
        refused = sign(tmp_path, key, {**proposed(office, verb, **arguments), field: value})
        assert refused.exit_code == 2
        wanted = "cannot be read" if (verb, value) == ("house set", TIGHT) else says
        assert wanted in refused.stderr
        assert refused.stdout == ""


def test_leaving_the_documents_out_hides_nothing(office: Office, tmp_path: Path, key: Path) -> None:
    change = proposed(office, "policy set", account="me", policy=BOTH)
    for field in ("old", "new"):
        change.pop(field)
        assert sign(tmp_path, key, {**change, "beside": False}).exit_code == 2
    swapped = proposed(office, "policy set", account="me", policy=TIGHT)
    swapped["old"] = json.dumps(json.loads(swapped["old"]) | {"budget": "9"})
    assert "not those that would be signed" in sign(tmp_path, key, swapped).stderr
    nothing: list[Any] = [{}, [], "x"]
    for other in nothing:
        assert "this is no change" in sign(tmp_path, key, other).stderr
    assert POLICY not in swapped["text"]
