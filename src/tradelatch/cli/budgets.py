"""What is left of each account's amounts, as the signer tells."""

from decimal import Decimal
from typing import Any, NamedTuple

from tradelatch.cli.operator import NoSigner, ask
from tradelatch.model.config import Config
from tradelatch.model.money import MONEY, plain

_AMOUNTS = ("B", "X", "E")


class Budgets(NamedTuple):
    """By account; without an answer, the reason."""

    accounts: dict[str, dict[str, Any]]
    reason: str = ""

    def why_not(self, account: str) -> str:
        """Why nothing is known of an account; empty if something is."""
        if self.reason:
            return self.reason
        known = self.accounts.get(account)
        if known is None:
            return f"the signer has no account {account!r}"
        return "" if known["left"] else "the signer does not know prices and holdings yet"

    def short(self, account: str) -> str:
        """What is left of B, in the window that has the least; "-" if that is not known."""
        if self.why_not(account):
            return "-"
        known = self.accounts[account]
        window, left = min(known["left"].items(), key=lambda one: Decimal(one[1]["B"]))
        return f"{left['B']} {known['unit']} ({window})"


def ask_budgets(config: Config) -> Budgets:
    """Asked as the user of this command."""
    try:
        result = ask(config, "status")
    except NoSigner as error:
        return Budgets({}, str(error))
    if result.error:
        return Budgets({}, result.error)
    return Budgets({one["account"]: _told(one) for one in result.value["accounts"]})


def _told(account: dict[str, Any]) -> dict[str, Any]:
    used, limits = account["used"] or {}, account["limits"] or {}
    left = {
        window: {
            name: plain(MONEY.subtract(Decimal(most), Decimal(taken)))
            for name, most, taken in zip(_AMOUNTS, limits[window], used[window], strict=True)
        }
        for window in used
        if window in limits
    }
    return {"unit": account["unit"], "left": left, "frozen": account["frozen"]}
