"""``tradelatch status``."""

from typing import Annotated, Any

import typer

from tradelatch.bots.runner.process import BotFolder
from tradelatch.cli.attest import ask_attestation
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, read_config
from tradelatch.isolation.users import user
from tradelatch.model.config import Config

PROCESSES = ("signer", "courier", "gate")

_COLUMNS = ("account", "window", "B (deep)", "X (thin)", "E (exits)")


def status(
    attest: Annotated[
        bool, typer.Option("--attest", help="Have the signer sign what runs there, and print that.")
    ] = False,
    nonce: Annotated[
        str, typer.Option(help="With --attest: hex of somebody who wants to know that it is new.")
    ] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show each account's amounts, what is used of them, whether new risk is taken, and how the
    processes are isolated."""
    settings = read_config(config)
    if attest:
        ask_attestation(settings, nonce)
    else:
        _show(settings, as_json)


def _show(settings: Config, as_json: bool) -> None:
    value = command(settings, "status") | {"custody": command(settings, "custody")}
    runner = value["runner"] = _runner(settings)
    if as_json:
        print_json(value)
        return
    print(f"closed to new risk: {value['closed']}" if value["closed"] else "open for new orders")
    for account in value["accounts"]:
        _tell_account(account)
    rows = [
        (f"{account['account']} ({account['unit']})", window, *_of(used, account["limits"], window))
        for account in value["accounts"]
        for window, used in (account["used"] or {}).items()
    ]
    print_table("Loss accounts: what is used of what orders may cost", _COLUMNS, rows)
    if value["pending_changes"]:
        print(f"pending changes: {len(value['pending_changes'])}; see `tradelatch changes list`")
    custody = value["custody"]
    print(f"vault: opened by {custody['root']}, key {custody['key']}")
    for name in PROCESSES:
        _tell_confined(name, custody["processes"][name])
    users = {name: _users(custody["processes"][name]) for name in PROCESSES}
    if runner:
        print(f"runner, as {_name(runner['user'])}: the owner of its folder")
        users["runner"] = {runner["user"]}
    print(verdict(users))


def verdict(users: dict[str, set[int]]) -> str:
    """Whether processes, each with the numbers of the users it runs as, are isolated."""
    for number in sorted(set[int]().union(*users.values())):
        same = [name for name, found in users.items() if number in found]
        if len(same) > 1:
            return f"not isolated: {_listed(same)} run as the same user, {_name(number)}"
        if number == 0:
            return f"not isolated: {same[0]} runs as root"
    if absent := [name for name, found in users.items() if not found]:
        return f"not known to be isolated: not connected: {', '.join(absent)}"
    return f"isolated: {_listed(list(users))} run as users of their own"


def _runner(config: Config) -> dict[str, int] | None:
    """The runner speaks to no signer; it runs as its folder's owner. None: there is no folder."""
    try:
        return {"user": BotFolder.of(config).root.stat().st_uid}
    except FileNotFoundError:
        return None


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _tell_confined(process: str, running: list[dict[str, Any]]) -> None:
    """What is in force for a process; gates may be many."""
    if not running:
        print(f"{process}: not connected")
    for one in running:
        holds = [name for name, is_so in one["isolation"].items() if is_so]
        lacks = [name for name, is_so in one["isolation"].items() if not is_so]
        print(f"{process}, as {_name(one['user'])}: {', '.join(holds) or 'not confined'}")
        if lacks:
            print(f"{process}: not in force here: {', '.join(lacks)}")


def _users(running: list[dict[str, Any]]) -> set[int]:
    return {one["user"] for one in running}


def _name(number: int) -> str:
    return user(str(number)).name


def _tell_account(account: dict[str, Any]) -> None:
    name = account["account"]
    if not account["ready"]:
        print(f"{name}: prices and holdings are not known yet")
    if account["doubt"]:
        print(f"{name}: only cancels go out: {account['doubt']}")
    for number in account["beside"]:
        print(f"{name}: the policy of change {number} holds beside its own")
    if account["lowest"]:
        print(f"{name}: shares are of {_spelled(account['lowest'])} {account['unit']}")
    for sentence in account["advice"] or []:
        print(f"{name}: {sentence}")
    if account["foreign_fills"]:
        told = f"{account['foreign_fills']} fills of orders that were not signed here"
        print(f"{name}: {told}; see `tradelatch reconcile {name}`")
    _tell_frozen(account)


def _of(used: list[str], limits: dict[str, list[str]] | None, window: str) -> list[str]:
    """Without limits it is not known yet what the account is worth."""
    most = limits[window] if limits else ["?"] * len(used)
    return [f"{amount} of {limit}" for amount, limit in zip(used, most, strict=True)]


def _spelled(lowest: dict[str, str]) -> str:
    return ", ".join(f"{value} at least (one {window})" for window, value in lowest.items())


def _tell_frozen(account: dict[str, Any]) -> None:
    name = account["account"]
    for why in account["frozen"]:
        print(f"{name}: FROZEN: {why}")
    for grant in account["frozen_grants"]:
        print(f"{name}: grant {grant} is FROZEN")
    if account["releases"]:
        print(f"{name}: {account['releases']} exits are released and not used yet")
    cost = account["released"]
    if cost and cost["month"] != "0":
        print(f"{name}: released exits cost {cost['day']} in a day, {cost['month']} in a month")
