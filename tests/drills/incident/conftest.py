"""One folder of evidence for all of these tests, written by the command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("incident") / "evidence"
    result = CliRunner().invoke(app, ["drill", "evidence", "--output", str(path), "--seed", "7"])
    assert result.exit_code == 0, result.output
    return path
