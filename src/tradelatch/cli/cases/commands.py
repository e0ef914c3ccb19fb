"""``tradelatch case``: make a case, take evidence in, verify losses."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tradelatch.cases.folder import Case, UnusableCase
from tradelatch.cases.handed_in import files_of
from tradelatch.cases.intake import Taken, Told, rejected_of, take
from tradelatch.cases.kinds import PSEUDONYM, Kind, exchange_of
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.verify import verify as verify_case
from tradelatch.cli.cases import pack, report, triage
from tradelatch.cli.cases.options import At, Folder, Map, Reads, moment, named, opened
from tradelatch.cli.cases.show import show_items, show_reading, show_taken, show_verified
from tradelatch.cli.console import print_json, print_line, printable
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import AsJson, fail
from tradelatch.detect.parameters import BadParameter, with_values
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import pairs_of, settings_of

app = typer.Typer(help="Cases: evidence in, losses verified, report out.", no_args_is_help=True)
app.command("triage")(triage.look)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The folder, new or empty.")],
    name: Annotated[str, typer.Option(help="The case's name; else the folder's.")] = "",
    at: At = "",
) -> None:
    """Make a case: a folder of its own."""
    try:
        Case.create(folder, name or folder.resolve().name, moment(at))
    except UnusableCase as error:
        fail(str(error))
    print(f"{folder}: is a case now; `tradelatch case add {folder} FILES` takes evidence in")


@app.command()
def add(
    folder: Folder,
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    victim: Annotated[str, typer.Option(help="Whose they are: a pseudonym such as V-01.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="What they are; else recognised.")] = None,
    exchange: Annotated[str, typer.Option(help="Which exchange's, if they do not tell.")] = "",
    mapping: Map = None,
    settings: Reads = None,
    at: At = "",
    as_json: AsJson = False,
) -> None:
    """Take evidence in: kept under its hash, read, and refused with a reason if it cannot be."""
    case, when = opened(folder), moment(at)
    try:
        settings_of(settings or ())
        if victim and not PSEUDONYM.fullmatch(victim):
            fail(f"--victim {victim}: a case knows victims by pseudonyms such as V-01")
        told = Told(
            victim,
            exchange_of(exchange),
            kind,
            pairs_of("--map", mapping or (), "time=When"),
            tuple(settings or ()),
        )
        with case.alone():
            taken = _take_all(case, files, told, when)
    except (Refused, UnusableCase) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder}: cannot write there: {error.strerror}")
    show_taken(taken, as_json)
    if any(one.refused for one in taken):
        raise typer.Exit(1)


def _take_all(case: Case, paths: list[Path], told: Told, at: str) -> list[Taken]:
    for path in paths:
        if not path.exists():
            fail(f"{path}: there is no such file or folder")
    named = [(one, path) for path in paths for one in files_of(path)]
    taken = []
    with progress_bar("taking in", 0, len(named)) as tell:
        for number, (file, root) in enumerate(named):
            taken.append(take(case, file, root, told, at))
            tell(number + 1)
    return taken


@app.command()
def evidence(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="A file of the case; all if none is named.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the evidence, or one file's notes and each row of it that could not be read."""
    case = opened(folder)
    if not name:
        show_items(case.items, case.dropped, as_json)
        return
    item = named(case, name)
    try:
        rejected = rejected_of(case, item)
    except (Refused, UnusableCase) as error:
        fail(str(error))
    if as_json:
        print_json({**msgspec.to_builtins(item), "rejected": msgspec.to_builtins(rejected)})
        return
    show_items([item], (), as_json=False)
    show_reading(item, rejected, len(rejected))


@app.command()
def drop(
    folder: Folder,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="Files, as `case evidence` names them.")
    ],
    because: Annotated[str, typer.Option(help="Why; the report tells it.")],
    at: At = "",
) -> None:
    """Take files out of the evidence that do not belong there; that they were in it stays noted."""
    when, why = moment(at), " ".join(map(printable, because.split()))
    if not why:
        fail("--because: say why, such as 'of another case'")
    try:
        with opened(folder).alone():
            case = opened(folder)  # as nobody changes it now
            for item in [named(case, name) for name in dict.fromkeys(names)]:
                case.drop(item, when, why)
                print_line(f"{item.name}: is no evidence any more ({item.sha256})")
    except UnusableCase as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder}: cannot write there: {error.strerror}")


@app.command()
def verify(
    folder: Folder,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What decides figures: threshold=0.10"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute each loss from the evidence, grade it, and tell what is wrong with it."""
    case = opened(folder)
    try:
        asked = with_values(Settings, settings or ())
        with progress_bar("verifying", 0, 1_000) as tell:
            found = verify_case(case, asked, lambda done, of: tell(done * 1_000 // max(of, 1)))
    except (BadParameter, Refused, UnusableCase) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder}: cannot write there: {error.strerror}")
    show_verified(found, folder, as_json)


app.command("report")(report.report)
app.command("key")(pack.key)
app.command("pack")(pack.pack)
app.command("check")(pack.check)
app.command("request")(pack.request)
