"""Every command with what it cannot use: one sentence and an exit code, never a traceback."""

import json
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ccxt
import pytest
from typer.testing import CliRunner, Result

from tests.house.stage import ACCOUNT, Stage, sync_client
from tradelatch.cli.app import app
from tradelatch.drills.world import DEEP, THIN

POLICY = """\
version = 1
unit = "BTC"
budget = "0.25"
exit_budget = "0.5"
[markets."ETH/BTC"]
depth = "deep"
"""

PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
"""The first of RFC 8032's test vectors."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command runs: files good and bad, and no signer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADELATCH_CONFIG", raising=False)
    (tmp_path / "config.toml").write_text('directory = "home"\n')
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "latin.toml").write_bytes("unit = 'é'".encode("latin-1"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "public.pem").write_text(PUBLIC_KEY)
    (tmp_path / "private.pem").write_text(PUBLIC_KEY.replace("PUBLIC", "PRIVATE"))
    (tmp_path / "rsa.pem").write_text(PUBLIC_KEY.replace("MCowBQ", "MCowBA"))
    return tmp_path


def run(command: str, given: str = "") -> Result:
    result = CliRunner().invoke(app, command.split(), input=given, prog_name="tradelatch")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def sentence(result: Result) -> str:
    """What stderr says, without typer's frame."""
    return " ".join(re.sub(r"[─╭╮╰╯│]", " ", result.stderr).split())


NO_SIGNER = "tradelatch: home/run/admin.sock: no signer answers here; start it with"
NO_JOURNAL = "tradelatch: home/journal: there is no journal here"
ADD = "keys add me --key-id k --config config.toml --policy"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("status --config config.toml", 2, NO_SIGNER),
        ("status --json --config config.toml", 2, NO_SIGNER),
        ("grants issue me --config config.toml", 2, NO_SIGNER),
        ("grants revoke tlg_1 --config config.toml", 2, NO_SIGNER),
        (f"{ADD} policy.toml", 2, NO_SIGNER),
        ("keys replace me --key-id k --config config.toml", 2, NO_SIGNER),
        ("policy set me policy.toml --config config.toml", 2, NO_SIGNER),
        ("policy set me nowhere.toml --config config.toml", 2, "nowhere.toml: cannot read it"),
        ("operators add me --public-key k --config config.toml", 2, NO_SIGNER),
        ("operators remove me --config config.toml", 2, NO_SIGNER),
        ("operators list --config config.toml", 2, NO_SIGNER),
        ("operators new empty", 2, "empty: cannot make it: File exists"),
        ("operators new nowhere/key", 2, "nowhere/key: cannot make it: No such file"),
        ("changes list --config config.toml", 2, NO_SIGNER),
        ("changes show 1 --config config.toml", 2, NO_SIGNER),
        ("changes approve 1 --key policy.toml --config config.toml", 2, NO_SIGNER),
        ("changes approve 1 --config config.toml", 2, "give either --key FILE or --signature TEXT"),
        ("changes sign policy.toml --key policy.toml", 2, "this is no change"),
        ("changes cancel 1 --config config.toml", 2, NO_SIGNER),
        ("changes cancel 0", 2, "Invalid value for 'number'"),
        ("changes delay 23", 2, "Invalid value for 'hours'"),
        ("exits owner me --public-key k --config config.toml", 2, NO_SIGNER),
        ("exits release me ETH/BTC 1 --limit 1 --key k --config config.toml", 2, "cannot read it"),
        ("grants freeze me --config config.toml", 2, NO_SIGNER),
        ("grants thaw me --config config.toml", 2, NO_SIGNER),
        ("watch --config config.toml", 2, "the configuration lists no channel"),
        ("watch", 2, "the configuration lists no channel; name some as [notify.channels.NAME]"),
        ("journal verify --config config.toml", 1, NO_JOURNAL),
        ("journal show --config config.toml", 1, NO_JOURNAL),
        ("why 1 --config config.toml", 1, NO_JOURNAL),
        ("journal verify --journal empty", 1, "tradelatch: empty: there is no journal here"),
        ("status --config nowhere.toml", 2, "nowhere.toml: cannot read it: No such file"),
        ("status --config empty", 2, "empty: cannot read it: Is a directory"),
        ("status --config latin.toml", 2, "latin.toml: this is not UTF-8 text"),
        ("gate --config nowhere.toml", 2, "nowhere.toml: cannot read it"),
        ("courier --config nowhere.toml", 2, "nowhere.toml: cannot read it"),
        ("venue --config nowhere.toml", 2, "nowhere.toml: cannot read it"),
        ("venue --speed 0", 2, "'--speed': Input should be greater than or equal to 1"),
        ("signer --config nowhere.toml", 2, "nowhere.toml: cannot read it"),
        ("policy check nowhere.toml", 2, "nowhere.toml: cannot read it"),
        ("policy check latin.toml", 2, "latin.toml: this is not UTF-8 text"),
        ("policy check config.toml", 2, "config.toml, line 1: directory: there is no such"),
        (f"{ADD} nowhere.toml", 2, "nowhere.toml: cannot read it"),
        (f"{ADD} empty", 2, "empty: cannot read it"),
        ("keys add me --policy policy.toml", 2, "Missing option '--key-id'"),
        ("why", 2, "Missing argument 'verdict'"),
        ("why one", 2, "Invalid value for 'verdict'"),
        ("why -1", 2, "No such option: -1"),
        ("journal show --last 0", 2, "Invalid value for '--last'"),
        ("journal show --last x", 2, "Invalid value for '--last'"),
        ("grants issue", 2, "Missing argument 'account'"),
        ("grants issue me --days soon", 2, "Invalid value for '--days'"),
        ("grants revoke", 2, "Missing argument 'grant'"),
        ("policy check", 2, "Missing argument 'file'"),
        ("house set", 2, "Missing argument 'file'"),
        ("house set config.toml", 2, "config.toml, line 1: directory: there is no such"),
        ("status now", 2, "unexpected extra argument"),
        ("steal", 2, "No such command 'steal'"),
        ("journal steal", 2, "No such command 'steal'"),
        ("--steal", 2, "No such option: --steal"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    folder: Path, command: str, code: int, says: str
) -> None:
    result = run(command, given="secret\n")
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in sentence(result)
    assert result.stderr.count("tradelatch: ") <= 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (f"grants issue {ACCOUNT} --days 0", "a grant is good for 1 to 366 days, not '0'"),
        (f"grants issue {ACCOUNT} --days -1", "a grant is good for 1 to 366 days, not '-1'"),
        (f"grants issue {ACCOUNT} --sources x", "'x' is no address or network"),
        (f"grants issue {ACCOUNT} --public-key gone.pem", "gone.pem: cannot read it"),
        (f"grants issue {ACCOUNT} --public-key policy.toml", "no Ed25519 public key in PEM"),
        (f"grants issue {ACCOUNT} --public-key rsa.pem", "no Ed25519 public key in PEM"),
        (f"grants issue {ACCOUNT} --public-key private.pem", "this is a private key, which only"),
        ("grants issue nobody", f"there is no account 'nobody'; known are: {ACCOUNT}"),
        ("grants revoke tlg_1", "there is no such grant, or it was revoked before"),
        (f"keys add {ACCOUNT} --key-id k --policy policy.toml", "there is an account"),
        ("keys add me --exchange mtgox --key-id k --policy policy.toml", "is not supported"),
        ("keys add me --key-id k --policy config.toml", "policy.toml, line 1: directory"),
        ("confirm", "nothing is in doubt about the signer; `tradelatch status` shows what is"),
        (f"confirm {ACCOUNT}", f"nothing is in doubt about account '{ACCOUNT}'"),
        ("policy set nobody policy.toml", f"no account 'nobody'; known are: {ACCOUNT}"),
        ("operators add Me! --public-key k", "'Me!' is no name, use 1 to 40 of a-z"),
        ("operators add me --public-key k", "must be an Ed25519 key in base64"),
        ("operators remove me", "nobody called 'me' is enrolled"),
        ("changes show 9", "no change '9' is pending; see `tradelatch changes list`"),
        ("changes delay 9000", "the delay is 24 to 720 hours, not '9000'"),
        (f"grants thaw {ACCOUNT}", f"{ACCOUNT} is not frozen"),
        ("grants freeze nobody", "there is no account 'nobody'"),
        ("why 99999", "there is no verdict 99999"),
        ("why 99999999999999999999999", "there is no verdict 99999999999999999999999"),
    ],
)
def test_what_the_signer_refuses_is_said_in_its_sentence(
    folder: Path, stage: Stage, command: str, says: str
) -> None:
    result = run(f"{command} --config {stage.house.config}", given="secret\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("tradelatch: ")
    assert says in sentence(result)


def test_a_secret_that_is_empty_is_refused(folder: Path, stage: Stage) -> None:
    command = f"keys add me --key-id k --policy policy.toml --config {stage.house.config}"
    assert "must not be empty" in sentence(run(command, given=""))


@pytest.fixture(scope="module")
def denied(stage: Stage) -> int:
    """The number of a denial, after an order that rests and one that was filled."""
    client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    client.load_markets()
    client.create_order(DEEP, "market", "buy", 0.3)
    for order in ((THIN, "market", "buy", 3000), (DEEP, "limit", "buy", 5000, 0.07)):
        with pytest.raises(ccxt.InvalidOrder):
            client.create_order(*order)
    client.session.close()
    number: int = stage.records("Denied")[0]["id"]
    return number


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("status", r"open for new orders\naccount .*v-01 \(BTC\)  day "),
        ("journal show", r"time \(UTC\) .*Denied +verdict \d+: PlaceOrder BUY .*denied by "),
        ("journal show --own", "OwnRequest +ReadAccount account"),
        ("journal show --denied --last 1", "Denied"),
        ("why {denied}", r"verdict \d+: PlaceOrder .*\n.*NO +allocation "),
    ],
)
def test_elsewhere_than_on_a_terminal_it_is_plain_lines_or_json(
    folder: Path, stage: Stage, denied: int, command: str, says: str
) -> None:
    command = f"{command.format(denied=denied)} --config {stage.house.config}"
    plain = run(command)
    assert (plain.exit_code, plain.stderr) == (0, "")
    assert re.search(says, plain.stdout, re.DOTALL)
    assert re.search(r"[─│┃\x1b]", plain.stdout) is None
    assert "'" not in plain.stdout.replace("day's", "").replace("month's", "")
    assert json.loads(run(f"{command} --json").stdout)


def test_a_grant_is_issued_for_machines_and_revoked_once(folder: Path, stage: Stage) -> None:
    config = f"--config {stage.house.config}"
    grant = json.loads(run(f"grants issue {ACCOUNT} --json {config}").stdout)
    assert grant.keys() == {"id", "secret"}
    assert run(f"grants revoke {grant['id']} {config}").stdout == f"revoked {grant['id']}\n"
    assert "revoked before" in sentence(run(f"grants revoke {grant['id']} {config}"))


def test_a_grant_for_a_bot_that_signs_with_a_key_of_its_own(folder: Path, stage: Stage) -> None:
    config = f"--config {stage.house.config}"
    issue = f"grants issue {ACCOUNT} --public-key public.pem {config}"
    told = run(issue).stdout
    grant = re.search(r"API key: +(tlg_\w+)\nit has no secret", told)
    assert grant
    assert "another grant has this public key" in sentence(run(issue))
    (folder / "grant.json").write_text(json.dumps({"id": grant[1]}))
    assert grant[1] in run("client-config --client ccxt --grant grant.json").stdout


def test_a_policy_of_shares_is_told_with_what_is_odd_about_it(folder: Path) -> None:
    (folder / "shares.toml").write_text(
        'version = 1\nunit = "BTC"\nbudget_share = 0.005\nexit_budget = 0\n'
        'markets."ETH/BTC".depth = "deep"\n'
    )
    told = run("policy check shares.toml").stdout.splitlines()
    assert told[0] == (
        "shares.toml: good; a day may cost 0.5 % of the account (deep) + 0 BTC (thin) "
        "+ 0 BTC (exits)"
    )
    assert told[1].startswith("shares.toml: exit_budget is zero: not even the fee of a stop-loss")


def test_the_house_is_set_while_all_runs(folder: Path, stage: Stage) -> None:
    (folder / "house.toml").write_text("version = 1\n[units.BTC]\nbudget = 1\n")
    told = run(f"house set house.toml --config {stage.house.config}").stdout
    assert "units.BTC.budget: from no limit to 1" in told
    (folder / "house.toml").write_text("version = 1\nunits = {}\n")
    again = run(f"house set house.toml --config {stage.house.config}")
    assert "the house has these amounts already" in again.stderr


def change_a_record(journal: Path) -> None:
    records = journal / "records"
    records.write_bytes(records.read_bytes().replace(b"budget", b"Budget", 1))


def remove_a_record(journal: Path) -> None:
    records = journal / "records"
    records.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[1:]))


def not_json(journal: Path) -> None:
    records = journal / "records"
    records.write_bytes(b"\xff{\n" + records.read_bytes())


def other_json(journal: Path) -> None:
    records = journal / "records"
    records.write_bytes(b'5\n{"record":7}\n' + records.read_bytes())


def deep_json(journal: Path) -> None:
    (journal / "records").write_bytes(b"[" * 200_000 + b"\n")


def no_checkpoints(journal: Path) -> None:
    (journal / "checkpoints").write_bytes(b"")


def odd_checkpoints(journal: Path) -> None:
    (journal / "checkpoints").write_bytes(b"\xff\n\n\xff\n\n")


def odd_key(journal: Path) -> None:
    (journal / "public.key").write_bytes(b"\xff")


def other_key(journal: Path) -> None:
    (journal / "public.key").write_text("tradelatch/journal+00000000+AAAA\n")


def no_records(journal: Path) -> None:
    (journal / "records").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        change_a_record,
        remove_a_record,
        not_json,
        other_json,
        deep_json,
        no_checkpoints,
        odd_checkpoints,
        odd_key,
        other_key,
        no_records,
    ],
)
def test_a_damaged_journal_is_told_in_a_sentence(
    folder: Path, stage: Stage, denied: int, damage: Callable[[Path], None]
) -> None:
    copy = folder / "copy"
    for _ in range(40):  # a checkpoint is signed a second after its records
        shutil.copytree(stage.journal, copy, dirs_exist_ok=True)
        if "good; 0 of" not in (good := run(f"journal verify --journal {copy}").stdout):
            break
        time.sleep(0.1)
    assert "copy: good; " in good
    damage(copy)
    result = run(f"journal verify --journal {copy}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"tradelatch: {copy}: ")
    for command in ("journal show --own --last 1000", "why 1", f"why {denied}"):
        told = run(f"{command} --journal {copy}")
        assert told.exit_code in (0, 1, 2)
        assert told.stderr.count("\n") == (1 if told.exit_code else 0)


def test_a_journal_is_verified_by_a_key_from_elsewhere(folder: Path, stage: Stage) -> None:
    verify = f"journal verify --journal {stage.journal} --public-key"
    assert run(f"{verify} {(stage.journal / 'public.key').read_text()}").exit_code == 0
    for other in ("x", "tradelatch/journal+00000000+AAAA", "é+é+é"):
        assert "not a journal's public key" in sentence(run(f"{verify} {other}"))


# What only a process of its own shows.


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `tradelatch` is the command."""
    function = f'tradelatch() {{ "{sys.executable}" -m tradelatch.cli "$@"; }}'
    return subprocess.run(
        ["bash", "-c", f"{function}; set -o pipefail; {line}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("line", "codes", "stderr"),
    [
        ("tradelatch --version", (0,), ""),
        ("tradelatch --help", (0,), ""),
        ("tradelatch journal show --own --last 10000 {config} | head -n 1", (0, 1), ""),
        ("tradelatch journal show --own --last 10000 --json {config} | head -n 1", (0, 1), ""),
        ("tradelatch status {config} | true", (0, 1), ""),
        ("tradelatch status {config} >&-", (0,), ""),
        ("tradelatch --help >&-", (0,), ""),
        ("tradelatch why 99999 {config} 2>&-", (2,), ""),
        ("tradelatch status {config} >/dev/full", (1,), "tradelatch: No space left on device\n"),
        ("tradelatch --version >/dev/full", (1,), "tradelatch: No space left on device\n"),
        (
            "tradelatch journal show --journal /proc/1/mem",
            (1,),
            "tradelatch: /proc/1/mem/records: Not a directory\n",
        ),
    ],
)
def test_output_that_nobody_takes_is_no_reason_for_a_traceback(
    stage: Stage, denied: int, line: str, codes: tuple[int, ...], stderr: str
) -> None:
    done = shell(line.format(config=f"--config {stage.house.config}"))
    assert done.returncode in codes
    assert done.stderr == stderr


def test_version_and_help() -> None:
    assert re.fullmatch(r"tradelatch \d+\.\d+\.\d+\n", shell("tradelatch --version").stdout)
    shown = run("--help").stdout
    for group in ("Guard", "Respond", "Investigate", "Exchange"):
        assert f"─ {group} ─" in shown
    assert run("--version").stdout == shell("tradelatch --version").stdout


def test_an_address_in_use_is_told(stage: Stage, folder: Path) -> None:
    ports = {"gate": stage.port, "venue": int(stage.world.url.rpartition(":")[2])}
    for name, port in ports.items():
        (folder / f"{name}.toml").write_text(f'directory = "x"\n[{name}]\nport = {port}\n')
        done = shell(f"tradelatch {name} --config {name}.toml")
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(
            rf"tradelatch: cannot listen on .*{port}: Address already in use\n", done.stderr
        )


def test_a_second_signer_is_refused_and_takes_nothing(stage: Stage) -> None:
    done = shell(f"tradelatch signer --config {stage.house.config}")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == f"tradelatch signer: {stage.house.home}: a signer is running here already\n"
    )
    assert not stage.operate("status").error
    stage.check_alive()


def test_a_signer_that_cannot_start_says_why(folder: Path) -> None:
    start = "tradelatch signer --config config.toml"

    def told(line: str = start) -> str:
        done = shell(line)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        return done.stderr

    assert "home: nothing is here yet; `tradelatch signer --init` makes it" in told()
    assert shell(f"{start} --init").returncode == 0
    key = folder / "home" / "vault.key"
    kept = key.read_bytes()
    key.unlink()
    assert "home/vault.key: cannot read the key file: No such file" in told()
    key.touch(mode=0o600)
    key.write_bytes(kept)
    assert "it is never replaced" in told(f"{start} --init")
    assert key.read_bytes() == kept
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o640)
    assert "others may read the key file; run `chmod 600 home/vault.key`" in told()
    key.chmod(0o600)
    key.write_bytes(kept[:31])
    assert "exactly 32 bytes" in told()
    key.write_bytes(bytes(32))
    assert "does not open" in told()
    deep = "d" * 100
    (folder / "deep.toml").write_text(f'directory = "{deep}"\n')
    start = "tradelatch signer --config deep.toml"
    assert shell(f"{start} --init").returncode == 0
    assert f"{deep}/run: AF_UNIX path too long" in told(start)
