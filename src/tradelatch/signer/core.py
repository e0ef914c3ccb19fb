"""Deciding: from a bot's raw request to a signed one, or to a refusal.

No I/O. `consider` authenticates, reads, screens and reserves, in one step without a gap, and
returns what has to be recorded; only when that is durable does the caller `sign` it; what came
of it goes to `conclude`. Every record returned has been applied to the state.
"""

import ipaddress
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Outcome,
    PublicKey,
    Reason,
    Refusal,
    Signed,
    Verdict,
)
from tradelatch.model.clock import MINUTE, MS, SECOND
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    FollowAccount,
    ManageKeys,
    MoveFunds,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    UnfollowAccount,
)
from tradelatch.policy import rules
from tradelatch.policy.alternative import alternative
from tradelatch.policy.document import Mode, Policy
from tradelatch.policy.rules import permission
from tradelatch.policy.verdict import Answer, Case
from tradelatch.policy.verdict import Verdict as PolicyVerdict
from tradelatch.signer import amending, freezing, settle
from tradelatch.signer.accounts import Account, Grant, LiveOrder
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.forms import verifier
from tradelatch.signer.job import Job, Leg, freed, outgoing
from tradelatch.signer.quotes import Quotes
from tradelatch.signer.records import Allowed, AnyRecord, Denied, Doubted
from tradelatch.signer.state import State
from tradelatch.signer.throttle import Throttle

_NONCES_IN_MS = 1_000
"""Nonces count microseconds."""
DENIALS_RECORDED = 20
"""Denials recorded per grant and second; more are counted only, to spare the disk."""


class Caller(msgspec.Struct, frozen=True):
    """Who asks: an authenticated grant, its account, the digest of what it signed, the network
    address it came from, and its nonce where there are some."""

    grant: Grant
    account: Account
    digest: str
    source: str
    nonce: int = 0


OFF = PolicyVerdict((Answer("mode", False, "the policy is off, nothing is judged"),))


class Core:
    """The decisions of one signer."""

    def __init__(
        self,
        state: State,
        secret: Callable[[str], bytearray],
        settings: Signer,
        base_url: Callable[[str], str],
    ) -> None:
        """Args:
        secret: the secret of a grant or of an account's exchange key, by its id.
        settings: how long an exchange may accept what is signed, and how often grants ask.
        base_url: where an exchange is dialled; empty for its own hosts.
        """
        self.state = state
        self.quotes = {name: Quotes() for name in exchanges.NAMES}
        self.closed = ""
        """Why no new risk is taken at all; empty while it is."""
        self.clock: SteadyClock | None = None
        """What is watched for jumps; None where time is handed in."""
        self.swept: dict[str, int] = {}
        """After which freeze no order of an account was left open, by its time."""
        self.unrecorded_denials = 0
        self._secret, self.window_ms, self.base_url = secret, settings.recv_window_ms, base_url
        self._throttle = Throttle(settings.requests_per_s)
        self._denials: dict[str, tuple[int, int]] = {}
        self._forgot_ns = 0
        self._nonce = 0
        """The last of all exchanges; from the clock, so that a restart does not go back."""

    def doubt(self, account: str, why: str, now_ns: int) -> list[AnyRecord]:
        """Only cancels from now on, for an account or (empty) for all; what is in doubt already
        stays as it is. The record has been applied."""
        if account in self.state.doubts:
            return []
        record = Doubted(now_ns, account, f"{why}; look into it, then `tradelatch confirm`")
        self.state.apply(record)
        return [record]

    def watch_clock(self) -> list[AnyRecord]:
        """Doubt everything if the wall clock was set; the records have been applied."""
        if self.clock is None:
            return []
        now = self.clock.now_ns()
        if why := self.clock.doubt():
            return self.doubt("", why, now)
        if now - self._forgot_ns > MINUTE:
            self._forgot_ns = now
            self.state.forget(now)
        read = self.clock.read()
        if self.state.clock is None or self.state.clock.boot != read.boot:
            self.state.apply(read)
            return [read]
        return []

    # From a request to a job

    def consider(self, request: Request, source: str, now_ns: int) -> Job:
        """Authenticate, read, screen and reserve.

        Raises:
            Refusal: whoever sent it is not known, or it could not be read.
            UnknownExchange: the gate's prefix is no exchange.
        """
        exchange: ExchangeFile = exchanges.load(request.host)
        key_id = exchange.key_id(request)
        legs = [Leg(intent) for intent in exchange.read(request)]
        intent = legs[-1].intent
        if isinstance(intent, ReadMarket | UnfollowAccount):  # neither needs a grant
            self._check_rate("", now_ns)
            return Job(exchange, legs)
        grant = self._grant(exchange, key_id, source, now_ns)
        account = self.state.accounts[grant.account]
        clock_ms = self.quotes[exchange.NAME].exchange_ms(now_ns)
        signed = exchange.verify(request, self._verifier(grant), clock_ms)
        self._check_nonce(grant, signed)
        digest = f"{grant.id} {signed.digest}"
        if digest in self.state.digests and not isinstance(intent, ReadAccount):
            raise Refusal(_denial(intent), "this very request was received before")
        self.state.remember(digest, now_ns)
        if not isinstance(intent, CancelOrder):
            self._check_rate(grant.id, now_ns)
        job, caller = (
            Job(exchange, legs, account),
            Caller(grant, account, digest, source, signed.nonce or 0),
        )
        for leg in reversed(legs):  # an order that is refused leaves what it would replace as it is
            try:
                self._screen(job, leg, caller, now_ns)
            except Refusal as refusal:
                if not job.decided():
                    raise
                job.refusal = refusal  # what was decided on is taken back, and recorded
            if job.refusal:
                job.after += self.abandon(job, "the order beside it was refused", now_ns)
                break
        return job

    def case(
        self,
        account: Account,
        intent: PlaceOrder,
        source: str,
        now_ns: int,
        policy: Policy | None = None,
    ) -> Case:
        """All that an order would be judged by, were it sent now from `source`; by the account's
        policy unless another is handed in."""
        policy = policy or account.policy
        quotes = self.quotes[account.exchange]
        value = quotes.value(policy, account.losses.holdings(), now_ns)
        return Case(
            intent=intent,
            policy=policy,
            accounts=account.losses,
            now_ns=now_ns,
            closed=self.closed or self.state.doubt(account.name),
            market=quotes.markets.get(intent.symbol),
            reference=quotes.reference(intent.symbol, intent.side, policy, value, now_ns),
            value=value,
            activity=account.activity,
            source=source,
            worth=account.worth,
            house=self.state.house,
        )

    def cases(self, account: Account, intent: PlaceOrder, source: str, now_ns: int) -> list[Case]:
        """An order under each policy that has to let it out: that of the account and those
        proposed, as far as they enforce; where none does, that of the account."""
        held = account.policies
        enforced = {n: policy for n, policy in held.items() if policy.mode is Mode.ENFORCE}
        return [
            msgspec.structs.replace(
                self.case(account, intent, source, now_ns, policy), change=number
            )
            for number, policy in (enforced or {0: account.policy}).items()
        ]

    def _grant(self, exchange: ExchangeFile, key_id: str | None, source: str, now_ns: int) -> Grant:
        grant = self.state.grants.get(key_id or "")
        if grant is None or grant.revoked:
            raise Refusal(Reason.UNKNOWN_KEY, "no such grant, or it was revoked")
        if grant.expires_ns <= now_ns:
            raise Refusal(Reason.UNKNOWN_KEY, "the grant has expired")
        if grant.sources and not _is_among(source, grant.sources):
            raise Refusal(Reason.UNKNOWN_KEY, "the grant is not good from this address")
        if self.state.accounts[grant.account].exchange != exchange.NAME:
            raise Refusal(Reason.UNKNOWN_KEY, "the grant is for another exchange")
        return grant

    def _check_nonce(self, grant: Grant, signed: Signed) -> None:
        """Where requests carry no time, it is their order that keeps an old one from being sent
        again. What is refused without a record, as too often, is seen until the next start: as if
        it had been on its way."""
        if signed.nonce is None:
            return
        if signed.nonce <= grant.nonce:
            says = f"the nonce has to be higher than the last one ({grant.nonce})"
            raise Refusal(Reason.OUTSIDE_WINDOW, says)
        grant.see(signed.nonce)

    def _verifier(self, grant: Grant) -> bytearray | PublicKey:
        """What the grant's signatures are checked with."""
        if grant.public:
            return verifier(self.state.accounts[grant.account].exchange, grant.public)
        return self._secret(grant.id)

    def _screen(self, job: Job, leg: Leg, caller: Caller, now_ns: int) -> None:
        intent = leg.intent
        if isinstance(intent, PlaceOrder):
            self._place(job, leg, intent, caller, now_ns)
        elif isinstance(intent, AmendOrder):
            self._amend(job, leg, intent, caller, now_ns)
        elif isinstance(intent, ReadAccount | FollowAccount) and self.closed:
            # What room the journal has left is for cancels.
            raise Refusal(Reason.UNAVAILABLE, self.closed)
        elif isinstance(intent, CancelOrder | ReadAccount | FollowAccount):
            leg.record = self._allow(intent, caller, now_ns)
        else:
            says = f"{getattr(intent, 'what', 'this')}: a grant may only read and trade"
            verdict = PolicyVerdict((Answer("permitted", False, says),))
            self._deny(job, leg, caller, Reason.NOT_PERMITTED, verdict, now_ns)

    def _place(self, job: Job, leg: Leg, intent: PlaceOrder, caller: Caller, now_ns: int) -> None:
        account, client_id = caller.account, intent.client_order_id
        if intent.unbounded:
            verdict = PolicyVerdict((permission.bounded(intent),))
            self._deny(job, leg, caller, Reason.ORDER_DENIED, verdict, now_ns)
            return
        if client_id and account.live_by_client_id(account.exchange_name(client_id)):
            raise Refusal(Reason.ORDER_DENIED, "Duplicate order sent.")
        cases = self.cases(account, intent, caller.source, now_ns)
        more = freed(job, leg, account)
        cases = [msgspec.structs.replace(case, freed=more) for case in cases]
        case = cases[0]
        # While something is in doubt, or the journal full, nothing goes out, whatever the mode.
        mode = Mode.ENFORCE if case.closed else case.policy.mode
        verdict, enforced = OFF if mode is Mode.OFF else rules.judge(*cases), mode is Mode.ENFORCE
        if stopped := freezing.stop(account, caller.grant, case.is_exit, is_released=False):
            verdict, enforced = PolicyVerdict((stopped,)), True
        release = ""
        if enforced and not verdict.allowed and case.is_exit:
            release, verdict = self._by_release(cases, caller, verdict)
        if enforced and not verdict.allowed:
            self._deny(job, leg, caller, Reason.ORDER_DENIED, verdict, now_ns, cases)
            return
        own, taken = job.exchange.OWN_NAMES, account.client_ids
        if not client_id or client_id in taken or client_id.startswith(own):
            client_id = job.exchange.own_name(now_ns // MS, self.state.next_id)
        pair = next((other.order for other in job.legs if other.order), 0)
        if verdict.judged and pair:
            twin = msgspec.structs.replace(verdict.judged, twin=True)
            verdict = msgspec.structs.replace(verdict, judged=twin)
        leg.record = self._allow(intent, caller, now_ns, verdict, client_id, release, pair)

    def _amend(self, job: Job, leg: Leg, intent: AmendOrder, caller: Caller, now_ns: int) -> None:
        account = caller.account
        order = account.named_by(intent)
        answer = amending.answer(intent, order)
        if order and answer.allowed:
            answer = freezing.stop(account, caller.grant, order.judged.exit, False) or answer
        if why := self.closed or self.state.doubt(account.name):
            answer = Answer("open_for_risk", False, why)
        if order is None or not answer.allowed:
            self._deny(job, leg, caller, Reason.AMEND_DENIED, PolicyVerdict((answer,)), now_ns)
            return
        leg.intent = amending.outgoing(intent, order)
        leg.record = self._allow(leg.intent, caller, now_ns, PolicyVerdict((answer,)))

    def _by_release(
        self, cases: list[Case], caller: Caller, verdict: PolicyVerdict
    ) -> tuple[str, PolicyVerdict]:
        """The owner's release by which an exit may leave after all, and the verdict by it."""
        if freezing.stop(caller.account, caller.grant, is_exit=True, is_released=True):
            return "", verdict
        for release in caller.account.releases.values():
            released = (msgspec.structs.replace(case, release=release) for case in cases)
            by_release = rules.judge(*released)
            if by_release.allowed:
                return release.id, by_release
        return "", verdict

    def _allow(
        self,
        intent: AnyIntent,
        caller: Caller,
        now_ns: int,
        verdict: PolicyVerdict | None = None,
        client_id: str = "",
        release: str = "",
        pair: int = 0,
    ) -> Allowed:
        stamp = self.quotes[caller.account.exchange].exchange_ms(now_ns)
        file: ExchangeFile = exchanges.load(caller.account.exchange)
        is_test = isinstance(intent, PlaceOrder) and intent.test
        record = Allowed(
            now_ns,
            self.state.next_id,
            caller.grant.id,
            caller.account.name,
            caller.digest,
            intent,
            stamp,
            stamp + max(self.window_ms, file.SHORTEST_WINDOW_MS),
            verdict.answers if verdict else (),
            verdict.order if verdict and verdict.allowed else None,
            verdict.judged if verdict and not is_test else None,
            client_id,
            caller.account.policy.digest,
            release,
            pair,
            caller.nonce,
        )
        self.state.apply(record)
        return record

    def _deny(
        self,
        job: Job,
        leg: Leg,
        caller: Caller,
        reason: Reason,
        verdict: PolicyVerdict,
        now_ns: int,
        cases: Sequence[Case] = (),
    ) -> None:
        text = "; ".join(f"{answer.rule}: {answer.says}" for answer in verdict.refusals())
        count = self._count_denial(caller.grant.id, now_ns)
        if self.closed or count > DENIALS_RECORDED:
            self.unrecorded_denials += 1
            job.refusal = Refusal(reason, f"denied by policy: {text}")
            return
        record = Denied(
            now_ns,
            self.state.next_id,
            caller.grant.id,
            caller.account.name,
            caller.digest,
            leg.intent,
            verdict.answers,
            caller.account.policy.digest,
            # Finding it takes several judgements: once a second is enough to help a person.
            alternative(cases, verdict) if cases and count == 1 else None,
            caller.nonce,
        )
        self.state.apply(record)
        leg.record = record
        job.refusal = Refusal(reason, f"denied by policy (verdict {record.id}): {text}")
        if froze := freezing.after_denial(self.state, record):
            self.state.apply(froze)
            job.after.append(froze)

    def _check_rate(self, name: str, now_ns: int) -> None:
        """Refuse whoever asks too often: the exchange would ban the address of all of us."""
        if not self._throttle.allows(name, now_ns):
            raise Refusal(Reason.TOO_OFTEN, "too many requests, slow down")

    def _count_denial(self, grant: str, now_ns: int) -> int:
        """How many requests of a grant were denied within this second, this one included."""
        second = now_ns // SECOND
        last, count = self._denials.get(grant, (second, 0))
        count = count + 1 if last == second else 1
        self._denials[grant] = (second, count)
        return count

    # From a recorded job to a signed request

    def stopped(self, job: Job) -> str:
        """Why an order that was allowed may not be signed any more; empty if it may."""
        for leg in job.legs:
            record = leg.record
            if not isinstance(record, Allowed) or not isinstance(leg.intent, PlaceOrder):
                continue
            account, grant = self.state.accounts[record.account], self.state.grants[record.grant]
            is_exit = bool(record.judged and record.judged.exit)
            frozen = freezing.stop(account, grant, is_exit, bool(record.release))
            if self.closed or frozen:
                return self.closed or (frozen.says if frozen else "")
        return ""

    def sign(self, job: Job, now_ns: int) -> Request:
        """The request to send, composed from the intents; their records must be durable.

        Raises:
            Refusal: recording took so long that the exchange might no longer accept it.
        """
        url = self.base_url(job.exchange.NAME)
        record = job.record
        if job.account is None or not isinstance(record, Allowed):
            return job.exchange.write((job.intent,), None, now_ns // MS, self.window_ms, url)
        exchange_ms = self.quotes[job.account.exchange].exchange_ms(now_ns)
        if exchange_ms > record.timestamp_ms + self.window_ms // 2:
            raise Refusal(Reason.UNAVAILABLE, "recording took too long, nothing was sent")
        credentials = Credentials(job.account.key_id, self.key_of(job.account))
        job.outgoing = [outgoing(job, leg) for leg in job.legs]
        return self.sign_with(credentials, job.account.exchange, job.outgoing, record.timestamp_ms)

    def key_of(self, account: Account) -> bytearray:
        """The secret of an account's exchange key; never copied."""
        return self._secret(f"account:{account.name}")

    def sign_with(
        self,
        credentials: Credentials,
        exchange: str,
        intents: Sequence[AnyIntent],
        timestamp_ms: int,
    ) -> Request:
        """Sign with any key of an exchange; the caller has recorded the intents."""
        file: ExchangeFile = exchanges.load(exchange)
        url = self.base_url(exchange)
        self._nonce = max(self._nonce + 1, timestamp_ms * _NONCES_IN_MS)
        return file.write(intents, credentials, timestamp_ms, self.window_ms, url, self._nonce)

    # From what came of it to the bot's answer

    def conclude(self, job: Job, sent: Sent, now_ns: int) -> tuple[list[AnyRecord], Response]:
        """Settle the order by the exchange's answer and make the bot's."""
        if sent.response is None:
            return self._undelivered(job, sent, now_ns)
        # First what can fail: nothing was settled then.
        answer, records = self._answer(job, sent.response, sent.is_json), list[AnyRecord]()
        if not job.changes:
            return records, answer
        outcomes = sent.outcomes
        if len(outcomes) != len(job.legs):
            outcomes = (Outcome(Verdict.UNKNOWN),) * len(job.legs)
        for leg, outcome in zip(job.legs, outcomes, strict=True):
            records += self._settle(job, leg, outcome, now_ns)
        if any(outcome.verdict is Verdict.UNKNOWN for outcome in outcomes):
            text = "the exchange did not say what became of it; it is being asked"
            return records, job.exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, text))
        return records, answer

    def _answer(self, job: Job, response: Response, is_json: bool) -> Response:
        """The exchange's answer as the bot gets it, with the names that it gave."""
        names = job.account.aliases if job.account else {}
        try:
            if is_json:
                body = response.body  # most bots' names are kept: nothing is looked for then
                if names:
                    body = job.exchange.rename_client_ids(body, names)
                return Response(response.status, body)
        except ValueError:
            pass  # as one that is no JSON
        text = f"the exchange's answer (status {response.status}) cannot be read"
        return job.exchange.refuse(Refusal(Reason.UNAVAILABLE, text))

    def _undelivered(self, job: Job, sent: Sent, now_ns: int) -> tuple[list[AnyRecord], Response]:
        if sent.was_sent and job.changes:
            text = "no answer came; the exchange is being asked what became of it"
            return [], job.exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, text))
        records: list[AnyRecord] = []
        if not sent.was_sent:
            records = self.abandon(job, f"never sent: {sent.error}", now_ns)
        text = f"the exchange cannot be reached: {sent.error}"
        return records, job.exchange.refuse(Refusal(Reason.UNAVAILABLE, text))

    def abandon(self, job: Job, why: str, now_ns: int) -> list[AnyRecord]:
        """Close the job's orders, if it has any: nothing was sent and nothing will be."""
        records: list[AnyRecord] = []
        for leg in job.legs:
            if order := self.state.orders.get(leg.order):
                records += settle.close(self.state, order, why, now_ns)
        return records

    def _settle(self, job: Job, leg: Leg, outcome: Outcome, now_ns: int) -> list[AnyRecord]:
        placed = self.state.orders.get(leg.order)
        if outcome.verdict is Verdict.REJECTED and placed:
            return settle.close(self.state, placed, "rejected by the exchange", now_ns)
        records: list[AnyRecord] = []
        if outcome.verdict is not Verdict.DONE or job.account is None:
            return records
        for seen in outcome.reports:
            if order := placed or job.account.live_by_client_id(seen.client_order_id):
                at = self.reference_at_fill(order, now_ns) if seen.fills else None
                is_answer = placed is order
                records += settle.report(self.state, order, seen, at, now_ns, is_answer=is_answer)
        return records

    def reference_at_fill(
        self, order: LiveOrder, now_ns: int, *, is_patient: bool = False
    ) -> Decimal | None:
        """What a fill arriving now is judged by, besides the order's own reference. A patient one
        follows a price that has held for the better part of an hour, and no push."""
        account = self.state.accounts[order.account]
        quotes, policy = self.quotes[account.exchange], account.policy
        if is_patient:
            policy = policy.without_drift(order.symbol)
        value = quotes.value(policy, account.losses.holdings(), now_ns)
        seen = quotes.reference(order.symbol, order.judged.side, policy, value, now_ns)
        return seen.judging(order.judged.exit) if seen else None


def _denial(intent: AnyIntent) -> Reason:
    if isinstance(intent, CancelOrder):
        return Reason.CANCEL_DENIED
    if isinstance(intent, AmendOrder):
        return Reason.AMEND_DENIED
    moves = isinstance(intent, MoveFunds | ManageKeys)
    return Reason.NOT_PERMITTED if moves else Reason.ORDER_DENIED


def _is_among(source: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)
