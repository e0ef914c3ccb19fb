"""Freezing: a grant or an account that may only cancel from now on, and why.

Dangerous denials freeze the grant that collected them: the credential is probably stolen, the
others of the account need not be. A spent amount freezes the account, whose grants share it.
"""

from collections.abc import Iterator
from decimal import Decimal

from tradelatch.model.clock import DAY
from tradelatch.model.money import plain
from tradelatch.policy.ceilings import ceilings
from tradelatch.policy.document import Policy
from tradelatch.policy.verdict import Answer
from tradelatch.signer.accounts import Account, Grant, LiveOrder
from tradelatch.signer.records import Cause, Denied, Frozen
from tradelatch.signer.state import State

_AMOUNTS = {Cause.BUDGET: "budget", Cause.EXIT_BUDGET: "exit_budget"}


def stop(account: Account, grant: Grant, is_exit: bool, is_released: bool) -> Answer | None:
    """The answer that stops an order of this grant, None if nothing is frozen.

    A spent B lets exits out as it does without a freeze; what the owner released passes
    whatever his account is frozen for.
    """
    for freeze in grant.frozen.values():
        return _answer(f"grant {grant.id}", freeze)
    for freeze in account.frozen.values():
        passes = is_released or (is_exit and freeze.cause is Cause.BUDGET)
        if not passes:
            return _answer(f"account {account.name}", freeze)
    return None


def _answer(what: str, freeze: Frozen) -> Answer:
    says = f"{what} is frozen ({freeze.says}); orders can be cancelled only"
    return Answer("frozen", False, says)


def after_denial(state: State, denied: Denied) -> Frozen | None:
    """The freeze that one more recorded denial brings on."""
    grant, account = state.grants[denied.grant], state.accounts[denied.account]
    freezing, count = account.policy.freeze, len(grant.dangers)
    if Cause.DENIALS in grant.frozen or not freezing.denials or count < freezing.denials:
        return None
    rules = sorted({a.rule for a in denied.answers if not a.allowed} & {*freezing.rules})
    says = f"{count} dangerous denials within {freezing.within_s} s, the last by {', '.join(rules)}"
    return Frozen(denied.time_ns, account.name, grant.id, Cause.DENIALS, says)


def spent(account: Account, now_ns: int) -> Iterator[Frozen]:
    """The freezes that an account's losses bring on; for a day after a thaw, none."""
    # Most accounts of many have lost nothing, and each is looked at with every round.
    if not account.losses.has_lost or now_ns - account.thawed_ns < DAY:
        return
    for cause in [cause for cause in _AMOUNTS if cause not in account.frozen]:
        found = (_spent_by(p, account, cause, now_ns) for p in account.policies.values())
        if says := next(filter(None, found), ""):
            yield Frozen(now_ns, account.name, "", cause, says)


def _spent_by(policy: Policy, account: Account, cause: Cause, now_ns: int) -> str:
    """What is spent of one of a policy's amounts, if so much is that it freezes."""
    worth, share = account.worth, policy.freeze.spent
    limits = ceilings(policy, worth, worth.value if worth else None, now_ns)
    for window, amounts in (limits or {}).items():
        lost = dict(zip(_AMOUNTS, account.losses.lost(window, now_ns), strict=True))[cause]
        limit: Decimal = getattr(amounts, _AMOUNTS[cause])
        if share and limit and lost >= share * limit:
            told = f"{plain(round(lost, 8))} of the {window.name.lower()}'s {plain(limit)}"
            return f"{told} {policy.unit} are lost"
    return ""


def to_sweep(account: Account) -> Frozen | None:
    """The freeze after which whatever stands open has to go, by whomever it was placed; one for a
    leak is such once the key is called compromised."""
    causes = [Cause.STOP, Cause.RESTORED]
    if account.keys[-1].state == "compromised":
        causes.append(Cause.LEAK)
    found = [account.frozen[cause] for cause in causes if cause in account.frozen]
    return max(found, key=lambda freeze: freeze.time_ns, default=None)


def _is_kept(account: Account, order: LiveOrder) -> bool:
    """Its end would be that of a stop-loss that may stay."""
    stays = set(account.frozen) <= {Cause.BUDGET}
    return stays and account.is_beside_exit(order)


def to_cancel(state: State, account: Account) -> list[LiveOrder]:
    """Open orders that may stand no longer."""
    return [
        order
        for order in account.live.values()
        if order.grant in state.grants
        and not _is_kept(account, order)
        and stop(account, state.grants[order.grant], order.judged.exit, order.judged.released)
    ]
