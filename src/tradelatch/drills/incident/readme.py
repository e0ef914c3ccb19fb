"""The README of a folder of evidence: what is in it, and what of it is real."""

from collections.abc import Sequence

from tradelatch.drills.incident.figures import Figure
from tradelatch.drills.incident.keys import AS_OF, THIRD_PARTY
from tradelatch.drills.incident.published import READINGS

_TEXT = """\
# Evidence of the theft of 2022, generated

**Only the published totals are real. Everything else in this folder is generated**: the victims
are numbers and stand for nobody, and every trade, price, account, key, date, country of a single
victim and consent was drawn by a program, with seed {seed}. The same seed gives the same files,
byte for byte. Nothing here is evidence against anyone.

The published totals are those of HAPI's investigation as of 10 January 2023. So far as they go,
the victims here sum up to them:

{figures}

## What is in it

- `victims.csv`: the victims as they reported; `claimed_loss_usd` is what they say they lost, which
  some put higher than it was. `consent_...` says to whom the evidence may be given.
- `exports/V-01/` to `exports/V-86/`: what each victim downloaded from the exchange, in its format:
  trade histories, and at Binance and Coinbase Pro also the account's. Times are UTC.
- `keys/`: API keys as each exchange lists them, as of {as_of}, those of customers who lost nothing
  too; `third_party` is the service that a key is connected to. Key ids are made up, there are no
  secrets. `balance_at_risk_usd` is what was left in the account on that day, and for a victim that
  is after the attack.
- `leaked-keys.csv`: the list of leaked keys, each as the SHA-256 of `exchange:key id` (UTF-8, in
  lower-case hex; the exchange as in `victims.csv`); `published` are those that were made public.
- `reference-prices.csv`: what each market was worth in each hour (from its full hour on), in the
  quote asset. The prices of thin coins are those that others traded at, not the thieves'.
- `exchange-tables/binance.csv`: what Binance handed over of its twelve largest victims: all trades
  of their accounts with both sides. The accounts that sold to them at the attack are called `t-01`
  and so on; the others are numbers that are made up.
- `tapes/kucoin/`: all public trades of six of KuCoin's thin markets, times in ms since 1970.
- `published.csv`: the published figures themselves, with what each was rounded to, its day and its
  source, for a report to be held against.
- `truth.csv`: the answers: each verified loss, and when and by how many fills it came about.
  Whoever wants to find them out leaves this file alone.
- `SHA256SUMS`: of all other files; `sha256sum -c SHA256SUMS` checks them.

## How a loss is counted

The loss is the value that adverse fills passed to others: the sum of (price - reference price of
that market and hour) * quantity. An adverse fill is a purchase more than 10 % above the reference;
here each is at more than twice of it, and all other trades lie within 1 %, so that any threshold in
between finds the same. Amounts in BTC count at the hour's reference of BTC/USDT; USDT, BUSD and USD
count as one dollar. The sum of a victim is exact, and is rounded to the cent once, half to even, at
its end. Fees, and the little by which the liquid assets were sold below their price before, are not
part of it; the worthless coins count as what the reference says.

## Where the published figures contradict one another or say nothing

{readings}

Other choices: the service is named ({third_party}) as it was in public; the thin coins' names are
made up; the other prices begin near those of September 2022 and then walk at random; exchanges'
fees and steps are simplified.
"""


def readme(seed: int, figures: Sequence[Figure]) -> str:
    """The text, for a folder made with that seed."""
    rows = [f"| {row.what} | {row.published} | {row.generated} |" for row in figures]
    table = "\n".join(["| what | published | here |", "| --- | ---: | ---: |", *rows])
    readings = "\n".join(f"- {reading}" for reading in READINGS)
    return _TEXT.format(
        seed=seed, figures=table, readings=readings, as_of=AS_OF, third_party=THIRD_PARTY
    )
