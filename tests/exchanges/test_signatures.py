"""What exchanges' signatures have in common, at its edges."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit import signatures
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request


def reason(method: object, *arguments: object) -> Reason | None:
    try:
        method(*arguments)  # type: ignore[operator]
    except Refusal as refused:
        return refused.reason
    return None


@given(st.binary(min_size=1).filter(lambda one: b"\n" not in one), st.binary())
def test_a_secret_and_its_passphrase_are_told_apart(secret: bytes, passphrase: bytes) -> None:
    both = signatures.with_passphrase(secret, passphrase)
    assert bytes(signatures.secret_of(both)) == secret
    assert bytes(signatures.passphrase_of(both)) == passphrase
    assert bytes(signatures.secret_of(bytearray(secret))) == secret
    assert bytes(signatures.passphrase_of(bytearray(secret))) == b""
    for digest in ("sha256", "sha512", "sha384"):
        right = hmac.new(secret, b"payload", digest).digest()
        assert signatures.mac(both, b"payload", digest) == right
    assert signatures.mac(both, b"payload") == hmac.new(secret, b"payload", "sha256").digest()


@given(st.text(max_size=80), st.text(max_size=80))
def test_signatures_are_compared_whatever_they_are(right: str, told: str) -> None:
    """Letters beyond ASCII, halves of characters and nothing at all raise nothing else."""
    right = right.encode(errors="replace").decode()
    found = reason(signatures.check_signature, right, told)
    assert found is (None if right == told else Reason.BAD_SIGNATURE)
    assert reason(signatures.check_signature, right, right) is None


def test_half_a_character_is_no_question_mark_that_was_signed() -> None:
    """No exchange's signature has a question mark: what stands for the half is never right."""
    assert reason(signatures.check_signature, "c2ln", "c2l\ud800") is Reason.BAD_SIGNATURE
    assert reason(signatures.check_signature, "", "\x00") is Reason.BAD_SIGNATURE


def test_headers_are_there_once() -> None:
    headers = (("Sign", "a"), ("Time", "1"), ("TIME", "2"), ("Empty", ""))
    request = Request("GET", "x", "/", "", headers)
    assert signatures.header(request, "sign") == "a"
    assert signatures.header(request, "empty") == ""
    for name in ("time", "missing"):
        assert reason(signatures.header, request, name) is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("0", True),
        ("1760000000123", True),
        ("9" * 19, True),
        ("9" * 20, False),
        ("", False),
        ("-1", False),
        ("+1", False),
        ("1.0", False),
        ("1e3", False),
        ("1_0", False),
        (" 1", False),
        ("1\n", False),
        ("²", False),
        ("١", False),
        ("１", False),
    ],
)
def test_times_and_nonces_are_whole_numbers(text: str, is_whole: bool) -> None:
    found = reason(signatures.whole, "T", text)
    assert found is (None if is_whole else Reason.BAD_PARAMETER)
    if is_whole:
        assert signatures.whole("T", text) == int(text)


def test_a_request_is_good_from_a_second_before_until_its_window_ends() -> None:
    now, window = 1_760_000_000_000, 5_000
    for ahead_ms, found in (
        (999, None),
        (1_000, Reason.OUTSIDE_WINDOW),
        (10**18, Reason.OUTSIDE_WINDOW),
        (0, None),
        (-window, None),
        (-window - 1, Reason.OUTSIDE_WINDOW),
        (-now, Reason.OUTSIDE_WINDOW),
    ):
        assert reason(signatures.check_time, now + ahead_ms, window, now) is found


def test_a_digest_is_of_what_was_signed_alone() -> None:
    one, two = signatures.signed(1, 2, b"a"), signatures.signed(3, 4, b"a", 5)
    assert one.digest == two.digest == hashlib.sha256(b"a").hexdigest()
    assert (one.nonce, two.nonce) == (None, 5)
    assert signatures.signed(1, 2, b"b").digest != one.digest


@pytest.mark.parametrize(
    ("query", "several"),
    [
        ("a=1", False),
        ("a=x%20y", True),
        ("a=x%2Fy", True),
        ("a=x%2fy", False),
        ("a=1%26b=2", False),
        ("a=1%3Db", False),
        ("a=%2541", False),
        ("a=%2B", False),
        ("a=%23", False),
    ],
)
def test_a_query_has_another_spelling_only_where_no_other_query_has_it(
    query: str, several: bool
) -> None:
    found = signatures.spellings(query)
    assert found[0] == query.encode()
    assert (len(found) > 1) is several


def test_one_of_several_payloads_was_signed() -> None:
    def sign(payload: bytes) -> str:
        return hashlib.sha256(payload).hexdigest()

    payloads = (b"a", b"b")
    assert signatures.check_one_of(payloads, sign, sign(b"b")) == b"b"
    assert reason(signatures.check_one_of, payloads, sign, sign(b"c")) is Reason.BAD_SIGNATURE
    assert reason(signatures.check_one_of, (), sign, sign(b"c")) is Reason.BAD_SIGNATURE
