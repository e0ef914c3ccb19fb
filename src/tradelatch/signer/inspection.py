"""Asking an exchange what a key may do: before it is taken, and every day after that.

A key that could move funds, borrow or be used from anywhere is not taken, unless whoever entrusts
it accepts each of that by its name: what a stolen key can do is bounded by what it may do.
"""

from tradelatch import exchanges
from tradelatch.exchanges.protocol import Credentials, ExchangeFile, KeyRights
from tradelatch.model.clock import DAY
from tradelatch.signer.asking import Asking
from tradelatch.signer.records import KeyInspected
from tradelatch.signer.state import Account

EVERY_NS = DAY
DANGERS = {
    "withdraw": "may withdraw",
    "transfer": "may move funds to other accounts",
    "margin": "may borrow",
    "futures": "may trade futures",
    "options": "may trade options",
    "unbound": "is good from any address",
}


def dangers(rights: KeyRights) -> list[str]:
    """Names of what makes a key dangerous to hold."""
    return [n for n in DANGERS if n in rights.can or (n == "unbound" and not rights.is_bound)]


def refusal(rights: KeyRights, accepted: tuple[str, ...]) -> str:
    """Why a key is not taken; empty if it is."""
    if "trade" not in rights.can:
        return "this key may not trade: give it the right to, at the exchange"
    if not (found := [name for name in dangers(rights) if name not in accepted]):
        return ""
    says = " and ".join(DANGERS[name] for name in found)
    words = " ".join(f"--accept {name}" for name in found)
    return f"this key {says}: change that at the exchange, or add `{words}` if it has to be"


class Inspector:
    """Asks, and notes what it hears."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._asked_ns: dict[str, int] = {}

    async def ask(self, account: str, exchange: str, credentials: Credentials) -> KeyRights | None:
        """What a key may do; None if the exchange does not say.

        Raises:
            JournalError: it could not be recorded, and was not asked.
        """
        file: ExchangeFile = exchanges.load(exchange)
        intent = file.ask_key_rights()
        response = await self._asking.with_key(account, exchange, credentials, intent)
        if response is None or response.status != 200:
            return None
        try:
            return file.key_rights(response.body)
        except ValueError:
            return None

    async def inspect_again(self, account: Account) -> None:
        """Once a day; noted when it is heard."""
        now, known = self._asking.clock.now_ns(), account.inspected
        last = max(self._asked_ns.get(account.name, 0), known.time_ns if known else 0)
        if now - last < EVERY_NS:
            return
        self._asked_ns[account.name] = now
        credentials = Credentials(account.key_id, self._asking.core.key_of(account))
        rights = await self.ask(account.name, account.exchange, credentials)
        if rights is None:
            return
        record = KeyInspected(now, account.name, rights, known.accepted if known else ())
        self._asking.core.state.apply(record)
        self._asking.recorder.note([record])
