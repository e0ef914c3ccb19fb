"""What the programs of the replay are told: the customers' bots, and the thieves."""

from collections.abc import Mapping

from tradelatch.drills import honest_bots, thief
from tradelatch.drills.cast import FIRST, Customer
from tradelatch.drills.controls import HOUR_MS
from tradelatch.drills.exchange import Exchanges
from tradelatch.drills.script import Credentials
from tradelatch.drills.theft import Victim

TAKE, MARKUP = 0.87, 4.5
"""The case of 2022, 43 of 50 BTC; the price is as absurd as the exchange's band lets through."""
_LEAST_ROUNDS, _MOST_ROUNDS = 2, 8
_FIRST_ROUND, _ROUND = 1, 6
"""In how many rounds, half an hour apart, an account is emptied: in one for so many BTC, of the
first account and of others. It takes long enough for a complaint to come before the end."""
_FIRST_CHURNS, _CHURNS = 60, 2


def bots(
    exchanges: Exchanges, held: Mapping[str, Credentials], pause_s: float
) -> honest_bots.Brief:
    """What the bots are told, each with the credentials that it holds, and how often it looks after
    its orders."""
    customers = exchanges.cast.customers
    return honest_bots.Brief(tuple(_bot(one, held) for one in customers), pause_s)


def _bot(customer: Customer, held: Mapping[str, Credentials]) -> honest_bots.Bot:
    account = held[customer.name]
    worth = float(customer.worth)
    return honest_bots.Bot(customer.name, account, customer.bot, customer.symbol, worth)


def thieves(exchanges: Exchanges, held: Mapping[str, Credentials]) -> thief.Brief:
    """What the thieves are told: whose credentials (`held`) they got, and what they are after."""
    customers = {customer.name: customer for customer in exchanges.cast.customers}
    pairs = tuple(
        thief.Pair(
            tuple(exchanges.credentials(name) for name in pair.accounts),
            pair.thin,
            tuple(_victim(customers[name], held[name]) for name in pair.victims),
        )
        for pair in exchanges.cast.pairs
    )
    return thief.Brief(pairs, MARKUP, HOUR_MS / 1000)


def _victim(customer: Customer, account: Credentials) -> Victim:
    worth, is_first = float(customer.worth), customer.name == FIRST
    a_round = _FIRST_ROUND if is_first else _ROUND
    return Victim(
        customer.name,
        account,
        customer.symbol,
        worth,
        worth * TAKE,
        max(_LEAST_ROUNDS, min(int(customer.worth / a_round), _MOST_ROUNDS)),
        _FIRST_CHURNS if is_first else _CHURNS,
        is_first,
    )
