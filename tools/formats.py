"""Read a vault and a journal by what docs/vault.md and docs/journal.md say, and by nothing else.

It shares no code with Tradelatch: whoever doubts that the formats are what the pages say, or wants
his own secrets out of a vault without Tradelatch, starts here. Needs `cryptography` alone, and
`python-pkcs11` for a vault that an HSM opens.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


class Wrong(Exception):
    """What was read is not what the pages say."""


def must(holds: bool, says: str) -> None:
    """Raise Wrong unless it holds."""
    if not holds:
        raise Wrong(says)


def compact(value: Any) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def opened(key: bytes, sealed: str, data: bytes) -> bytes:
    """AES-256-GCM: 12 bytes of nonce, then ciphertext and tag."""
    raw = base64.b64decode(sealed, validate=True)
    return AESGCM(key).decrypt(raw[:12], raw[12:], data)


def opened_in_token(module: str, token: str, key: str, pin: bytes) -> Callable[[str, bytes], bytes]:
    """The same, but the key is in a PKCS#11 token and stays there."""
    import pkcs11

    session = pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin.decode())
    found: Any = session.get_key(label=key)

    def opened(sealed: str, data: bytes) -> bytes:
        raw = base64.b64decode(sealed, validate=True)
        parameters = pkcs11.GCMParams(raw[:12], data, tag_bits=128)
        plain: bytes = found.decrypt(
            raw[12:], mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=parameters
        )
        return plain

    return opened


def read_vault(
    folder: Path, root_key: bytes, given: bytes, hsm: tuple[str, str, str] | None
) -> dict[str, bytes]:
    """The secrets by their labels, written as JSON; `given` is the root's passphrase or PIN."""
    ring = json.loads((folder / "keyring").read_bytes())
    must(ring["version"] == 1, "another version")
    root = ring["root"]
    must((root["type"] == "HSM") == (hsm is not None), f"its root is: {root['type']}")
    if root["type"] == "passphrase":
        root_key = Argon2id(
            salt=base64.b64decode(root["salt"]),
            length=32,
            iterations=root["passes"],
            lanes=root["lanes"],
            memory_cost=root["memory_kib"],
        ).derive(given)
    by_root = opened_in_token(*hsm, given) if hsm else partial(opened, root_key)
    keys = {
        int(number): by_root(wrapped, compact([1, "key-encryption key", int(number), root]))
        for number, wrapped in ring["keys"].items()
    }
    secrets = {}
    for file in sorted(folder.glob("*.json")):
        envelope = json.loads(file.read_bytes())
        label = envelope["label"]
        fields = [label[name] for name in ("purpose", "account", "exchange", "key_id")]
        data = compact([envelope["version"], *fields])
        must(file.stem == hashlib.sha256(data).hexdigest()[:32], f"{file.name}: another label")
        data_key = opened(keys[envelope["kek"]], envelope["wrapped_key"], data)
        secrets[compact(label).decode()] = opened(data_key, envelope["sealed"], data)
    return secrets


def root_of(leaves: list[bytes]) -> bytes:
    """The root of RFC 9162's tree, section 2.1.1, by its recursive definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = root_of(leaves[:split]), root_of(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def read_journal(folder: Path) -> list[str]:
    """What each checkpoint that counts says, once all of it was checked."""
    lines = (folder / "records").read_bytes().split(b"\n")[:-1]
    name, key_hash, encoded = (folder / "public.key").read_text().strip().split("+", 2)
    key = base64.b64decode(encoded)
    digest = hashlib.sha256(name.encode() + b"\n" + key).digest()
    must(digest[:4].hex() == key_hash, "another public key")
    standing: list[tuple[int, str, str]] = []
    nonces: set[str] = set()
    paragraphs = (folder / "checkpoints").read_text().split("\n\n")[:-1]
    for text, signed in zip(paragraphs[::2], paragraphs[1::2], strict=True):
        text += "\n"
        dash, by, signature = signed.split(" ")
        raw = base64.b64decode(signature)
        must((dash, by, raw[:4].hex()) == ("\u2014", name, key_hash), "another signer")
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
        origin, size, root, *more = text.splitlines()
        must(origin == name, "another origin")
        if more:
            *_, signed_before, nonce = more[0].split(" ")
            must(nonce not in nonces, "a restored backup is told of twice")
            must(all(mark[0] <= int(signed_before) for mark in standing), "a line out of place")
            nonces.add(nonce)
            standing = [mark for mark in standing if mark[0] <= int(size)]
        standing.append((int(size), root, " ".join(more)))
    for count, root, _ in standing:
        must(count <= len(lines), f"{len(lines)} records are left of {count}")
        rebuilt = root_of(lines[:count])
        must(rebuilt == base64.b64decode(root), f"the first {count} were changed")
    return [f"{count} records, root {root} {note}".strip() for count, root, note in standing]


def main() -> int:
    """Print labels with the SHA-256 of their secrets, or checkpoints."""
    parser = argparse.ArgumentParser(description="Read a vault or a journal independently.")
    parser.add_argument("what", choices=("vault", "journal"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key-file", type=Path, help="what opens the vault; else standard input")
    labels = ("MODULE", "TOKEN", "KEY")
    parser.add_argument("--hsm", nargs=3, metavar=labels, help="the PIN is read as a passphrase is")
    arguments = parser.parse_args()
    if arguments.what == "journal":
        print("\n".join(read_journal(arguments.folder)))
        return 0
    key = arguments.key_file.read_bytes() if arguments.key_file else b""
    given = b"" if key else sys.stdin.buffer.readline().rstrip(b"\n")
    for label, secret in read_vault(arguments.folder, key, given, arguments.hsm).items():
        print(hashlib.sha256(secret).hexdigest(), label)
    return 0


if __name__ == "__main__":
    sys.exit(main())
