"""Attestations: history, expiry, and two sides that stay apart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from secaudit.assurance import attestations
from secaudit.assurance.attestations import NewAttestation
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.vocabulary import AttestationKind, Ending, Grade, Verdict
from secaudit.core.errors import InputError, NotFoundError, RefusedError

CONTROL = "iso27001-2022:A.8.24"
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
OWNER, AUDITOR = "budi@kantor", "sari@inspektorat"
SAID = NewAttestation(
    requirement=CONTROL,
    kind=AttestationKind.SELF,
    value=Verdict.PARTLY,
    person="Budi",
    collector="Tim Persandian",
    effective_from=date(2026, 11, 1),
    effective_until=None,
    expires_on=date(2027, 10, 31),
    evidence=(EvidenceFile("ab" * 32, "kebijakan.pdf"), EvidenceFile("ab" * 32, "salinan.pdf")),
)
GRADED = replace(SAID, kind=AttestationKind.AUDITOR, value=Grade.MINOR, person="Sari")


def test_a_new_one_supersedes_and_the_old_one_stays_in_the_history(connection: Connection) -> None:
    first = attestations.record(connection, SAID, NOW, OWNER)
    later = NOW + timedelta(days=2)
    second = attestations.record(connection, replace(SAID, value=Verdict.CONFORM), later, OWNER)

    assert (first.id, second.id) == ("AT-0001", "AT-0002")
    old = attestations.get(connection, first.id)
    assert (old.ended_because, old.ended_at, old.ended_reason) == (
        Ending.SUPERSEDED,
        later,
        second.id,
    )
    assert [item.id for item in attestations.list_all(connection)] == [second.id]
    assert len(attestations.list_all(connection, ended=True)) == 2


def test_the_past_is_what_stood_then(connection: Connection) -> None:
    attestations.record(connection, SAID, NOW, OWNER)
    attestations.record(
        connection, replace(SAID, value=Verdict.CONFORM), NOW + timedelta(days=2), OWNER
    )

    before = attestations.standing(connection, NOW + timedelta(days=1))[CONTROL].self_assessment
    assert before is not None
    assert before.value is Verdict.PARTLY
    assert attestations.standing(connection, NOW - timedelta(seconds=1)) == {}


def test_the_two_sides_stand_beside_each_other(connection: Connection) -> None:
    attestations.record(connection, SAID, NOW, OWNER)
    attestations.record(connection, GRADED, NOW, AUDITOR)

    both = attestations.standing(connection)[CONTROL]
    assert both.self_assessment is not None
    assert both.grade is not None
    assert (both.self_assessment.value, both.grade.value) == (Verdict.PARTLY, Grade.MINOR)


@pytest.mark.parametrize(
    ("person", "account"),
    [
        ("Sari", "budi@kantor"),
        ("Sari", "Budi@laptop-lain"),
        ("  BUDI ", "sari@inspektorat"),
    ],
)
def test_one_person_does_not_speak_for_both_sides(
    connection: Connection, person: str, account: str
) -> None:
    attestations.record(connection, SAID, NOW, OWNER)
    with pytest.raises(RefusedError, match="cannot judge it from the other side"):
        attestations.record(connection, replace(GRADED, person=person), NOW, account)


def test_what_was_superseded_still_counts_for_independence_but_not_what_was_withdrawn(
    connection: Connection,
) -> None:
    attestations.record(connection, SAID, NOW, OWNER)
    other = attestations.record(connection, replace(SAID, person="Dewi"), NOW, "dewi@kantor")
    with pytest.raises(RefusedError):
        attestations.record(connection, replace(GRADED, person="Budi"), NOW, "budi2@kantor")

    attestations.withdraw(connection, other.id, "salah ketentuan", NOW, "dewi@kantor")
    graded = attestations.record(
        connection, replace(GRADED, person="Dewi"), NOW, "dewi@inspektorat"
    )
    assert graded.value is Grade.MINOR


def test_another_requirement_is_another_matter(connection: Connection) -> None:
    attestations.record(connection, SAID, NOW, OWNER)
    made = attestations.record(
        connection, replace(GRADED, requirement="iso27001-2022:A.8.20", person="Budi"), NOW, OWNER
    )
    assert made.id == "AT-0002"


def test_a_withdrawal_needs_a_reason_and_happens_once(connection: Connection) -> None:
    made = attestations.record(connection, SAID, NOW, OWNER)
    with pytest.raises(InputError, match="reason"):
        attestations.withdraw(connection, made.id, "  ", NOW, OWNER)
    ended = attestations.withdraw(connection, made.id, "keliru", NOW, OWNER)
    assert (ended.ended_because, ended.ended_reason) == (Ending.WITHDRAWN, "keliru")
    with pytest.raises(RefusedError, match="no longer stands"):
        attestations.withdraw(connection, made.id, "lagi", NOW, OWNER)
    with pytest.raises(NotFoundError):
        attestations.get(connection, "AT-9999")


def test_the_same_content_is_one_file(connection: Connection) -> None:
    assert len(attestations.record(connection, SAID, NOW, OWNER).evidence) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"effective_until": date(2026, 10, 1)},
        {"expires_on": date(2026, 10, 1)},
        {"person": " "},
    ],
)
def test_a_period_that_cannot_be_is_refused(
    connection: Connection, changed: dict[str, object]
) -> None:
    with pytest.raises(InputError):
        attestations.record(connection, replace(SAID, **changed), NOW, OWNER)  # type: ignore[arg-type]
    assert attestations.list_all(connection, ended=True) == []


def test_it_counts_to_the_last_day(connection: Connection) -> None:
    made = attestations.record(connection, SAID, NOW, OWNER)
    assert not made.expired(date(2027, 10, 31))
    assert made.expired(date(2027, 11, 1))
