"""Whatever bytes come in, a reader ends with an export or with its own refusal."""

import contextlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.test_malformed import HEADER, ROW
from tests.exports.variants import TONGUES
from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.exports.numbers import number_of
from tradelatch.exports.reading import FORMATS, read
from tradelatch.exports.refusal import BadCell, Refused
from tradelatch.exports.sheet import open_sheet
from tradelatch.exports.times import ORDERS, Writing, date_of, ms_of

SEEDS = [
    (HEADER + ROW * 5).encode(),
    b"tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency\n"
    b"2022-10-19 10:00:00,XRP-USDT,buy,0.5,10,5,0.005,USDT\n",
    b"User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n"
    b"1,2022-10-19 10:00:00,Spot,Buy,ETH,1.5,\n",
    b'[{"timestamp": 1666173600000, "symbol": "ETH/BTC", "side": "buy", "price": 1, "amount": 2}]',
    ",".join(TONGUES["ru"].header).encode("cp1251") + b"\n1.10.2022,A,B,1,2,3,4\n",
]
INSERTED = (b"\0", b'"', b",", b"\n", b"\xff", b";", b"=", b"1e999", b"\r")
CELLS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9]{0,4}[-/. ][0-9]{0,3}[-/.][0-9]{0,5}[T ]?[0-9:]{0,9}[apmZ+]{0,3}"),
    st.from_regex(r"[-+]?[0-9.,' ]{0,40}([eE][-+]?[0-9]{1,4})?"),
)


@settings(max_examples=300)
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.sampled_from(["", *FORMATS]))
def test_damaged_exports_are_read_or_refused(seed: bytes, dice: int, form: str) -> None:
    rng, data = random.Random(dice), bytearray(seed)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(4)
        if what == 0:
            data[at:at] = rng.choice(
                [b"\0", b'"', b",", b"\n", b"\xff", b";", b"=", b"1e999", b"\r"]
            )
        elif what == 1:
            del data[at : at + rng.randint(1, 20)]
        elif what == 2 and at < len(data):
            data[at] = rng.randrange(256)
        else:
            data[at:at] = data[at : at + 40]
        data = data or bytearray(b"x")
    with contextlib.suppress(Refused):
        export = read(bytes(data), "a.csv", form=form)
        assert export.trades or export.movements
        assert all(trade.price > 0 and trade.quantity >= 0 for trade in export.trades)


@given(st.binary(max_size=300), st.sampled_from([kind for kind in Kind if kind in LAYOUTS]))
def test_any_bytes_are_refused_or_read(data: bytes, kind: Kind) -> None:
    for read_it in (
        lambda: read(data, "a.csv"),
        lambda: list(open_sheet(data, "a.csv", [LAYOUTS[kind]]).rows),
    ):
        with contextlib.suppress(Refused):
            read_it()


@given(CELLS)
def test_cells_are_numbers_and_times_or_bad(cell: str) -> None:
    for decimals in (".", ","):
        with contextlib.suppress(BadCell):
            assert number_of(cell, decimals).is_finite()
    for order in ORDERS:
        with contextlib.suppress(BadCell):
            ms_of(cell, Writing(order, 0))
        with contextlib.suppress(BadCell):
            date_of(cell, order)
