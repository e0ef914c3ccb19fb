"""An HSM opens the vault of real processes, confined as they are: SoftHSM stands for it."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import msgspec
import pytest

from tests.house.stage import Stage, sync_client
from tests.house.test_canary import copies
from tests.house.test_confined import SERVES, opened_by
from tests.house.test_up import AS_ROOT, free_ports
from tests.house.test_vault import Home, add_key
from tests.isolation.test_isolation import needs_landlock
from tests.vault.soft import PIN, SoftHsm
from tradelatch.drills.world import DEEP
from tradelatch.model.config import Hsm


@pytest.fixture
def soft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "softhsm")
    made.add()
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    return made


def section(hsm: Hsm) -> str:
    """It in the configuration's TOML, whose strings and lists are written as JSON's."""
    values = msgspec.structs.asdict(hsm).items()
    return "[hsm]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values)


@pytest.fixture
def home(tmp_path: Path, soft: SoftHsm) -> Iterator[Home]:
    made = Home(tmp_path)
    configure(made, soft.settings())
    yield made
    made.stop()


def configure(home: Home, hsm: Hsm) -> None:
    home.config.write_text(f'directory = "{home.folder}"\n{section(hsm)}')


def write_pin(folder: Path, pin: str = PIN) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "hsm.pin"
    file.touch(mode=0o600)
    file.write_text(f"{pin}\n")
    return file


def kept(home: Home) -> dict[Path, bytes]:
    """All that is not made anew with each start."""
    folders = [home.folder / "vault", home.folder / "journal"]
    return {file: file.read_bytes() for folder in folders for file in folder.iterdir()}


def test_a_signer_waits_for_the_pin_and_starts_by_itself_once_a_file_holds_it(home: Home) -> None:
    says = home.good("signer", "--init", given=f"{PIN}\n")
    assert says == f"{home.folder}: made vault and journal; keep a copy of the HSM's key\n"
    assert not (home.folder / "vault.key").exists()
    home.start()
    assert "sealed; `tradelatch unseal` asks for the PIN" in home.log.read_text()
    for wrong, says in {
        "": "was not given, and none was tried",
        "1": "not its PIN; it was",
    }.items():
        status, said = home.run("unseal", given=f"{wrong}\n")
        assert (status, says in said, said.count("\n")) == (2, True, 1), said
    assert home.good("unseal", given=f"{PIN}\n") == "the signer is open\n"
    home.until("accounts,")
    assert home.signer is not None
    assert copies(home.signer.pid, PIN.encode()) == 0
    add_key(home)
    assert "vault: opened by HSM, key 1" in home.good("status")
    home.stop()
    home.start()
    home.good("unseal", given=f"{PIN}\n")
    home.until("1 accounts,")
    home.stop()
    assert PIN.encode() not in home.stored() + home.log.read_bytes()

    write_pin(home.folder)
    for _ in range(2):
        home.start()
        home.until("1 accounts,")
        assert "sealed" not in home.log.read_text()
        home.stop()


def test_a_rotation_and_a_backup(home: Home, tmp_path: Path, soft: SoftHsm) -> None:
    write_pin(home.folder)
    home.good("signer", "--init")
    home.start()
    add_key(home)
    sealed = _sealed(home)
    assert home.good("vault", "rotate") == "4 secrets are under key 2 now\n"
    assert _sealed(home) == sealed
    assert "vault: opened by HSM, key 2" in home.good("status")
    home.stop()
    backup = shutil.copytree(home.folder, tmp_path / "backup", ignore=_not_kept)
    token = shutil.copytree(soft.folder, tmp_path / "token")
    shutil.rmtree(home.folder)
    shutil.rmtree(soft.folder)

    shutil.copytree(backup, home.folder)
    status, said = home.run("vault", "root", "key-file", "--from-hsm", given=f"{PIN}\n")
    assert (status, "the module failed; may it use its files" in said) == (2, True), said
    shutil.copytree(token, soft.folder)
    write_pin(home.folder)
    home.start()
    home.until("1 accounts,")
    assert home.good("vault", "rotate") == "4 secrets are under key 3 now\n"


def _not_kept(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name in ("run", "hsm.pin")}


def _sealed(home: Home) -> set[str]:
    files = (home.folder / "vault").glob("*.json")
    return {msgspec.json.decode(file.read_bytes())["sealed"] for file in files}


def test_the_vault_moves_to_an_hsm_and_from_it_in_all_directions(home: Home) -> None:
    home.good("signer", "--init", given=f"{PIN}\n")
    home.start()
    home.good("unseal", given=f"{PIN}\n")
    home.until("accounts,")
    add_key(home)
    home.stop()
    before = _sealed(home)

    def moved(to: str, *options: str, given: str) -> None:
        said = home.good("vault", "root", to, *options, given=given)
        assert "the vault opens anew" in said
        assert (home.folder / "vault.key").exists() == (to == "key-file")
        assert (_sealed(home), PIN in said) == (before, False)

    def starts(given: str = "") -> None:
        home.start()
        if given:
            home.good("unseal", given=f"{given}\n")
        home.until("1 accounts,")
        home.stop()

    moved("key-file", "--from-hsm", given=f"{PIN}\n")
    starts()
    moved("hsm", given=f"{PIN}\n")
    starts(PIN)
    moved("passphrase", "--from-hsm", given=f"{PIN}\nopen sesame\n")
    starts("open sesame")
    moved("hsm", "--from-passphrase", given=f"open sesame\n{PIN}\n")
    starts(PIN)
    status, said = home.run("vault", "root", "hsm", "--from-hsm", given=f"{PIN}\n{PIN}\n")
    assert (status, said.endswith("the HSM opens the vault already\n")) == (2, True)


def test_a_move_that_fails_changes_nothing(home: Home, soft: SoftHsm) -> None:
    home.good("signer", "--init", given=f"{PIN}\n")
    before = kept(home)
    for given, options, says in (
        (f"wrong\n{PIN}", ["passphrase", "--from-hsm"], "this is not its PIN"),
        (f"{PIN}\n", ["key-file"], "PIN was not given, and none was tried"),
    ):
        status, said = home.run("vault", "root", *options, given=given)
        assert (status, says in said, said.count("\n")) == (2, True, 1), said
    home.good("vault", "root", "key-file", "--from-hsm", given=f"{PIN}\n")
    key, before = (home.folder / "vault.key").read_bytes(), kept(home)
    configure(home, msgspec.structs.replace(soft.settings(), token="gone"))
    status, said = home.run("vault", "root", "hsm", given=f"{PIN}\n")
    assert (status, "there is no such token" in said) == (2, True)
    assert ((home.folder / "vault.key").read_bytes(), kept(home)) == (key, before)


def test_what_is_missing_ends_the_signer_with_a_sentence_and_loses_nothing(
    home: Home, soft: SoftHsm
) -> None:
    file = write_pin(home.folder)
    home.good("signer", "--init")
    home.start()
    add_key(home)
    home.stop()
    before = kept(home)
    for changes, says in (
        ({"module": "/no/where.so"}, "cannot open shared object file: No such file"),
        ({"module": ""}, "no HSM is configured; set hsm.module"),
        ({"token": "lost"}, "token lost, key vault: there is no such token"),
        ({"key": "gone"}, "key gone: the token holds no such key"),
    ):
        configure(home, msgspec.structs.replace(soft.settings(), **changes))
        assert says in _refused(home)
    configure(home, soft.settings())
    write_pin(home.folder, "wrong")
    assert "this is not its PIN; it was tried once" in _refused(home)
    file.chmod(0o640)
    assert "others may read the HSM's PIN; run `chmod 600" in _refused(home)
    assert kept(home) == before

    file.chmod(0o600)
    write_pin(home.folder)
    home.start()
    home.until("1 accounts,")


def _refused(home: Home) -> str:
    status, said = home.run("signer")
    assert (status, said.count("\n")) == (2, 1), said
    return said


def test_a_lost_token_is_told_and_the_vault_is_kept(home: Home, soft: SoftHsm) -> None:
    write_pin(home.folder)
    home.good("signer", "--init")
    before = kept(home)
    soft.remove()
    assert "there is no such token" in _refused(home)
    soft.add()
    assert "holds no such key" in _refused(home)
    assert kept(home) == before


def test_a_wrong_pin_is_tried_once_by_all_that_starts_things_again(home: Home) -> None:
    write_pin(home.folder)
    home.good("signer", "--init")
    write_pin(home.folder, "wrong")
    status, said = home.run("up", *AS_ROOT)
    assert (status, "started again" in said) == (2, False)
    assert said.count("this is not its PIN") == 2, said  # the signer's word, and that of `up`
    assert said.splitlines()[-1].startswith("tradelatch up: ")


@needs_landlock
def test_without_its_files_the_module_is_shut_out(home: Home, soft: SoftHsm) -> None:
    """The confinement lets in what the configuration names, and nothing else."""
    write_pin(home.folder)
    home.good("signer", "--init")
    configure(home, msgspec.structs.replace(soft.settings(), files=()))
    assert "may it use its files, and does hsm.files list them?" in _refused(home)


class HsmStage(Stage):
    """A venue and a house whose vault an HSM opens."""

    def __init__(self, folder: Path, soft: SoftHsm) -> None:
        super().__init__(folder)
        self.settings = f"{Stage.settings}\n{section(soft.settings())}"

    async def _start(self) -> None:
        self.folder.mkdir()
        write_pin(self.folder / "house")
        await super()._start()


def _sold(client: Any, amount: float) -> Any:
    """Once there are prices again: they may come after all that an account is ready by."""
    for _ in range(100):
        try:
            return client.create_order(DEEP, "market", "sell", amount)
        except ccxt.InvalidOrder as error:
            if "fresh_prices" not in str(error):
                raise
            time.sleep(0.1)
    pytest.fail("no prices came")


def test_a_bot_trades_and_the_pin_is_where_it_has_to_be(tmp_path: Path, soft: SoftHsm) -> None:
    with HsmStage(tmp_path / "stage", soft) as stage:
        house, secret = stage.house, stage.world.victim.secret.encode()
        client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
        assert client.create_order(DEEP, "market", "buy", 0.01)["filled"] == 0.01
        stage.run(house.signer.stop())
        stage.run(house.signer.start())
        stage.run(house.until_ready())
        assert _sold(client, 0.01)["filled"] == 0.01
        client.session.close()
        custody = stage.operate("custody").value
        (signer,) = custody["processes"]["signer"]
        assert (custody["root"], signer["isolation"]["system calls filtered"]) == ("HSM", True)
        assert copies(house.signer.pid, secret) == 1
        assert copies(house.signer.pid, PIN.encode()) == 0
        for child in (house.signer, house.gate, house.courier):
            process = Path(f"/proc/{child.pid}")
            assert PIN.encode() not in (process / "cmdline").read_bytes()
            assert PIN.encode() not in (process / "environ").read_bytes()
            assert PIN not in child.said()
        files = [file for file in stage.folder.rglob("*") if file.is_file()]
        holding = [file.name for file in files if PIN.encode() in file.read_bytes()]
        assert holding == ["hsm.pin"]
        stage.check_alive()
        files = [house.home / "hsm.pin", *soft.folder.rglob("*.object")]
        refused = [f"PermissionError {file}" for file in files]
        for name in SERVES:
            assert opened_by(name, house.config, files) == refused


def test_init_sets_everything_up_with_an_hsm_and_asks_nothing(home: Home, soft: SoftHsm) -> None:
    venue, gate = free_ports(2)
    with home.config.open("a") as file:
        file.write(f"[gate]\nport = {gate}\n[venue]\nport = {venue}\n")
        file.write(f'[exchanges.binance]\nurl = "http://127.0.0.1:{venue}"\n')
    status, said = home.run("init", *AS_ROOT)
    assert (status, said.count("\n")) == (2, 1)
    assert f"{home.folder}/hsm.pin: `tradelatch init` asks nothing; write the HSM's PIN" in said
    write_pin(home.folder)
    assert "account me" in home.good("init", *AS_ROOT)
    assert b'"root":{"type":"HSM"}' in (home.folder / "vault" / "keyring").read_bytes()
