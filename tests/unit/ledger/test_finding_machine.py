"""No sequence of scans and claims without a passing answer about the same subject verifies."""

from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from secaudit.core.errors import SecauditError
from secaudit.core.vocabulary import FindingState, Outcome
from secaudit.ledger import findings, plans

SUBJECTS = ("kantor/192.0.2.7:443/tcp", "dmz/192.0.2.7:443/tcp")
PERSONS = st.sampled_from(["Ani", "Budi"])
subjects = st.sampled_from(SUBJECTS)


class Life(RuleBasedStateMachine):
    def __init__(self, book):
        super().__init__()
        self.book = book
        self.last_decisive = {}
        self.ever_failed = set()

    def teardown(self):
        self.book.database.close()

    def ids(self):
        with self.book.database.read() as connection:
            return {item.subject: item.id for item in findings.list_all(connection)}

    @rule(subject=subjects, outcome=st.sampled_from(list(Outcome)), times=st.integers(1, 2))
    def scan(self, subject, outcome, times):
        answers = [self.book.answer(outcome, subject=subject)] * times
        self.book.scan(*answers)
        if outcome in {Outcome.FAILED, Outcome.PASSED}:
            self.last_decisive[subject] = outcome
        if outcome is Outcome.FAILED:
            self.ever_failed.add(subject)

    def decide(self, subject, act):
        identity = self.ids().get(subject)
        if identity is None:
            return
        try:
            with self.book.database.write() as connection:
                act(connection, [identity], self.book.now)
        except SecauditError:
            pass

    @rule(subject=subjects)
    def claim(self, subject):
        self.decide(
            subject,
            lambda c, ids, at: findings.claim(c, ids, by="Ani", note="", at=at, actor="a"),
        )

    @rule(subject=subjects)
    def plan(self, subject):
        self.decide(
            subject,
            lambda c, ids, at: plans.make(
                c, ids, plans.NewPlan("x", "y", date.max), at=at, actor="a"
            ),
        )

    @rule(subject=subjects, hours=st.integers(1, 5))
    def accept(self, subject, hours):
        self.decide(
            subject,
            lambda c, ids, at: findings.accept(
                c, ids, approver="Budi", reason="r", expires_on=at.date(),
                expires_at=at + timedelta(hours=hours), at=at, actor="a",
            ),
        )  # fmt: skip

    @rule(subject=subjects, by=PERSONS)
    def dispute(self, subject, by):
        self.decide(
            subject,
            lambda c, ids, at: findings.raise_dispute(c, ids, by=by, reason="r", at=at, actor="a"),
        )

    @rule(subject=subjects, by=PERSONS, agreed=st.booleans())
    def settle(self, subject, by, agreed):
        self.decide(
            subject,
            lambda c, ids, at: findings.settle_dispute(
                c, ids, by=by, agreed=agreed, reason="r", at=at, actor="a"
            ),
        )

    @rule()
    def look(self):
        with self.book.database.write() as connection:
            findings.expire_acceptances(connection, self.book.now)

    @invariant()
    def only_a_pass_verifies(self):
        with self.book.database.read() as connection:
            for item in findings.list_all(connection):
                events = findings.history(connection, item.id)
                assert item.subject in self.ever_failed
                assert events[-1].to_state is item.state
                if item.state is FindingState.VERIFIED:
                    assert self.last_decisive[item.subject] is Outcome.PASSED
                    verified_at = [e.at for e in events if e.to_state is FindingState.VERIFIED]
                    assert item.verified_at == verified_at[-1]
                if self.last_decisive[item.subject] is Outcome.PASSED:
                    assert item.state is FindingState.VERIFIED


def test_no_sequence_without_a_pass_verifies(new_book):
    run_state_machine_as_test(
        lambda: Life(new_book()),
        settings=settings(
            max_examples=25,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
