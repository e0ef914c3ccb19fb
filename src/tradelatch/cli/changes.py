"""``tradelatch changes``: what was proposed and does not hold yet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tradelatch.cli import private_key
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.statements import CHANGE

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
            "; ".join(c["loosens"]),
            _waits(c),
            " ".join(c["approved_by"]),
        )
        for c in changes
    ]
    columns = ("no.", "what", "loosens", "waits for", "approved by")
    print_table("Pending changes", columns, rows, right=(0,))


@app.command("show")
def show(
    number: Number,
    text: Annotated[bool, typer.Option("--text", help="Only what an operator signs.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show one change whole: what an operator signs, and a policy's text."""
    change = command(read_config(config), "change show", number=str(number))
    if as_json:
        print_json(change)
    else:
        print(change["text"], end="")
        if change["policy"] and not text:
            print(f"\n{change['policy']}", end="")


@app.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(help="What `changes show N --text` printed.")],
    key: Annotated[Path, typer.Option("--key", help="An operator's private key.")],
) -> None:
    """Sign a change away from the signer; prints the signature."""
    print(signed(read_text(file), key))


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
        text = command(settings, "change show", number=str(number))["text"]
        typer.echo(text, err=True, nl=False)
        signature = signed(text, key)
    arguments = {"number": str(number), "signature": signature}
    tell(command(settings, "change approve", **arguments), as_json)


@app.command("cancel")
def cancel(number: Number, config: ConfigFile = None) -> None:
    """Cancel a change; anybody who can speak to the signer may."""
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
    else:
        print(f"change {change['number']}, {change['what']}: pending, {_waits(change)}")
        for field in change["loosens"]:
            print(f"  loosens {field}")


def signed(text: str, key: Path) -> str:
    """The signature of what is a change; nothing else is signed."""
    if not text.startswith(f"{CHANGE}\n"):
        fail("this is not the text of a change; `tradelatch changes show N --text` prints it")
    return private_key.sign(key, text)


def _waits(change: dict[str, Any]) -> str:
    if change["waits_s"] is None:
        return "two operators' signatures"
    minutes = -(-int(change["waits_s"]) // 60)
    return f"{minutes // 60} h {minutes % 60} min"
