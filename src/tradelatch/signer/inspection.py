"""What makes an exchange key dangerous to hold.

A key that could move funds, borrow or be used from anywhere is not taken, unless whoever entrusts
it accepts each of that by its name: what a stolen key can do is bounded by what it may do.
"""

from tradelatch.exchanges.protocol import KeyRights

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
