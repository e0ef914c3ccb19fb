"""``tradelatch keys import`` and ``seal``: a whole platform's table of keys."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import track

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.key_secrets import BadSecret, of_cells
from tradelatch.cli.operator import NoSigner, ask, command, key_list
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.box import sealed_key
from tradelatch.model.config import Config
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy

NEEDED, SECRETS = {"account", "key_id"}, {"secret", "sealed"}
COLUMNS = (*NEEDED, *SECRETS, "passphrase", "exchange", "policy", "customer")
SHOWN = 20
"""So many refused rows are shown on a terminal; `--json` has all."""


Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", help="Take a key in spite of a danger: withdraw, unbound ..."),
]
Unchecked = Annotated[
    bool, typer.Option("--unchecked", help="Take keys without asking what they may do.")
]


class Row(NamedTuple):
    """One key of a table, with the number of its line."""

    line: int
    account: str
    exchange: str
    key_id: str
    secret: str
    passphrase: str
    sealed: str
    policy: str
    customer: str


class Refusal(NamedTuple):
    """A row that was not taken, and why."""

    line: int
    account: str
    why: str


def import_keys(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV: account, key_id, secret or sealed; passphrase, exchange, policy, customer."
        ),
    ],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="The policy of rows that name no file of one.")
    ] = None,
    accept: Accept = None,
    unchecked: Unchecked = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Seal the keys of a whole table. Run again, it goes on: what is there is left as it is."""
    settings, rows = read_config(config), list(_rows(table))
    policies = _policies(rows, policy, table)
    known = key_list(settings)
    box = command(settings, "key box")
    how = {"accept": ",".join(accept or []), "unchecked": "yes" if unchecked else ""}
    added, there, refused = 0, 0, list[Refusal]()
    for row in track(rows, "sealing", console=Console(stderr=True), disable=as_json):
        if _is_there(known.get(row.account), row):
            there += 1
        elif why := _add(settings, row, box, policies[row.policy], how, table.parent):
            refused.append(Refusal(row.line, row.account, why))
        else:
            added += 1
    if as_json:
        print_json({"added": added, "there": there, "refused": [r._asdict() for r in refused]})
    else:
        _tell(table, added, there, refused)
    raise typer.Exit(1 if refused else 0)


def seal(
    table: Annotated[Path, typer.Argument(help="CSV: account, key_id and secret; more is kept.")],
    public_key: Annotated[str, typer.Option(help="The vault's, as `keys box` prints it.")],
) -> None:
    """Print a table with its secrets sealed to a vault. Needs no signer: it runs where the secrets
    are, so that they leave it in boxes only."""
    writer = csv.writer(sys.stdout)
    writer.writerow(("account", "exchange", "key_id", "sealed", "policy", "customer"))
    for row in _rows(table):
        if not row.secret:
            fail(f"{table}: line {row.line}: there is no secret to seal")
        try:
            sealed = _box(row, public_key, table.parent)
        except BadSecret as error:
            fail(f"{table}: line {row.line}: {error}")
        kept = (row.account, row.exchange, row.key_id, sealed, row.policy, row.customer)
        writer.writerow(kept)


def box(config: ConfigFile = None) -> None:
    """Print the public key that secrets are sealed to on their way into the vault."""
    print(command(read_config(config), "key box"))


def _rows(table: Path) -> Iterator[Row]:
    lines = csv.reader(read_text(table).splitlines(keepends=True), strict=True)
    header = next(lines, [])
    if not set(header) >= NEEDED or not SECRETS & set(header):
        says = "the first line has to name the columns account, key_id, and secret or sealed"
        fail(f"{table}: {says}")
    if unknown := [name for name in header if name not in COLUMNS]:
        fail(f"{table}: there is no column {unknown[0]!r}; there are {', '.join(sorted(COLUMNS))}")
    try:
        for cells in lines:
            if len(cells) != len(header):
                says = f"{len(cells)} cells where the first line names {len(header)} columns"
                fail(f"{table}: line {lines.line_num}: {says}")
            row = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=True))
            exchange = row.pop("exchange") or "binance"
            yield Row(lines.line_num, exchange=exchange, **row)
    except csv.Error as error:
        fail(f"{table}: line {lines.line_num}: {error}")


def _is_there(known: dict[str, str] | None, row: Row) -> bool:
    same = (row.exchange, row.key_id)
    return known is not None and (known["exchange"], known["key_id"]) == same


def _policies(rows: list[Row], default: Path | None, table: Path) -> dict[str, str]:
    """The policies' texts by what rows call them; a mistake in one ends the command."""
    texts: dict[str, str] = {}
    for name in {row.policy for row in rows}:
        path = table.parent / name if name else default
        if path is None:
            fail(f"{table}: rows name no policy; give one for them by --policy")
        texts[name] = read_text(path)
        try:
            parse_policy(texts[name], str(path))
        except BadToml as error:
            fail(str(error))
    return texts


def _add(
    settings: Config, row: Row, box: str, policy: str, how: dict[str, str], folder: Path
) -> str:
    """Why the signer does not take it; empty if it does."""
    if bool(row.secret) == bool(row.sealed):
        return "it has to have either a secret or a sealed one"
    try:
        sealed = row.sealed or _box(row, box, folder)
        key = {"account": row.account, "exchange": row.exchange, "key_id": row.key_id}
        key["customer"] = row.customer
        return ask(settings, "key add", **key, sealed=sealed, policy=policy, **how).error
    except BadSecret as error:
        return str(error)
    except NoSigner as error:
        fail(f"line {row.line}: {error}; run the command again once it does: it goes on from here")


def _box(row: Row, public_key: str, folder: Path) -> str:
    secret = of_cells(row.exchange, row.secret, row.passphrase, folder)
    try:
        return sealed_key(public_key, row.account, row.exchange, row.key_id, secret)
    except ValueError:
        fail(f"{public_key[:50]!r} is no vault's public key; `tradelatch keys box` prints it")
    finally:
        secret[:] = bytes(len(secret))


def _tell(table: Path, added: int, there: int, refused: list[Refusal]) -> None:
    print(f"{table}: {added} keys sealed, {there} were there already, {len(refused)} refused")
    if refused:
        rows = [(str(r.line), r.account, r.why) for r in refused[:SHOWN]]
        print_table("Refused", ("line", "account", "why"), rows, right=(0,))
    if len(refused) > SHOWN:
        print(f"and {len(refused) - SHOWN} more; --json lists all")
