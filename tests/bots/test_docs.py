"""docs/bots.md tells every setting with its default, and no other."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.strategy import Settings

DOC = (Path(__file__).parents[2] / "docs/bots.md").read_text()


@pytest.mark.parametrize(("title", "kind"), [("DCA", DcaSettings), ("Grid", GridSettings)])
def test_the_table_of_settings_is_that_of_the_struct(title: str, kind: type[Settings]) -> None:
    chapter = DOC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([a-z0-9_]+)` \| (?:`(.*?)`)? ?\|.*\|.*\|$", chapter, re.MULTILINE)
    table = {name: tomllib.loads(f"x = {text}")["x"] for name, text in told if text}
    fields = msgspec.structs.fields(kind)
    assert [name for name, _ in told] == [field.name for field in fields]
    for field in fields:
        if field.required:
            assert field.name not in table
        else:
            plain = msgspec.to_builtins(field.get_default() if hasattr(field, "get_default")
                                        else field.default)  # fmt: skip
            given = msgspec.convert(table[field.name], field.type, strict=False)
            assert msgspec.to_builtins(given) == plain
