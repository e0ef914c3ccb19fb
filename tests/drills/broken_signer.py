"""The signer with one rule broken on purpose: ``python broken_signer.py RULE [ARGUMENTS]``.

It is how the drill is shown to be able to fail; nothing of this can be switched on in the
signer itself.
"""

import sys
from typing import Any

from tradelatch.policy import rules
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.rules import amounts, prices
from tradelatch.policy.verdict import Answer
from tradelatch.signer.__main__ import main


def collar_off() -> None:
    """Any limit goes."""
    _always(prices.price_collar)


def allocation_off() -> None:
    """Thin coins may be bought for any money."""
    _always(amounts.allocation)


def budget_off() -> None:
    """Orders in deep markets may lose anything."""
    _always(amounts.budget)


def _always(broken: Any) -> None:
    def yes(*_: Any) -> Answer:
        return Answer(broken.__name__, True, "broken")

    rules.ORDER_RULES = tuple(yes if rule is broken else rule for rule in rules.ORDER_RULES)


def reservation_off() -> None:
    """Open orders and the one that is judged reserve nothing; only fills count."""
    broken: Any = Accounts
    settled = Accounts.used_by_window

    def used_by_window(self: Any, now_ns: int, *_: Any, **__: Any) -> Any:
        return settled(self, now_ns, without=self._assets)

    broken.used_by_window = used_by_window


def none() -> None:
    """Nothing is broken."""


BROKEN = {
    "collar_off": collar_off,
    "allocation_off": allocation_off,
    "budget_off": budget_off,
    "reservation_off": reservation_off,
    "none": none,
}

if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    sys.exit(main())
