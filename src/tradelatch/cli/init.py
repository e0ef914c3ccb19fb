"""``tradelatch init``: a first account on the exchange that comes along, ready to trade."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tradelatch.cli.folders import Folder, Unusable
from tradelatch.cli.operator import NoSigner, ask
from tradelatch.cli.placing import Places, Unplaceable
from tradelatch.cli.policy_new import Kind, ready_made
from tradelatch.cli.settings import DEFAULT, ConfigFile, fail, read_config
from tradelatch.cli.signer import pin_file
from tradelatch.cli.up import AsRoot
from tradelatch.model.box import sealed_key
from tradelatch.model.config import Config

ACCOUNT = "me"
HOLDINGS, WORTH = {"BTC": "30", "ETH": "285"}, "50"
"""What the account is given at the venue, and about what it is worth in BTC."""
CONFIG = """\
# Everything that is kept lies here.
directory = "{home}"

# The exchange that comes with Tradelatch. Leave the table out for Binance itself.
[exchanges.binance]
url = "http://127.0.0.1:8900"
"""
_PATIENCE_S = 60.0


class _AccountExists(Exception):
    """The venue has it already."""


def init(config: ConfigFile = None, as_root: AsRoot = False) -> None:
    """Set up a first account on the venue, with a policy and a grant; asks nothing."""
    file = config or DEFAULT.expanduser()
    is_new = not file.exists()
    if is_new:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(file.parent, file.name, CONFIG.format(home=_default_home(config, as_root)))
    settings = read_config(file)
    home = settings.home
    path = home / "grants" / f"{ACCOUNT}.json"
    if path.exists():
        fail(f"{path}: there is an account already; `tradelatch up` starts what is here")
    places = Places(settings, file, as_root)
    try:
        places.prepare([])
        if not (home / "journal").exists():
            if settings.hsm.module and not pin_file(settings).exists():
                says = "`tradelatch init` asks nothing; write the HSM's PIN into it, mode 600"
                fail(f"{pin_file(settings)}: {says}")
            _run(*places.start(("signer", "--init")))
    except Unplaceable as error:
        if is_new:  # another try may be meant for another folder
            file.unlink()
        fail(str(error))
    try:
        grant = _first_grant(settings, file, as_root)
        _write(home, path.name, json.dumps(grant, indent=2) + "\n", path.parent.name)
    except Unusable as error:
        fail(str(error))
    gate = _gate(settings)
    print(f"account {ACCOUNT}: {', '.join(f'{n} {a}' for a, n in HOLDINGS.items())} at the venue")
    print(f"policy:  {home / 'policies' / f'{ACCOUNT}.toml'}")
    print(f"grant:   {path}, for bots that speak Binance to {gate}")
    print("start it all with `tradelatch up`, then look at `tradelatch status`")


def _first_grant(settings: Config, file: Path, as_root: bool) -> dict[str, str]:
    """Start everything for as long as it takes to set up an account and its grant."""
    up = [sys.executable, "-P", "-m", "tradelatch.cli", "up", "--config", str(file)]
    with Folder(settings.home) as home, os.fdopen(home.create("init.log"), "wb") as log:
        house = subprocess.Popen(  # noqa: S603
            [*up, *(["--as-root"] if as_root else [])], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        return _set_up(settings, house)
    finally:
        house.terminate()
        house.wait()


def _set_up(settings: Config, house: "subprocess.Popen[bytes]") -> dict[str, str]:
    """An account, its key in the vault and a grant for it (id and secret)."""
    home, venue = settings.home, settings.exchanges["binance"].url
    _until(house, home, lambda: urlopen(f"{venue}/api/v3/ping", timeout=5))  # noqa: S310
    known = _until(house, home, lambda: ask(settings, "key list")).value
    if ACCOUNT not in known:  # else an earlier set-up was cut short after this
        command = _account(settings)
        _until(house, home, lambda: _entrust(settings, command))
    # A gate that cannot listen ends the house, if it is given the time to say so.
    _until(house, home, lambda: urlopen(f"{_gate(settings)}/api/v3/ping", timeout=5))  # noqa: S310
    sources = "127.0.0.0/8,::1/128"
    issued = _operate(settings, "grant issue", account=ACCOUNT, days="366", sources=sources)
    return {"id": issued["id"], "secret": issued["secret"]}


def _gate(settings: Config) -> str:
    """Where bots reach it."""
    return f"http://{settings.gate.host}:{settings.gate.port}/binance"


def _account(settings: Config) -> dict[str, str]:
    """An account at the venue; what entrusts its key to the signer."""
    with contextlib.suppress(_AccountExists):
        _admin(settings, "accounts", {"account": ACCOUNT, "balances": HOLDINGS})
    key = _admin(settings, "keys", {"account": ACCOUNT, "addresses": ["127.0.0.1"]})
    policy = ready_made(Kind.DCA, "BTC", WORTH, ["ETH/BTC"], [], "0")
    _write(settings.home, f"{ACCOUNT}.toml", policy, "policies")
    secret, box = bytearray(key["secret"].encode()), _operate(settings, "key box")
    sealed = sealed_key(box, ACCOUNT, "binance", key["key"], secret)
    given = {"account": ACCOUNT, "exchange": "binance", "key_id": key["key"], "sealed": sealed}
    return given | {"policy": policy}


def _entrust(settings: Config, key: dict[str, str]) -> None:
    """The signer asks what the key may do: it takes a moment until a courier is there to ask."""
    error = ask(settings, "key add", **key).error
    if "does not say what this key may do" in error:
        raise ConnectionError(error)
    if error:
        fail(error)


def _operate(settings: Config, verb: str, **arguments: str) -> Any:
    result = ask(settings, verb, **arguments)
    if result.error:
        fail(f"{verb}: {result.error}")
    return result.value


def _admin(settings: Config, path: str, body: dict[str, Any]) -> dict[str, str]:
    """What the venue's admin says."""
    with Folder(settings.home) as home, home.folder("venue") as venue:
        token = venue.read("admin.token").strip()
    url = f"{settings.exchanges['binance'].url}/admin/{path}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            told: dict[str, str] = json.load(answer)
            return told
    except HTTPError as error:
        why = str(json.load(error).get("error"))
        if path == "accounts" and "exists" in why:
            raise _AccountExists from error
        fail(f"the venue refused {path}: {why}")


def _until(house: "subprocess.Popen[bytes]", home: Path, succeeds: Any) -> Any:
    """What it gives once it gives something; a house that ended ends the command."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return succeeds()
        except (NoSigner, URLError, ConnectionError, TimeoutError):
            if house.poll() is not None or time.monotonic() > end:
                _fail_by_log(home)
            time.sleep(0.1)


def _fail_by_log(home: Path) -> NoReturn:
    with Folder(home) as kept:
        last = kept.read("init.log").strip().rpartition("\n")[2]
    fail(f"{home / 'init.log'}: it did not come up; it last said: {last or 'nothing'}")


def _default_home(config: Path | None, as_root: bool) -> Path:
    """Beside the configuration; root's own folder is closed to the users it starts processes as."""
    if os.geteuid() == 0 and not as_root:
        return Path("/var/lib/tradelatch")
    return config.resolve().parent if config else Path("~/.tradelatch")


def _run(command: list[str], options: dict[str, Any]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, **options)  # noqa: S603
    if ran.returncode:
        fail(ran.stderr.removeprefix("tradelatch").lstrip(": ").strip())


def _write(home: Path, name: str, text: str, folder: str | None = None) -> None:
    """A file that only its owner may read, in a folder of `home` or there."""
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(Folder(home))
        if folder:
            kept.make(folder)
            kept = stack.enter_context(kept.folder(folder))
        with os.fdopen(kept.create(name), "w") as file:
            file.write(text)
