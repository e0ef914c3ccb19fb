"""An HSM's key opens the keyring and nothing else does; what is wrong is said in one sentence."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pkcs11
import pytest

from tests.vault.soft import PIN, SoftHsm
from tradelatch.model import config
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import SealBroken
from tradelatch.vault.keyring import Keyring, root_kind
from tradelatch.vault.root import Hsm, Root


@pytest.fixture(scope="module")
def soft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    made = SoftHsm(tmp_path_factory.mktemp("hsm"))
    for label in ("tradelatch", "other", "twice", "twice"):
        made.add(label)
    key = made.conf.with_name("known")
    key.write_bytes(bytes(range(32)))
    for id_ in ("aa", "bb"):
        made.bring(key, "two of a name", id_)
    made.bring(key, "brought", "cc")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(made.conf))
        yield made
        pkcs11.unload(made.module)


def opened(settings: config.Hsm, pin: str = PIN, new: bool = False) -> Root:
    return Hsm().open(settings, bytearray(pin.encode()), new=new)


@pytest.fixture
def settings(soft: SoftHsm, request: pytest.FixtureRequest) -> config.Hsm:
    """A key of this test's own."""
    return soft.settings(key=request.function.__name__)


def made(settings: config.Hsm, path: Path) -> bytes:
    ring = Keyring.create(path, Hsm(), opened(settings, new=True))
    key = bytes(ring.key(1))
    ring.close()
    return key


def test_the_same_keys_are_there_again(settings: config.Hsm, tmp_path: Path) -> None:
    path = tmp_path / "keyring"
    key = made(settings, path)
    assert root_kind(path) == Hsm()
    assert msgspec.json.decode(path.read_bytes())["root"] == {"type": "HSM"}
    ring = Keyring.open(path, lambda _: opened(settings))
    assert ring.key(1) == key
    ring.add()
    ring.drop_older()
    ring.close()
    again = Keyring.open(path, lambda _: opened(settings))
    assert again.newest == 2
    again.close()


def test_the_key_stays_in_the_token(settings: config.Hsm, soft: SoftHsm) -> None:
    root = opened(settings, new=True)
    key = root._key  # type: ignore[attr-defined]
    for attribute in ("SENSITIVE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "PRIVATE", "LOCAL"):
        assert key[pkcs11.Attribute[attribute]] is True, attribute
    for attribute in ("EXTRACTABLE", "WRAP", "UNWRAP", "SIGN", "VERIFY"):
        assert key[pkcs11.Attribute[attribute]] is False, attribute
    assert key.key_length == 256
    with pytest.raises(pkcs11.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]
    root.close()


def test_what_is_wrapped_is_bound_to_what_it_is(settings: config.Hsm) -> None:
    root, key = opened(settings, new=True), bytearray(range(32))
    wrapped = root.wrap(key, b"this")
    assert (len(wrapped), root.unwrap(wrapped, b"this")) == (12 + 32 + 16, key)
    assert root.wrap(key, b"this") != wrapped
    for place in range(len(wrapped)):
        changed = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]
        with pytest.raises(SealBroken):
            root.unwrap(changed, b"this")
    for short in (b"", wrapped[:12], wrapped[:-1]):
        with pytest.raises(SealBroken):
            root.unwrap(short, b"this")
    with pytest.raises(SealBroken):
        root.unwrap(wrapped, b"that")
    assert root.unwrap(wrapped, b"this") == key
    root.close()


def test_a_key_that_is_there_is_taken(settings: config.Hsm) -> None:
    """A set-up that was cut short is gone on with, and an older keyring still opens."""
    first = opened(settings, new=True)
    wrapped = first.wrap(bytearray(32), b"")
    first.close()
    again = opened(settings, new=True)
    assert again.unwrap(wrapped, b"") == bytes(32)
    again.close()


def test_another_key_opens_nothing(soft: SoftHsm, settings: config.Hsm, tmp_path: Path) -> None:
    path = tmp_path / "keyring"
    made(settings, path)
    other = soft.settings(key="another one")
    opened(other, new=True).close()
    with pytest.raises(VaultError, match="this is not its HSM, or the file was changed"):
        Keyring.open(path, lambda _: opened(other))
    Keyring.open(path, lambda _: opened(settings)).close()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"module": ""}, r"no HSM is configured; set hsm\.module"),
        ({"module": "/no/where.so"}, r"HSM /no/where\.so, .* cannot open shared object file: No"),
        ({"module": "/etc/hostname"}, r"HSM /etc/hostname, .*: file too short"),
        ({"token": "gone"}, "token gone, key brought: there is no such token"),
        ({"token": "twice"}, "token twice, .*: more than one token is called so"),
        ({"token": "other"}, "token other, key brought: the token holds no such key"),
        ({"key": "gone"}, "key gone: the token holds no such key"),
        ({"key": "two of a name"}, "more than one such key; rename or remove one"),
    ],
)
def test_what_is_missing_or_doubled_is_said_in_one_sentence(
    soft: SoftHsm, changes: dict[str, str], says: str
) -> None:
    settings = msgspec.structs.replace(soft.settings("brought"), **changes)
    with pytest.raises(VaultError, match=says) as caught:
        opened(settings)
    assert "\n" not in str(caught.value)
    assert PIN not in str(caught.value)
    opened(soft.settings("brought")).close()


def test_no_vault_is_made_under_a_key_that_does_not_fit(soft: SoftHsm) -> None:
    token = pkcs11.lib(soft.module).get_token(token_label="tradelatch")
    with token.open(rw=True, user_pin=PIN) as session:
        session.generate_key(pkcs11.KeyType.AES, 128, label="short", store=True)
    for key, says in {
        "brought": "was not always in the token alone",
        "short": "is not of 256 bits",
        "two of a name": "more than one",
    }.items():
        with pytest.raises(VaultError, match=says):
            opened(soft.settings(key), new=True)


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ("wrong", "this is not its PIN; it was tried once"),
        ("x" * 1_000, "this is not its PIN"),
        ("", "the HSM's PIN was not given, and none was tried"),
    ],
)
def test_a_wrong_pin_opens_nothing_and_the_right_one_still_does(
    settings: config.Hsm, pin: str, says: str
) -> None:
    opened(settings, new=True).close()
    for _ in range(3):
        with pytest.raises(VaultError, match=says):
            opened(settings, pin)
    opened(settings).close()


def test_a_pin_that_was_tried_is_wiped(settings: config.Hsm) -> None:
    for right in (True, False):
        pin = bytearray(PIN.encode() if right else b"wrong")
        try:
            Hsm().open(settings, pin, new=True).close()
        except VaultError:
            assert not right
        assert pin == bytes(len(pin))


def test_a_token_that_is_gone_loses_nothing(settings: config.Hsm, tmp_path: Path) -> None:
    """The session ends below an open keyring: no rotation, no move, and the file opens later."""
    path = tmp_path / "keyring"
    key = made(settings, path)
    before = path.read_bytes()
    ring = Keyring.open(path, lambda _: opened(settings))
    ring._root._session.close()  # type: ignore[attr-defined]
    with pytest.raises(VaultError, match="SessionHandleInvalid"):
        ring.add()
    assert (ring.newest, path.read_bytes()) == (1, before)
    ring.close()
    again = Keyring.open(path, lambda _: opened(settings))
    assert again.key(1) == key
    again.close()


def test_a_token_that_opens_something_else_seals_nothing(
    settings: config.Hsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some choose nonces of their own and do not say which."""
    path = tmp_path / "keyring"
    root = opened(settings, new=True)
    inner = root._key  # type: ignore[attr-defined]

    class Stubborn:
        def encrypt(self, plain: bytes, **_: object) -> bytes:
            own = pkcs11.GCMParams(bytes(12))
            return bytes(
                inner.encrypt(plain, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=own)
            )

        def decrypt(self, *arguments: object, **named: object) -> object:
            return inner.decrypt(*arguments, **named)

    monkeypatch.setattr(root, "_key", Stubborn())
    with pytest.raises(VaultError, match="does not open what it has sealed"):
        Keyring.create(path, Hsm(), root)
    assert not path.exists()
    root.close()


def test_without_the_extra_it_says_what_to_install(soft: SoftHsm) -> None:
    code = (
        "import sys; sys.modules['pkcs11'] = None\n"
        "from tradelatch.model.config import Hsm as Settings\n"
        "from tradelatch.vault.root import Hsm\n"
        "Hsm().open(Settings('x.so'), bytearray(b'pin'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.endswith("an HSM needs python-pkcs11; run `pip install tradelatch[hsm]`")


def test_nothing_of_it_is_loaded_without_an_hsm() -> None:
    code = "import sys, tradelatch.signer.__main__; print('pkcs11' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
