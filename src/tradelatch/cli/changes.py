"""``tradelatch changes``: what was proposed and does not hold yet."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.cli import private_key
from tradelatch.cli.change_review import compared, documents, reviewed
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.config import Config

app = typer.Typer(
    help="Pending changes: look at them, approve them, cancel them.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(min=1, help="The change's number.")]
Key = Annotated[Path | None, typer.Option("--key", help="An operator's private key.")]


@app.command("list")
def list_changes(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show what is pending, and until when."""
    changes = command(read_config(config), "change list")
    if as_json:
        print_json(changes)
        return
    rows = [
        (
            str(c["number"]),
            c["what"],
            c["by"] or "the host's operator",
            _waits(c),
            " ".join(c["approved_by"]),
        )
        for c in changes
    ]
    columns = ("no.", "what", "proposed by", "waits for", "approved by")
    print_table("Pending changes", columns, rows, right=(0,))


@app.command("show")
def show(number: Number, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one change whole: what an operator signs, what a policy loosens and tightens, and the
    policies themselves."""
    change = command(read_config(config), "change show", number=str(number))
    if as_json:
        print_json(change)
    else:
        print(reviewed(change) + documents(change), end="")


@app.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(help="What `changes show N --json` printed.")],
    key: Annotated[Path, typer.Option("--key", help="An operator's private key.")],
) -> None:
    """Sign a change away from the signer; shows what it is, and prints the signature."""
    try:
        change = msgspec.json.decode(read_text(file), type=dict[str, Any])
        print(_signed(change, key))
    except (msgspec.MsgspecError, KeyError):
        fail(f"{file}: this is no change; `tradelatch changes show N --json` prints it")


@app.command("approve")
def approve(
    number: Number,
    key: Key = None,
    signature: Annotated[str, typer.Option(help="Signed elsewhere, by `changes sign`.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Approve a change. The key is used in this process and never sent."""
    if (key is None) is (not signature):
        fail("give either --key FILE or --signature TEXT")
    settings = read_config(config)
    if key:
        signature = _signed(command(settings, "change show", number=str(number)), key)
    arguments = {"number": str(number), "signature": signature}
    tell(command(settings, "change approve", **arguments), as_json)


@app.command("cancel")
def cancel(number: Number, config: ConfigFile = None) -> None:
    """Cancel a change; any operator may."""
    command(read_config(config), "change cancel", number=str(number))
    print(f"cancelled change {number}")


@app.command("delay")
def delay(
    hours: Annotated[int, typer.Argument(min=24, help="At least 24.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Set how long changes wait where there are not two operators."""
    tell(command(read_config(config), "change delay", hours=str(hours)), as_json)


def tell(change: dict[str, Any], as_json: bool) -> None:
    """What became of a change that was just proposed or approved."""
    if as_json:
        print_json(change)
    elif change["made"]:
        print(f"change {change['number']}, {change['what']}: in force")
    elif change["beside"]:
        says = "holds beside what is in force, and takes its place after"
        print(f"change {change['number']}, {change['what']}: {says} {_waits(change)}")
    else:
        print(f"change {change['number']}, {change['what']}: pending, {_waits(change)}")


def tell_proposed(config: Config, change: dict[str, Any], as_json: bool) -> None:
    """What became of a policy or of the house's amounts, and what they loosen and tighten."""
    tell(change, as_json)
    if not as_json:
        shown = command(config, "change show", number=str(change["number"]))
        print(compared(shown), end="")


def _signed(change: dict[str, Any], key: Path) -> str:
    """The signature of a change, once it was shown."""
    typer.echo(reviewed(change), err=True, nl=False)
    return private_key.sign(key, change["text"])


def _waits(change: dict[str, Any]) -> str:
    if change["waits_s"] is None:
        return "two operators' signatures"
    minutes = -(-int(change["waits_s"]) // 60)
    other = " and another operator's signature" if change["signatures"] else ""
    return f"{minutes // 60} h {minutes % 60} min{other}"
