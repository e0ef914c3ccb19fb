"""What a line of a list says of a key, whatever stands in it."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch import exchanges
from tradelatch.cli.leaks.lines import (
    LONGEST,
    Lines,
    Malformed,
    digest,
    digests_of,
)

ID = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "never-to-be-seen"
_ids = st.text(string.ascii_letters + string.digits, min_size=17, max_size=40)


def first(*lines: str) -> bytes:
    """What the last of these lines says."""
    reading = Lines()
    for line in lines[:-1]:
        assert not reading.digests(line.encode())
    return reading.digests(lines[-1].encode())[0]


def test_the_hash_is_what_the_documentation_says() -> None:
    assert digest("binance", ID) == hashlib.sha256(f"binance:{ID}".encode()).digest()


@pytest.mark.parametrize(
    "line",
    [
        f"binance,{ID}",
        f"Binance , {ID},{SECRET},more",
        f"BINANCE;{ID};{SECRET}",
        f"binance\t{ID}\r",
        f"binance {ID} {SECRET}",
        f"binance|{ID}",
        f'"binance","{ID}","{SECRET}, with a comma"',
        f"binance:{ID}",
        f"binance:{ID},{SECRET}",
        f"binance:{ID}:{SECRET}",
        hashlib.sha256(f"binance:{ID}".encode()).hexdigest(),
        hashlib.sha256(f"binance:{ID}".encode()).hexdigest().upper(),
    ],
)
def test_an_exchange_and_an_id_in_all_their_forms(line: str) -> None:
    assert first(line) == digest("binance", ID)


@pytest.mark.parametrize(
    "line",
    [ID, f"{ID},{SECRET}", f"Coinbase Pro,{ID},{SECRET}", f"Bittrex {ID}", f"ftx:{ID}", f",{ID}"],
)
def test_an_id_without_an_exchange_of_ours_stands_for_any(line: str) -> None:
    assert first(line) == digest("", ID)
    for exchange in exchanges.NAMES:
        assert first(line) in digests_of(exchange, ID)


def test_short_ids_before_secrets_are_tried_too() -> None:
    assert digest("", "k1") in Lines().digests(b"k1,secret")


@pytest.mark.parametrize(
    ("header", "line", "exchange"),
    [
        ("exchange,key_id,secret", f"kraken,{ID},{SECRET}", "kraken"),
        ("Name;API Key;API Secret;Exchange", f"\u00e4;{ID};{SECRET};KuCoin", "kucoin"),
        ("id,api_key,exchange", f"7,{ID},kucoinfutures", "kucoin"),
        ('"note","key"', f'"a, b","{ID}"', ""),
        ("api_key", ID, ""),
        ("key_id_sha256,published", f"{digest('okx', ID).hex()},yes", "okx"),
    ],
)
def test_the_first_line_may_name_columns(header: str, line: str, exchange: str) -> None:
    assert first(header, line) == digest(exchange, ID)
    assert first("# a comment", header, "", line) == digest(exchange, ID)


def test_an_id_may_look_like_a_digest() -> None:
    hexadecimal = "0123456789abcdef" * 4
    ours = digests_of("bitvavo", hexadecimal)
    for line in (hexadecimal, f"bitvavo,{hexadecimal}", f"{hexadecimal},{SECRET}"):
        assert ours & set(Lines().digests(line.encode())), line
    assert digest("binance", ID) in Lines().digests(
        b"binance," + digest("binance", ID).hex().encode()
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("binance,", "no id"),
        ("binance,,secret", "no id"),
        ("binance,\u00e4", "visible ASCII"),
        ("binance," + "x" * 257, "visible ASCII"),
        ("a" * 63, "not the 64"),
        ("a" * 65, "not the 64"),
        ("x" * (LONGEST + 1), "longer"),
        ("\u00e4" + " " * (LONGEST - 10) + "\u00e4", "visible ASCII"),
    ],
)
def test_what_says_nothing_of_a_key_is_said_to(line: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        Lines().digests(line.encode())


def test_too_few_cells_are_no_id() -> None:
    reading = Lines()
    assert not reading.digests(b"exchange,name,key_id")
    with pytest.raises(Malformed, match="fewer cells"):
        reading.digests(b"binance,me")


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_are_read_or_refused_without_being_quoted(lines: list[bytes]) -> None:
    reading, said = Lines(), set[str]()
    for line in lines:
        for read in (reading.digests, Lines().key):
            try:
                read(line)
            except Malformed as error:
                said.add(str(error))
    assert said <= _REASONS


_REASONS = {
    f"it is longer than {LONGEST} bytes",
    "it has fewer cells than the first line names columns",
    "its cells cannot be told apart",
    f"it names none of: {', '.join(exchanges.NAMES)}",
    "there is no id in it",
    "its id is not 1 to 256 visible ASCII characters",
    "its hex digits are too many for an id, and not the 64 of a SHA-256",
}


@given(st.sampled_from(exchanges.NAMES), _ids, _ids)
def test_every_key_of_ours_is_found_by_every_form(exchange: str, key_id: str, secret: str) -> None:
    ours = digests_of(exchange, key_id)
    told = Lines().key(f"{exchange},{key_id},{secret}".encode())
    assert told == (exchange, key_id)
    forms = (
        f"{exchange},{key_id}",
        f"{exchange.upper()};{key_id};{secret}",
        f"{exchange}:{key_id}",
        key_id,
        f"{key_id},{secret}",
        digest(*told).hex(),
    )
    for form in forms:
        assert ours & set(Lines().digests(form.encode())), form
    others = digests_of(exchange, f"{key_id}x")
    assert not others & set(Lines().digests(f"{exchange},{key_id},{secret}".encode()))


def test_what_is_hashed_has_to_name_its_exchange() -> None:
    reading = Lines()
    assert reading.key(b"secret,api_key,exchange") is None
    assert reading.key(f"{SECRET},{ID},Kraken".encode()) == ("kraken", ID)
    for line in (f"{SECRET},{ID},ftx", f"{SECRET},{ID},"):
        with pytest.raises(Malformed, match="it names none of: binance, "):
            reading.key(line.encode())
    with pytest.raises(Malformed, match="no id"):
        reading.key(f"{SECRET},,kraken".encode())


def test_lists_may_have_an_exchange_by_the_name_that_it_had() -> None:
    for before, now in (("coinbasepro", "coinbaseexchange"), ("gateio", "gate")):
        assert digest(before, ID) in digests_of(now, ID)
        assert digest(before, ID) not in digests_of("binance", ID)
        assert first(f"{before},{ID}") == digest(now, ID)
