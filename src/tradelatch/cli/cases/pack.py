"""``tradelatch case key, pack, check, request``: what goes out to others, and its signature."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cases.folder import UnusableCase
from tradelatch.cases.opened import SIGNER, OpenCase
from tradelatch.cases.verified import Victim
from tradelatch.cli import private_key
from tradelatch.cli.cases.extra import extra_needed
from tradelatch.cli.cases.options import Folder, opened
from tradelatch.cli.cases.report import Output, opened_verified, write_all
from tradelatch.cli.console import print_line
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import fail

Key = Annotated[
    Path | None, typer.Option("--key", help="The private key; else CASE.key beside the case.")
]
Country = Annotated[str, typer.Option(help="Only victims of one country, such as TH.")]
Exchange = Annotated[str, typer.Option(help="Only accounts at one exchange.")]


def key(folder: Folder, file: Key = None) -> None:
    """Make the key that signs packs, or use the one in the file. It lies outside of the case."""
    case, path = opened(folder), file or _beside(folder)
    if path.exists():
        public = private_key.public(path)
    else:
        passphrase = private_key.ask_passphrase("Passphrase (empty for none)", confirm=True)
        public = private_key.create(path, passphrase)
    try:
        case.write(SIGNER, f"{public}\n".encode())
    except OSError as error:
        fail(f"{folder}: cannot write there: {error.strerror}")
    print(public)
    typer.echo(f"{path}: the private key, mode 600; never hand it over with the case", err=True)


def pack(
    folder: Folder,
    recipient: Annotated[str, typer.Option(help="For whom: police, exchange, class_action ...")],
    country: Country = "",
    exchange: Exchange = "",
    victim: Annotated[str, typer.Option(help="Only one victim, such as V-03.")] = "",
    output: Output = None,
    file: Key = None,
) -> None:
    """Pack the evidence of those who consented to a recipient, one signed zip a jurisdiction."""
    with extra_needed():
        from tradelatch.cases.packs.archive import zipped
        from tradelatch.cases.packs.choosing import by_jurisdiction
        from tradelatch.cases.packs.names import file_name
        from tradelatch.cases.packs.pack import pack as packed
    case, sign = opened_verified(folder), _signing(folder, file)
    chosen = _chosen(case, recipient, country=country.upper(), exchange=exchange, victim=victim)
    groups = by_jurisdiction(recipient, chosen)
    done = 0
    with progress_bar("packing", 0, len(chosen)) as tell:

        def one_more() -> None:
            nonlocal done
            done += 1
            tell(done)

        try:
            files = {
                f"pack-{file_name(recipient)}-{file_name(victim or where)}.zip": zipped(
                    packed(case, recipient, where, victims, sign, one_more)
                )
                for where, victims in groups.items()
            }
        except UnusableCase as error:
            fail(str(error))
    write_all(output or folder / "packs", files)
    many = len(case.verified.victims)
    victims = "1 victim, who" if many == 1 else f"{many} victims, all"
    print_line(f"{len(chosen)} of {victims} consented")


def check(
    file: Annotated[Path, typer.Argument(help="The zip; or a report's JSON.")],
    signer: Annotated[
        str, typer.Option(help="The public key that must have signed it, as the report names it.")
    ] = "",
) -> None:
    """Check a pack that was handed over: each file's hash, and the signature. Of a report, whether
    its page and PDF are of the same run as its figures (JSON); nothing of that is signed."""
    from tradelatch.cases.packs.checking import NoPack, check_pack

    if file.suffix == ".json":
        _check_report(file)
        return
    try:
        found = check_pack(file, signer)
    except NoPack as error:
        fail(str(error))
    told = found.manifest
    print_line(f"{told.case}: for {told.recipient}, {told.jurisdiction}")
    many = "1 victim" if len(told.victims) == 1 else f"{len(told.victims)} victims"
    print_line(f"{many}, {len(told.files)} files")
    for fault in found.faults:
        print_line(f"wrong: {fault}")
    if found.faults:
        raise typer.Exit(1)
    by = signer or f"{told.signer}, which the pack itself names: compare it with the report"
    print_line(f"nothing was changed; signed by {by}")


def _check_report(file: Path) -> None:
    from tradelatch.cases.report.belonging import NoFigures, faults_of

    try:
        faults = faults_of(file)
    except NoFigures as error:
        fail(str(error))
    for fault in faults:
        print_line(f"wrong: {fault}")
    if faults:
        raise typer.Exit(1)
    print_line(f"{file.stem}: its files are of one run")


def request(folder: Folder, exchange: Exchange = "", output: Output = None) -> None:
    """Write requests to exchanges to freeze and to preserve, of victims who consented to that."""
    with extra_needed():
        from tradelatch.cases.packs.choosing import EXCHANGE, by_jurisdiction
        from tradelatch.cases.packs.names import file_name
        from tradelatch.cases.packs.request import request_files
    case = opened_verified(folder)
    groups = by_jurisdiction(EXCHANGE, _chosen(case, EXCHANGE, exchange=exchange))
    files: dict[str, bytes] = {}
    with progress_bar("writing", 0, len(groups)) as tell:
        for number, (where, victims) in enumerate(groups.items(), 1):
            made = request_files(case.verified, where, victims)
            files |= {f"{file_name(where)}/{name}": data for name, data in made.items()}
            tell(number)
    write_all(output or folder / "requests", files)


def _chosen(case: OpenCase, recipient: str, **asked: str) -> tuple[Victim, ...]:
    from tradelatch.cases.packs.choosing import NobodyConsents, consenting

    try:
        return consenting(case.verified, recipient, **asked)
    except NobodyConsents as error:
        fail(str(error))


def _signing(folder: Path, file: Path | None) -> Callable[[str], str]:
    """What signs, after a look at whether it is the case's key."""
    path = file or _beside(folder)
    if not path.exists():
        fail(f"{path}: there is no such key; `tradelatch case key {folder}` makes one")
    if private_key.public(path) != _signer(folder):
        fail(f"{path}: is not the key of {folder / SIGNER}; name the right one with --key")
    return lambda text: private_key.sign(path, text)


def _signer(folder: Path) -> str:
    try:
        return (folder / SIGNER).read_text(encoding="ascii").strip()
    except OSError:
        fail(f"{folder}: has no signing key; `tradelatch case key {folder}` makes one")


def _beside(folder: Path) -> Path:
    """Not in the case: who hands the folder over keeps the key."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.key")
