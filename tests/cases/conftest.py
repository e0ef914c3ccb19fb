"""The drill's evidence, and a case of it, made by the commands."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tradelatch.cli.app import app


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drill") / "evidence"
    run(0, "drill", "evidence", "--output", path)
    return path


@pytest.fixture(scope="session")
def case(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "incident"
    run(0, "case", "new", path, "--at", "2023-01-10T12:00:00Z")
    run(0, "case", "add", path, evidence, "--at", "2023-01-10T12:05:00Z")
    run(0, "case", "verify", path)
    return path


def run(code: int, *words: object, answers: str = "") -> Result:
    """A command that ends with this code; `answers` are what it reads."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=answers)
    assert result.exit_code == code, result.output
    return result
