"""What several public tables tell together."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.conclude import conclude
from tradelatch.cases.conclusions.public import published_part
from tradelatch.cases.report import charts
from tradelatch.cases.report.content import Audience, content
from tradelatch.cases.report.page import paper
from tradelatch.cases.report.pdf import pdf
from tradelatch.cases.verified import AdverseFill, Grade, RowRef, Source, VerifiedCase, Victim

NOVEMBER = 1_667_260_800_000


def victim(number: int, exchange: str, base: str, claimed: int | None = 9) -> Victim:
    name, passed = f"V-{number:02}", Decimal(f"{number}.123456")
    fill = AdverseFill(
        RowRef(f"{name}.csv", 2),
        NOVEMBER,
        f"{base}/USDT",
        "buy",
        passed + 1,
        Decimal(1),
        Decimal(1),
        NOVEMBER,
        "prices.csv: of November",
        Decimal(1),
        "USDT counts as one dollar",
        passed,
    )
    return Victim(
        name,
        "TH",
        exchange,
        None if claimed is None else Decimal(claimed),
        Decimal(0),
        "",
        "2022-01-02",
        None,
        {},
        Grade.ARITHMETIC,
        passed.quantize(Decimal("0.01")),
        (fill,),
        Decimal(0),
        (),
        "",
        (f"{name}.csv",),
    )


def case(victims: Sequence[Victim]) -> VerifiedCase:
    sources = [Source(f"{one.name}.csv", "0" * 64, "trades", 1, 0) for one in victims]
    return VerifiedCase("some", {}, tuple(sources), tuple(victims))


def test_an_exchange_less_its_markets_is_not_one_person() -> None:
    """One in B at KuCoin, hidden with four in C at Binance; KuCoin's loss and A there are told."""
    people = [victim(n, "binance", "A") for n in range(1, 11)]
    people += [victim(n, "binance", "C") for n in range(11, 15)]
    people += [victim(n, "kucoin", "A") for n in range(15, 21)]
    alone = published_part(conclude(case([*people, victim(21, "kucoin", "B")])))
    assert "exchange" in alone.breakdowns
    assert "market" not in alone.breakdowns
    assert not any("market" in name for name in alone.figures)
    five = [one for one in people if one.fills[0].symbol != "C/USDT"]
    five += [victim(n, "kucoin", "B") for n in range(21, 26)]
    assert "market" in published_part(conclude(case(five))).breakdowns


def test_a_sum_to_which_few_added_is_theirs() -> None:
    """Twenty at KuCoin, of whom one has a verified loss; then nobody else has one at all."""

    def unproved(n: int, exchange: str) -> Victim:
        return msgspec.structs.replace(victim(n, exchange, "A"), fills=(), verified=Decimal(0))

    people = [victim(1, "kucoin", "A"), *(unproved(n, "kucoin") for n in range(2, 21))]
    some = [victim(n, "binance", "A") for n in range(30, 40)]
    some += [victim(n, "bittrex", "A") for n in range(40, 50)]
    found = published_part(conclude(case([*people, *some])))
    assert "loss-exchange-kucoin" not in found.figures
    assert "loss-exchange-others" in found.figures
    assert "loss" not in published_part(conclude(case(people))).figures
    told = content(case(people), Audience.PUBLIC)
    assert "Of fewer than 5 victims a loss is verified" in told.notices[0]


def test_dollars_are_public_to_the_cent() -> None:
    found = published_part(conclude(case([victim(n, "binance", "AB"[n % 2]) for n in range(20)])))
    told = found.figures["loss-market-A/USDT at Binance"].value
    assert told == Decimal("91.23")  # of 90 and ten times 0.123456
    assert told.as_tuple().exponent == -2


def test_the_claim_of_one_person_is_not_public() -> None:
    people = [victim(n, "binance" if n % 2 else "kucoin", "A", None) for n in range(20)]
    some = case([*people[:-1], victim(19, "binance", "A", 77)])
    told = content(some, Audience.PUBLIC)
    assert "claimed" not in told.entries
    assert not told.tells_claims
    everybody = case([victim(n, "binance", "A") for n in range(20)])
    assert content(everybody, Audience.PUBLIC).tells_claims
    assert content(some, Audience.PSEUDONYMS).tells_claims


def test_a_case_that_proves_nothing_has_no_empty_chart() -> None:
    """An empty drawing has no height, by which the PDF's layout divides."""
    people = [
        msgspec.structs.replace(victim(n, "binance", "A"), fills=(), verified=Decimal(0))
        for n in range(3)
    ]
    told = content(case(people), Audience.PSEUDONYMS)
    assert "victims" not in charts.drawn(told.found, told.victims)
    assert pdf(paper(told, charts.drawn(told.found, told.victims))).startswith(b"%PDF")
