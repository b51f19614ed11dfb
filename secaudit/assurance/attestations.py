"""Attestations: what the owner, and apart from that the auditor, says about a requirement.

A new attestation of the same kind supersedes the one that stood; nothing is overwritten. The
account and the name that gave one kind are refused the other for the same requirement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, or_, select, update

from secaudit.assurance.evidence import EvidenceFile, of_rows, to_rows
from secaudit.assurance.vocabulary import AttestationKind, Ending, Grade, Verdict
from secaudit.assurance.words import word
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.assurance import attestation as table

PREFIX = "AT"


@dataclass(frozen=True)
class NewAttestation:
    """What is said, before it is recorded. Days are those of the workspace's time zone."""

    requirement: str
    kind: AttestationKind
    value: Verdict | Grade
    person: str
    collector: str
    effective_from: date
    effective_until: date | None
    """The last day of the period that it speaks about; None: it has no end yet."""
    expires_on: date
    """The last day on which it counts; after that the evidence is to be collected anew."""
    note: str = ""
    evidence: tuple[EvidenceFile, ...] = ()
    shared_from: tuple[str, ...] = ()
    """Ids of attestations whose evidence it uses too."""


@dataclass(frozen=True)
class Attestation:
    """One attestation as recorded. ``account`` is the asserted account, ``person`` the name."""

    schema_version: ClassVar[int] = 1

    id: str
    requirement: str
    kind: AttestationKind
    value: Verdict | Grade
    person: str
    account: str
    recorded_at: datetime
    collector: str
    effective_from: date
    effective_until: date | None
    expires_on: date
    note: str
    evidence: tuple[EvidenceFile, ...]
    shared_from: tuple[str, ...]
    ended_at: datetime | None
    ended_because: Ending | None
    ended_by: str | None
    ended_reason: str | None

    def expired(self, today: date) -> bool:
        """Tell whether its evidence is too old to count."""
        return today > self.expires_on


@dataclass(frozen=True)
class Standing:
    """Both attestations of one requirement, each the one that stands; expired ones included."""

    self_assessment: Attestation | None = None
    grade: Attestation | None = None


def record(connection: Connection, said: NewAttestation, at: datetime, account: str) -> Attestation:
    """Record what somebody says; what the same side said before is superseded.

    Raises InputError for a period that ends before it begins or evidence that has run out, and
    RefusedError where the other side's attestation is from the same account or name.
    """
    if not said.person.strip():
        raise InputError("an attestation needs the name of who gives it")
    _require_period(said)
    _require_independence(connection, said, account)
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    _end(
        connection,
        _standing_of(connection, said.requirement, said.kind),
        Ending.SUPERSEDED,
        at,
        account,
        identity,
    )
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            requirement=said.requirement,
            kind=said.kind.value,
            value=said.value.value,
            person=said.person.strip(),
            account=account,
            recorded_at=at,
            collector=said.collector.strip() or said.person.strip(),
            effective_from=said.effective_from,
            effective_until=said.effective_until,
            expires_on=said.expires_on,
            note=said.note.strip(),
            evidence=to_rows(said.evidence),
            shared_from=list(dict.fromkeys(said.shared_from)),
        )
    )
    return get(connection, identity)


def withdraw(
    connection: Connection, attestation_id: str, reason: str, at: datetime, account: str
) -> Attestation:
    """End an attestation that stands, because it was wrong. It stays in the history."""
    if not reason.strip():
        raise InputError("a reason is needed to withdraw an attestation")
    found = get(connection, attestation_id)
    if found.ended_at is not None:
        raise RefusedError(
            "{attestation} no longer stands: it was {how}",
            attestation=found.id,
            how=word(found.ended_because or Ending.WITHDRAWN),
        )
    _end(connection, found, Ending.WITHDRAWN, at, account, reason.strip())
    return get(connection, found.id)


def get(connection: Connection, attestation_id: str) -> Attestation:
    """Return one attestation. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == attestation_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no attestation {attestation}",
            hint="see them with: secaudit control attestations --all",
            attestation=attestation_id,
        )
    return _attestation(row)


def list_all(
    connection: Connection,
    *,
    requirement: str | None = None,
    at: datetime | None = None,
    ended: bool = False,
) -> list[Attestation]:
    """Return the attestations that stand, oldest first; with ``ended`` the others too.

    With ``at``, those that stood at that instant.
    """
    query = select(table).order_by(table.c.number)
    if requirement is not None:
        query = query.where(table.c.requirement == requirement)
    if at is not None:
        query = query.where(table.c.recorded_at <= at)
    if not ended:
        still = table.c.ended_at.is_(None)
        query = query.where(still if at is None else or_(still, table.c.ended_at > at))
    return [_attestation(row) for row in connection.execute(query)]


def standing(connection: Connection, at: datetime | None = None) -> dict[str, Standing]:
    """Return what stands about each requirement, now or at ``at``; expired ones too."""
    return standing_of(list_all(connection, at=at))


def standing_of(attestations: Iterable[Attestation]) -> dict[str, Standing]:
    """Sort attestations that stand by requirement and side."""
    found: dict[str, dict[AttestationKind, Attestation]] = {}
    for item in attestations:
        found.setdefault(item.requirement, {})[item.kind] = item
    return {
        requirement: Standing(both.get(AttestationKind.SELF), both.get(AttestationKind.AUDITOR))
        for requirement, both in found.items()
    }


def _require_period(said: NewAttestation) -> None:
    until = said.effective_until
    if until is not None and until < said.effective_from:
        raise InputError(
            "the period ends on {until}, before it begins on {begin}",
            until=until,
            begin=said.effective_from,
        )
    if said.expires_on < said.effective_from:
        raise InputError(
            "the evidence would expire on {expires}, before the period begins on {begin}",
            expires=said.expires_on,
            begin=said.effective_from,
        )


def _require_independence(connection: Connection, said: NewAttestation, account: str) -> None:
    query = (
        select(table.c.id, table.c.person, table.c.account)
        .where(
            table.c.requirement == said.requirement,
            table.c.kind != said.kind.value,
            or_(table.c.ended_because.is_(None), table.c.ended_because != Ending.WITHDRAWN.value),
        )
        .order_by(table.c.number.desc())
    )
    for row in connection.execute(query):
        if same_account(row.account, account) or same_person(row.person, said.person):
            raise RefusedError(
                "{person} ({account}) gave {other} about {requirement}, and cannot judge it from"
                " the other side too",
                hint="the owner and the auditor are two people with two accounts",
                person=row.person,
                account=row.account,
                other=row.id,
                requirement=said.requirement,
            )


def _standing_of(
    connection: Connection, requirement: str, kind: AttestationKind
) -> Attestation | None:
    row = connection.execute(
        select(table).where(
            table.c.requirement == requirement,
            table.c.kind == kind.value,
            table.c.ended_at.is_(None),
        )
    ).first()
    return None if row is None else _attestation(row)


def _end(
    connection: Connection,
    item: Attestation | None,
    ending: Ending,
    at: datetime,
    account: str,
    reason: str,
) -> None:
    if item is not None:
        connection.execute(
            update(table)
            .where(table.c.id == item.id)
            .values(ended_at=at, ended_because=ending.value, ended_by=account, ended_reason=reason)
        )


def _attestation(row: Row[Any]) -> Attestation:
    fields = dict(row._mapping)
    kind = AttestationKind(row.kind)
    return Attestation(
        **{
            **{name: value for name, value in fields.items() if name != "number"},
            "kind": kind,
            "value": Verdict(row.value) if kind is AttestationKind.SELF else Grade(row.value),
            "evidence": of_rows(row.evidence),
            "shared_from": tuple(row.shared_from),
            "ended_because": Ending(row.ended_because) if row.ended_because else None,
        }
    )
