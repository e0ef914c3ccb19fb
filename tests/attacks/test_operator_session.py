"""A stolen operator session: everything that the admin socket alone can do, in any order, loosens
nothing before a day has passed, whatever the clock is set to."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.signer.conftest import GRANT, POLICY
from tests.signer.office import Office, Person, approve, enrol
from tradelatch.model.clock import DAY, HOUR, SECOND
from tradelatch.policy.document import parse_policy
from tradelatch.signer.changes import operators_digest
from tradelatch.signer.state import State

POLICIES = [
    POLICY,
    POLICY.replace("0.25", "0.1"),
    POLICY.replace("0.25", "9"),
    POLICY.replace('exit_budget = "0.5"', 'exit_budget = "7"'),
    f'mode = "off"{POLICY}',
    f"{POLICY}[freeze]\ndenials = 0\nspent = 0\n",
    POLICY.replace('[markets."VIN/BTC"]', '[markets."XYZ/BTC"]'),
    "nonsense",
]


class StolenSession(RuleBasedStateMachine):
    """The thief has the socket and keys of his own, which nobody enrolled; operators may be
    enrolled already."""

    enrolled: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.office = Office(self.folder)
        self.office.__enter__()
        self.people = {name: Person() for name in self.enrolled}
        enrol(self.office, **self.people)
        self.office.do("grant freeze", name=GRANT)
        self.mallory = Person()
        self.begun_ns = self.office.uptime_ns
        self.before = self.held(self.office.state)

    def teardown(self) -> None:
        self.office.__exit__()
        shutil.rmtree(self.folder)

    @staticmethod
    def held(state: State) -> dict[str, Any]:
        """All that could be loosened."""
        account = state.accounts["me"]
        return {
            "policy": account.policy,
            "key": (account.key_id, account.key_change),
            "owner": account.owner,
            "operators": dict(state.operators),
            "frozen": {*account.frozen, *state.grants[GRANT].frozen},
            "releases": dict(account.releases),
            "delay": state.delay_ns,
        }

    def ask(self, verb: str, **arguments: str) -> None:
        self.office.ask(verb, **arguments)

    @rule(policy=st.sampled_from(POLICIES))
    def set_policy(self, policy: str) -> None:
        self.ask("policy set", account="me", policy=policy)

    @rule()
    def replace_key(self) -> None:
        self.ask("key replace", account="me", key_id="mine", secret="mine")

    @rule()
    def set_owner(self) -> None:
        self.ask("owner set", account="me", public_key=self.mallory.public)

    @rule(name=st.sampled_from(["me", GRANT]))
    def thaw(self, name: str) -> None:
        self.ask("grant thaw", name=name)

    @rule(name=st.sampled_from(["me", GRANT]))
    def freeze(self, name: str) -> None:
        self.ask("grant freeze", name=name)

    @rule()
    def stop(self) -> None:
        self.ask("stop everything")

    @rule(name=st.sampled_from(["mallory", "eve"]))
    def enrol_himself(self, name: str) -> None:
        self.ask("operator add", name=name, public_key=Person().public)

    @rule()
    def enrol_his_key(self) -> None:
        self.ask("operator add", name="mallory", public_key=self.mallory.public)

    @rule(name=st.sampled_from(["alice", "bob", "mallory"]))
    def remove_operator(self, name: str) -> None:
        self.ask("operator remove", name=name)

    @rule(hours=st.sampled_from(["0", "1", "24", "25", "720"]))
    def delay(self, hours: str) -> None:
        self.ask("change delay", hours=hours)

    @rule(number=st.integers(1, 9))
    def approve(self, number: int) -> None:
        if number in self.office.state.pending:
            approve(self.office, number, self.mallory)

    @rule(number=st.integers(1, 9))
    def cancel(self, number: int) -> None:
        self.ask("change cancel", number=str(number))

    @rule()
    def release(self) -> None:
        form = {"symbol": "ETH/BTC", "quantity": "1", "limit": "1", "collar": "waived"}
        name = {"release": "a" * 32, "signature": self.mallory.sign("x"), "account": "me"}
        expires = str(self.office.clock.now_ns() + HOUR)
        self.ask("exit release", expires_ns=expires, **form, **name)

    @rule()
    def issue_and_revoke(self) -> None:
        self.ask("grant issue", account="me", days="9", sources="")
        self.ask("grant revoke", grant=GRANT)

    @rule()
    def add_account(self) -> None:
        key = {"key_id": "k", "secret": "s", "exchange": "binance"}
        self.ask("key add", account="me", policy=POLICIES[2], **key)

    @rule(hours=st.integers(1, 10_000))
    def set_the_clock_forward(self, hours: int) -> None:
        self.office.clock.advance(hours * HOUR)
        self.office.run(self.office.keeper.round())

    @rule()
    def wait(self) -> None:
        if self.office.uptime_ns + 8 * HOUR < self.begun_ns + DAY:
            self.office.wait(8 * HOUR)

    @rule()
    def reboot(self) -> None:
        self.office.boot += "+"
        self.begun_ns -= self.office.uptime_ns
        self.office.uptime_ns = 0
        self.office.run(self.office.keeper.round())

    @invariant()
    def nothing_is_looser(self) -> None:
        for state in (self.office.state, self.office.recovered()):
            now, was = self.held(state), self.before
            assert now["policy"].digest == was["policy"].digest
            assert (now["key"], now["owner"]) == (was["key"], was["owner"])
            assert now["releases"] == {}
            assert now["frozen"] >= was["frozen"]
            assert now["delay"] >= was["delay"]
            first = not was["operators"] and len(now["operators"]) == 1
            assert first or operators_digest(now["operators"]) == operators_digest(was["operators"])


class BesideOneOperator(StolenSession):
    enrolled = ("alice",)


class BesideTwoOperators(StolenSession):
    enrolled = ("alice", "bob")


@pytest.mark.parametrize("machine", [StolenSession, BesideOneOperator, BesideTwoOperators])
def test_a_stolen_session_loosens_nothing_within_a_day(machine: type[StolenSession]) -> None:
    run_state_machine_as_test(
        machine, settings=settings(max_examples=40, stateful_step_count=25, deadline=None)
    )


def test_after_a_day_without_operators_it_does_so_that_the_test_above_can_fail() -> None:
    machine = StolenSession()
    try:
        machine.set_policy(POLICIES[2])
        machine.office.wait(DAY + SECOND)
        with pytest.raises(AssertionError):
            machine.nothing_is_looser()
        assert machine.office.state.accounts["me"].policy == parse_policy(POLICIES[2])
    finally:
        machine.teardown()
