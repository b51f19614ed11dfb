from datetime import date, timedelta

import pytest

from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity
from secaudit.ledger import findings, plans, results
from secaudit.ledger.episodes import episodes
from secaudit.ledger.metrics import measure

FAILED, PASSED = Outcome.FAILED, Outcome.PASSED


def accept(book, *ids, approver="Kepala Dinas", days=30, **more):
    with book.database.write() as connection:
        at = book.now
        findings.accept(
            connection,
            ids,
            approver=approver,
            reason="segera diganti",
            expires_on=(at + timedelta(days=days)).date(),
            expires_at=at + timedelta(days=days),
            at=at,
            actor="a@b",
            **more,
        )


def claim(book, *ids):
    with book.database.write() as connection:
        findings.claim(
            connection, ids, by="Teknisi", note="TLS 1.0 dimatikan", at=book.now, actor="a@b"
        )


def test_a_failure_opens_a_finding_with_owner_and_due_date(book):
    changes = book.scan(book.answer(FAILED, protocol="TLS 1.0"))
    assert changes == findings.FindingChanges(new=("F-0001",))
    item = book.finding()
    assert item.state is FindingState.OPEN
    assert item.owner == "Dinas Contoh"
    assert item.due == date(2026, 3, 22)
    assert item.details == {"protocol": "TLS 1.0"}
    assert (item.zone, item.address) == ("kantor", "192.0.2.7")


def test_a_pass_alone_makes_no_finding(book):
    assert book.scan(book.answer(PASSED)) == findings.FindingChanges()


def test_the_whole_life(book):
    book.scan(book.answer(FAILED))
    with book.database.write() as connection:
        plan = plans.make(
            connection,
            ["F-0001"],
            plans.NewPlan("Bidang Infrastruktur", "matikan TLS 1.0", date(2026, 4, 1)),
            at=book.now,
            actor="a@b",
        )
    assert plan.id == "P-0001"
    assert book.finding().state is FindingState.PLANNED
    claim(book, "F-0001")
    assert book.finding().claimed_by == "Teknisi"
    assert book.scan(book.answer(PASSED)).verified == ("F-0001",)
    assert book.finding().state is FindingState.VERIFIED
    assert book.finding().verified_scan == "S-0002"
    assert book.scan(book.answer(FAILED)).reopened == ("F-0001",)
    assert book.kinds() == ["found", "planned", "claimed", "verified", "reopened"]
    assert book.finding().due > date(2026, 3, 21)


def test_a_claim_that_a_scan_refutes_is_reopened(book):
    book.scan(book.answer(FAILED))
    claim(book, "F-0001")
    assert book.scan(book.answer(FAILED)).reopened == ("F-0001",)
    assert book.kinds()[-1] == "claim_refuted"


def test_a_look_from_before_the_claim_does_not_refute_it(book):
    book.scan(book.answer(FAILED))
    seen_at = book.now
    claim(book, "F-0001")
    with book.database.write() as connection:
        scan = book.open_scan(connection, seen_at)
        findings.apply(
            connection, scan, seen_at, [book.answer(FAILED)], lambda *_: date.max, lambda _: ""
        )
    assert book.finding().state is FindingState.CLAIMED_FIXED


@pytest.mark.parametrize(
    ("outcome", "group"),
    [
        (Outcome.NOT_REACHED, "not_reached"),
        (Outcome.INCONCLUSIVE, "inconclusive"),
        (Outcome.ERROR, "inconclusive"),
        (Outcome.NOT_APPLICABLE, "not_applicable"),
    ],
)
def test_silence_is_noted_and_changes_no_state(book, outcome, group):
    book.scan(book.answer(FAILED))
    claim(book, "F-0001")
    changes = book.scan(book.answer(outcome, reason=Reason.PORT_CLOSED))
    assert getattr(changes, group) == ("F-0001",)
    item = book.finding()
    assert item.state is FindingState.CLAIMED_FIXED
    assert (item.last_outcome, item.last_reason) == (outcome, Reason.PORT_CLOSED)


def test_a_pass_under_another_zone_or_name_verifies_nothing(book):
    book.scan(book.answer(FAILED))
    book.scan(
        book.answer(PASSED, subject="dmz/192.0.2.7:443/tcp"),
        book.answer(PASSED, subject="kantor/192.0.2.7:443/tcp#www.example.go.id"),
        book.answer(PASSED, check="tls.protocol.tls1_1"),
    )
    assert book.finding().state is FindingState.OPEN


def test_an_accepted_finding_that_still_fails_stays_accepted_until_it_expires(book):
    book.scan(book.answer(FAILED))
    accept(book, "F-0001", days=1, proof_sha256="cd" * 32)
    assert book.scan(book.answer(FAILED)).set_aside == ("F-0001",)
    with book.database.write() as connection:
        standing = findings.acceptance_of(connection, ["F-0001"])["F-0001"]
        assert standing.proof_sha256 == "cd" * 32
        assert findings.expire_acceptances(connection, book.now) == ()
        assert findings.expire_acceptances(connection, book.now + timedelta(days=2)) == ("F-0001",)
        assert findings.acceptance_of(connection, ["F-0001"]) == {}
    assert book.finding().state is FindingState.OPEN
    assert book.kinds()[-1] == "acceptance_expired"
    accept(book, "F-0001")
    assert book.finding().state is FindingState.ACCEPTED


def test_an_acceptance_ends_with_the_repair(book):
    book.scan(book.answer(FAILED))
    accept(book, "F-0001")
    assert book.scan(book.answer(PASSED)).verified == ("F-0001",)
    assert book.scan(book.answer(FAILED)).reopened == ("F-0001",)


def test_nobody_approves_his_own_request(book):
    book.scan(book.answer(FAILED))
    with pytest.raises(RefusedError, match="cannot approve"):
        accept(book, "F-0001", approver="Kepala  dinas", requested_by="Kepala Dinas")
    with pytest.raises(InputError, match="expired"):
        accept(book, "F-0001", days=-1)
    assert book.finding().state is FindingState.OPEN


def test_a_bulk_decision_is_made_for_all_or_none(book):
    book.scan(book.answer(FAILED), book.answer(FAILED, check="tls.protocol.tls1_1"))
    claim(book, "F-0002")
    with pytest.raises(RefusedError, match="F-0002"):
        claim(book, "F-0001", "F-0002")
    assert book.finding("F-0001").state is FindingState.OPEN


def test_a_false_positive_needs_two_persons(book):
    book.scan(book.answer(FAILED))
    with book.database.write() as connection:
        findings.raise_dispute(
            connection, ["F-0001"], by="Ani", reason="proksi", at=book.now, actor="a@b"
        )
    assert book.finding().state is FindingState.OPEN
    settle = {"agreed": True, "reason": "benar", "at": book.now, "actor": "a@b"}
    with pytest.raises(RefusedError), book.database.write() as connection:
        findings.settle_dispute(connection, ["F-0001"], by="ani", **settle)
    with book.database.write() as connection:
        findings.settle_dispute(connection, ["F-0001"], by="Budi", **settle)
    assert book.finding().state is FindingState.FALSE_POSITIVE
    assert book.scan(book.answer(FAILED)).set_aside == ("F-0001",)


def test_a_retired_asset_that_shows_up_again_is_reopened(book):
    book.scan(book.answer(FAILED))
    with book.database.write() as connection:
        findings.retire(connection, ["F-0001"], reason="dibongkar", at=book.now, actor="a@b")
        assert findings.watched(connection, "kantor") == []
    assert book.scan(book.answer(PASSED)) == findings.FindingChanges()
    assert book.finding().state is FindingState.RETIRED
    assert book.scan(book.answer(FAILED)).reopened == ("F-0001",)


def test_the_same_scan_counts_nothing_twice(book):
    at = book.now
    answers = [book.answer(FAILED), book.answer(FAILED, check="cert.expired")]
    with book.database.write() as connection:
        scan = book.open_scan(connection, at)
        terms = (lambda *_: date(2026, 4, 1), lambda _: "")
        first = findings.apply(connection, scan, at, answers, *terms)
        results.record(connection, scan, at, answers)
        again = findings.apply(connection, scan, at, answers, *terms)
        results.record(connection, scan, at, answers)
        assert first == again == findings.changes_of(connection, scan)
        assert [item.sightings for item in results.standing(connection)] == [1, 1]
    assert book.kinds() == ["found"]


def test_a_second_try_in_the_same_scan_may_say_more_but_never_less(book):
    book.scan(book.answer(FAILED))
    at = book.now
    terms = (lambda *_: date(2026, 4, 1), lambda _: "")
    with book.database.write() as connection:
        scan = book.open_scan(connection, at)

        def take(outcome):
            return findings.apply(connection, scan, at, [book.answer(outcome)], *terms)

        assert take(Outcome.NOT_REACHED).not_reached == ("F-0001",)
        assert take(PASSED).verified == ("F-0001",)
        assert take(Outcome.NOT_REACHED).verified == ("F-0001",)
        assert take(FAILED).reopened == ("F-0001",)
        assert take(PASSED).reopened == ("F-0001",)
        assert findings.changes_of(connection, scan).reopened == ("F-0001",)
    assert book.finding().state is FindingState.REOPENED


def test_a_worse_severity_shortens_the_time_and_leaves_an_event(book):
    book.scan(book.answer(FAILED, severity=Severity.LOW))
    before = book.finding().due
    book.scan(book.answer(FAILED, severity=Severity.CRITICAL))
    assert book.finding().due < before
    assert book.kinds() == ["found", "severity_changed"]


def test_an_assigned_owner_stays(book):
    book.scan(book.answer(FAILED))
    with book.database.write() as connection:
        findings.assign(connection, ["F-0001"], owner="Tim Web", at=book.now, actor="a@b")
    book.scan(book.answer(FAILED))
    assert book.finding().owner == "Tim Web"


def test_a_renamed_check_keeps_its_history(book):
    old, new = "tls.old", "tls.protocol.tls1_0"
    book.scan(book.answer(FAILED, check=old), book.answer(FAILED, check="gone.check"))
    with book.database.write() as connection:
        carried = findings.carry_over(connection, {new}, {old: new}, book.now)
        assert carried == findings.CarriedOver(("F-0001",), ("F-0002",))
        assert findings.carry_over(connection, {new}, {old: new}, book.now).renamed == ()
        assert [item.check for item in results.standing(connection)] == [new]
    assert book.scan(book.answer(PASSED, check=new)).verified == ("F-0001",)
    assert book.kinds() == ["found", "renamed", "verified"]
    assert book.finding("F-0002").state is FindingState.WITHDRAWN


def test_the_worst_come_first_and_filters_hold(book):
    book.scan(
        book.answer(FAILED, severity=Severity.LOW),
        book.answer(FAILED, check="cert.expired", severity=Severity.CRITICAL),
        book.answer(FAILED, check="certain.other", subject="dmz/192.0.2.9", severity=Severity.INFO),
    )
    with book.database.read() as connection:

        def ids(**wanted):
            listed = findings.list_all(connection, findings.FindingFilter(**wanted))
            return [item.id for item in listed]

        assert ids() == ["F-0002", "F-0001", "F-0003"]
        assert ids(check="cert") == ["F-0002"]
        assert ids(zone="dmz") == ["F-0003"]
        assert ids(addresses=["192.0.2.7"]) == ["F-0002", "F-0001"]
        assert ids(severities=[Severity.LOW, Severity.INFO]) == ["F-0001", "F-0003"]
        assert ids(overdue_on=date(2026, 3, 13)) == ["F-0002"]
        assert ids(scan="S-0001", owner="Dinas Contoh", states=[FindingState.OPEN]) == ids()
        assert [subject for _, subject in findings.watched(connection, "dmz")] == ["dmz/192.0.2.9"]


def quiet(book, **other):
    return book.answer(Outcome.PASSED, reason=Reason.PORT_FILTERED, **other)


def test_silence_verifies_only_when_a_later_scan_finds_it_again(book):
    telnet = "net.telnet.exposed"
    book.scan(book.answer(Outcome.FAILED, check=telnet))
    changes = book.scan(quiet(book, check=telnet))
    assert (changes.verified, changes.inconclusive) == ((), ("F-0001",))
    first = book.finding()
    assert (first.state, first.silent_scan) == (FindingState.OPEN, "S-0002")
    assert book.kinds() == ["found", "fell_silent"]

    # An hour later it is still doubt, and told once.
    book.scan(quiet(book, check=telnet))
    assert book.finding().silent_since == first.silent_since
    assert book.kinds() == ["found", "fell_silent"]
    book.pass_hours(12)
    changes = book.scan(quiet(book, check=telnet))
    assert changes.verified == ("F-0001",)
    assert book.kinds() == ["found", "fell_silent", "verified"]

    # It fails again, and the next silence begins anew.
    book.scan(book.answer(Outcome.FAILED, check=telnet))
    assert book.finding().silent_since is None
    book.pass_hours(12)
    book.scan(quiet(book, check=telnet))
    assert book.finding().state is FindingState.REOPENED


@pytest.mark.parametrize(
    "between", [Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_REACHED, Outcome.ERROR]
)
def test_another_answer_between_two_silences_undoes_the_first(book, between):
    book.scan(book.answer(Outcome.FAILED))
    book.scan(quiet(book))
    book.scan(book.answer(between))
    book.pass_hours(24)
    book.scan(quiet(book))
    assert book.finding().state is FindingState.OPEN
    book.pass_hours(24)
    assert book.scan(quiet(book)).verified == ("F-0001",)


def test_a_claim_stays_a_claim_while_the_port_is_only_silent(book):
    book.scan(book.answer(Outcome.FAILED))
    with book.database.write() as connection:
        findings.claim(connection, ["F-0001"], by="a", note="", at=book.now, actor="a@b")
    book.scan(quiet(book))
    assert book.finding().state is FindingState.CLAIMED_FIXED
    # A port that refuses is shut: that is seen at once.
    book.scan(book.answer(Outcome.PASSED, reason=Reason.PORT_CLOSED))
    assert book.finding().state is FindingState.VERIFIED


def test_what_people_alone_retired_and_still_fails_keeps_its_time(book):
    retiring = {"reason": "dimatikan", "actor": "a@b", "proof_sha256": "cd" * 32}
    book.scan(book.answer(FAILED))
    first = book.finding()
    with book.database.write() as connection:
        findings.retire(connection, ["F-0001"], at=book.now, **retiring)
    book.pass_hours(30 * 24)
    book.scan(book.answer(FAILED))
    again = book.finding()
    assert again.state is FindingState.REOPENED
    assert (again.due, again.opened_at) == (first.due, first.opened_at)
    with book.database.read() as connection:
        told = episodes(connection, lambda instant: instant.date(), date(2026, 12, 31))["F-0001"]
    assert [one.how for one in told] == [FindingState.RETIRED, None]
    # Retired in time, so that the miss was found only when it came back, and counts once.
    counted = measure(told, date(2026, 3, 1), date(2026, 12, 31))
    assert (counted.missed, counted.kept, counted.relapsed) == (1, 0, 0)

    # Once a scan has seen it gone, it has its time anew.
    book.scan(book.answer(Outcome.NOT_APPLICABLE, reason=Reason.PORT_CLOSED))
    with book.database.write() as connection:
        seen = {"F-0001": {"scan": "S-0003", "why": "port_closed"}}
        findings.retire(connection, ["F-0001"], at=book.now, seen=seen, **retiring)
    book.scan(book.answer(FAILED))
    assert book.finding().opened_at > again.opened_at
    assert book.finding().due > again.due
