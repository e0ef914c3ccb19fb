"""What was published of the theft of 2022, and the readings chosen where it contradicts itself.

Source: the investigation by HAPI, as of 10 January 2023, as published in that month. Amounts in
whole US dollars. Nothing else in this package is real.
"""

from collections.abc import Iterator

AS_OF, SOURCE = "2023-01-10", "HAPI, investigation of the theft of 2022, January 2023"

VICTIMS, COUNTRIES = 86, 32
LOSS = 27_285_845
SMALLEST, LARGEST = 500, 5_900_000
"""About; the largest is taken as it stands."""

LARGE = 1_000_000
LARGE_VICTIMS, LARGE_LOSS, LARGE_SHARE = 6, 18_300_000, 67
"""How many lost more than `LARGE`, what they lost together, and about how many percent of all."""

VICTIMS_BY_COUNTRY = {"US": 21, "GB": 11, "UA": 4, "CA": 4, "TH": 4}
VICTIMS_IN_EU = 19
THAI_LOSS, BRITISH_LOSS, EU_LOSS = 6_400_000, 5_500_000, 4_800_000
"""The Thai one is "over" this."""

VICTIMS_BY_EXCHANGE = {"binance": 47, "kucoin": 28, "coinbasepro": 10, "bittrex": 1}
LOSS_BY_EXCHANGE = {"binance": 23_500_000, "kucoin": 2_100_000, "coinbasepro": 1_500_000}

VICTIMS_BY_MONTH = {"2022-10": 4, "2022-11": 24}
LOSS_BY_MONTH = {"2022-10": 470_000, "2022-11": 14_900_000}

KEYS_BY_YEAR = {2020: 4, 2019: 2}
SHARE_OF_2022 = 78
"""About so many percent of the keys were created in 2022."""

KEYS_LEAKED, KEYS_PUBLISHED = 100_000, 10_000

_ABOUT = {"binance": "about"}
_MONTH_STEP = {"2022-10": 10_000, "2022-11": 100_000}
_WHALES = "2022-11"
"""All of the largest losses were said to fall in this month."""

# What follows from the figures under the readings below.
LAST_MONTH = "2022-12"
BITTREX_LOSS = LOSS - sum(LOSS_BY_EXCHANGE.values())
KEYS_OF_2022 = round(SHARE_OF_2022 * VICTIMS / 100)
KEYS_OF_2021 = VICTIMS - KEYS_OF_2022 - sum(KEYS_BY_YEAR.values())
ALL_KEYS_BY_YEAR = {2022: KEYS_OF_2022, 2021: KEYS_OF_2021, **KEYS_BY_YEAR}
ALL_VICTIMS_BY_MONTH = {
    **VICTIMS_BY_MONTH,
    LAST_MONTH: VICTIMS - sum(VICTIMS_BY_MONTH.values()),
}
ALL_LOSS_BY_MONTH = {**LOSS_BY_MONTH, LAST_MONTH: LOSS - sum(LOSS_BY_MONTH.values())}
ALL_LOSS_BY_EXCHANGE = {**LOSS_BY_EXCHANGE, "bittrex": BITTREX_LOSS}

READINGS = (
    'Rounded figures are met to the cent: "about $23.5 million" is $23,500,000.00 here, since '
    "nothing tells the digits that were rounded away. Only the smallest loss (about $500) and the "
    "Thai one (over $6.4 million) are drawn, from 495 to 505 and from 6.41 to 6.44 million.",
    "November's 24 victims are not cumulative: October's 4 victims and $470,000 are apart from "
    "November's 24 and $14,900,000. With both, 28 victims lost $15,370,000.",
    "The remaining 58 victims and $11,915,845 have no published month. They are put into "
    "December 2022: keys were switched off after the 28th, the count is of 10 January 2023.",
    "The six largest lost $18.3 million, October and November together $15.4 million: that they "
    "all fell in November cannot hold. Three of them fall in November here, three in December.",
    "About 78 % of 86 keys created in 2022 is 67; with 4 of 2020 and 2 of 2019, 13 of 2021 remain.",
    "Bittrex has no published loss. What remains for its one victim is $185,845, about $0.19 "
    "million.",
    "The EU is third by loss, so that no other single country exceeds its $4.8 million. Its 19 "
    "victims are residents of 12 countries here, and the 23 of whom no country was published live "
    "in 15 others, at most 2 in each: 32 countries with the five that were. The United Kingdom "
    "does not count as EU.",
    "A loss is counted in US dollars; USDT and BUSD count as one dollar each.",
    "Totals published earlier ($6 million in November 2022; $14.8 million verified of 44 victims "
    "by 20 December, while $22 million was claimed) are not reproduced: this is of one day.",
)

COLUMNS = ("figure", "published", "qualifier", "rounded_to", "as_of", "source")
"""Of the table of published figures, as a case reads it: the name of a figure of its report; what
was published, as a plain number; "about", "over" or nothing; to what it was rounded."""


def rows() -> Iterator[tuple[str, ...]]:
    """All that was published, one figure a row."""
    for figure, value, qualifier, step in _figures():
        yield figure, str(value), qualifier, str(step), AS_OF, SOURCE


def _figures() -> Iterator[tuple[str, int, str, int]]:
    tenth = 100_000  # of a million
    yield "victims", VICTIMS, "", 1
    yield "countries", COUNTRIES, "", 1
    yield "loss", LOSS, "", 1
    yield "smallest", SMALLEST, "about", 10
    yield "largest", LARGEST, "", tenth
    yield "victims-large", LARGE_VICTIMS, "", 1
    yield "loss-large", LARGE_LOSS, "", tenth
    yield "share-large", LARGE_SHARE, "about", 1
    for country, many in VICTIMS_BY_COUNTRY.items():
        yield f"victims-country-{country}", many, "", 1
    yield "victims-eu", VICTIMS_IN_EU, "", 1
    yield "loss-country-TH", THAI_LOSS, "over", tenth
    yield "loss-country-GB", BRITISH_LOSS, "", tenth
    yield "loss-eu", EU_LOSS, "", tenth
    for exchange, many in VICTIMS_BY_EXCHANGE.items():
        yield f"victims-exchange-{exchange}", many, "", 1
    for exchange, loss in LOSS_BY_EXCHANGE.items():
        yield f"loss-exchange-{exchange}", loss, _ABOUT.get(exchange, ""), tenth
    for month, many in VICTIMS_BY_MONTH.items():
        yield f"victims-month-{month}", many, "", 1
    for month, loss in LOSS_BY_MONTH.items():
        yield f"loss-month-{month}", loss, "", _MONTH_STEP[month]
    yield f"victims-large-month-{_WHALES}", LARGE_VICTIMS, "", 1
    yield "share-key-year-2022", SHARE_OF_2022, "about", 1
    for year, many in KEYS_BY_YEAR.items():
        yield f"victims-key-year-{year}", many, "", 1
    yield "keys-leaked", KEYS_LEAKED, "about", 1_000
    yield "keys-published", KEYS_PUBLISHED, "", 1
