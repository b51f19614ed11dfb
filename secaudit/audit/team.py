"""The audit team, and independence: nobody audits what they own, or it is guarded and shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.audit.proofs import Proof, file_of, file_row
from secaudit.audit.vocabulary import CONCLUDING, ConflictKind, Role
from secaudit.audit.words import word
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.store.tables.audit import auditor as table
from secaudit.store.tables.audit import safeguard


@dataclass(frozen=True)
class NewAuditor:
    """Somebody to join the team. ``account`` is the one that they work with, if it is known."""

    name: str
    unit: str
    role: Role = Role.AUDITOR
    account: str = ""
    competence: str = ""
    certificate: Proof | None = None


@dataclass(frozen=True)
class Auditor:
    """A member of the team."""

    schema_version: ClassVar[int] = 1

    number: int
    engagement_id: str
    name: str
    unit: str
    role: Role
    account: str
    competence: str
    certificate: Proof | None
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_reason: str | None


@dataclass(frozen=True)
class Owned:
    """Something in the scope and who answers for it: a unit, a name or an account."""

    kind: ConflictKind
    object_id: str
    owner: str
    account: str = ""


@dataclass(frozen=True)
class Conflict:
    """An auditor who answers for something that the engagement looks at."""

    auditor: str
    kind: ConflictKind
    object_id: str
    owner: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What a safeguard covers: it holds for this owner, no later one."""
        return self.kind.value, self.object_id, self.owner


@dataclass(frozen=True)
class Safeguard:
    """What guards against conflicts, and who approved it. ``covers`` holds conflicts' keys."""

    number: int
    engagement_id: str
    auditor: str
    covers: frozenset[tuple[str, str, str]]
    safeguard: str
    approver: str
    document: Proof | None
    at: datetime
    account: str


def add(
    connection: Connection, engagement_id: str, new: NewAuditor, at: datetime, account: str
) -> Auditor:
    """Take somebody into the team. Raises InputError, RefusedError for a second lead or name."""
    if not new.name.strip() or not new.unit.strip():
        raise InputError("an auditor needs a name and the unit that they belong to")
    for member in members(connection, engagement_id):
        if same_person(member.name, new.name):
            raise RefusedError("{name} is in the team already", name=member.name)
        if new.role is Role.LEAD and member.role is Role.LEAD:
            raise RefusedError("{name} leads this audit already", name=member.name)
    connection.execute(
        insert(table).values(
            engagement_id=engagement_id,
            name=" ".join(new.name.split()),
            unit=" ".join(new.unit.split()),
            role=new.role.value,
            account=new.account.strip(),
            competence=new.competence.strip(),
            certificate=file_row(new.certificate),
            added_at=at,
            added_by=account,
        )
    )
    return member_of(members(connection, engagement_id), new.name)


def remove(
    connection: Connection, engagement_id: str, name: str, reason: str, at: datetime
) -> Auditor:
    """Let somebody leave the team; what they recorded stays."""
    if not reason.strip():
        raise InputError("a reason is needed to take somebody out of the team")
    found = member_of(members(connection, engagement_id), name)
    connection.execute(
        update(table)
        .where(table.c.number == found.number)
        .values(removed_at=at, removed_reason=reason.strip())
    )
    return found


def members(
    connection: Connection, engagement_id: str, *, removed: bool = False
) -> tuple[Auditor, ...]:
    """The team, the lead first; with ``removed`` those who left, too."""
    query = select(table).where(table.c.engagement_id == engagement_id).order_by(table.c.number)
    if not removed:
        query = query.where(table.c.removed_at.is_(None))
    found = [_auditor(row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda item: item.role is not Role.LEAD))


def member_of(team: Iterable[Auditor], name: str) -> Auditor:
    """The member of that name. Raises NotFoundError."""
    known = list(team)
    for member in known:
        if same_person(member.name, name):
            return member
    raise NotFoundError(
        "{name} is not in the audit team",
        hint="the team: {team}",
        name=name,
        team=", ".join(member.name for member in known) or "-",
    )


def who_acts(team: Iterable[Auditor], name: str | None, account: str) -> Auditor:
    """Whose word is recorded: the one named, else the member with this account.

    Raises RefusedError where the account is another member's, or where nobody is named and none
    has it; and for those who may not conclude.
    """
    known = list(team)
    mine = [item for item in known if item.account and same_account(item.account, account)]
    if name is None:
        if not mine:
            raise InputError(
                "whose word is it? no member of the team has your account, {account}",
                hint="add --by NAME",
                account=account,
            )
        found = mine[0]
    else:
        found = member_of(known, name)
        if found.account and not same_account(found.account, account):
            raise RefusedError(
                "{name} works as {theirs}, and you are {account}",
                hint="everybody records their own work",
                name=found.name,
                theirs=found.account,
                account=account,
            )
    if found.role not in CONCLUDING:
        raise RefusedError(
            "{name} is in the team as expert or in training, and concludes nothing",
            name=found.name,
        )
    return found


def conflicts(team: Iterable[Auditor], owned: Iterable[Owned]) -> tuple[Conflict, ...]:
    """Every member who answers for something in the scope: by name, by unit or by account."""
    everything = list(owned)
    found: dict[tuple[str, tuple[str, str, str]], Conflict] = {}
    for member in team:
        for item in everything:
            if _answers(member, item):
                conflict = Conflict(member.name, item.kind, item.object_id, item.owner)
                found[member.name, conflict.key] = conflict
    return tuple(found.values())


def guard(
    connection: Connection,
    engagement_id: str,
    found: Iterable[Conflict],
    *,
    auditor: str,
    text: str,
    approver: str,
    document: Proof | None,
    at: datetime,
    account: str,
) -> Safeguard:
    """Record a safeguard for the conflicts of one auditor, approved by another person."""
    if not text.strip() or not approver.strip():
        raise InputError("a safeguard needs to be described, and approved by a named person")
    member = member_of(members(connection, engagement_id), auditor)
    if same_person(approver, member.name):
        raise RefusedError(
            "{name} cannot approve the safeguard for their own conflict", name=member.name
        )
    if member.account and same_account(member.account, account):
        raise RefusedError(
            "{name} cannot record the safeguard for their own conflict",
            hint="another person records it, from their own account",
            name=member.name,
        )
    mine = [item for item in found if same_person(item.auditor, member.name)]
    if not mine:
        raise RefusedError("{name} has no conflict to guard against", name=member.name)
    connection.execute(
        insert(safeguard).values(
            engagement_id=engagement_id,
            auditor=member.name,
            conflicts=to_json([item.key for item in mine]),
            safeguard=text.strip(),
            approver=approver.strip(),
            document=file_row(document),
            at=at,
            account=account,
        )
    )
    return safeguards(connection, engagement_id)[-1]


def safeguards(connection: Connection, engagement_id: str) -> tuple[Safeguard, ...]:
    """Every safeguard of an engagement, oldest first."""
    query = (
        select(safeguard)
        .where(safeguard.c.engagement_id == engagement_id)
        .order_by(safeguard.c.number)
    )
    return tuple(
        Safeguard(
            number=row.number,
            engagement_id=row.engagement_id,
            auditor=row.auditor,
            covers=frozenset((kind, item, owner) for kind, item, owner in row.conflicts),
            safeguard=row.safeguard,
            approver=row.approver,
            document=file_of(row.document),
            at=row.at,
            account=row.account,
        )
        for row in connection.execute(query)
    )


def covering(conflict: Conflict, guards: Iterable[Safeguard]) -> Safeguard | None:
    """The safeguard that covers a conflict, the newest one."""
    fitting = [
        item
        for item in guards
        if same_person(item.auditor, conflict.auditor) and conflict.key in item.covers
    ]
    return fitting[-1] if fitting else None


def require_independence(found: Iterable[Conflict], guards: Iterable[Safeguard]) -> None:
    """Raise RefusedError that names a conflict without a safeguard."""
    known = tuple(guards)
    bare = [item for item in found if covering(item, known) is None]
    if bare:
        first = bare[0]
        raise RefusedError(
            "{name} is not independent: {why} {object} ({owner}); conflicts in all: {count}",
            hint="see: secaudit audit team check. Take another auditor, or record a safeguard that"
            " somebody else approves: secaudit audit team safeguard",
            name=first.auditor,
            why=word(first.kind),
            object=first.object_id,
            owner=first.owner,
            count=len(bare),
        )


def _answers(member: Auditor, item: Owned) -> bool:
    if item.owner.strip() and (
        same_person(item.owner, member.name) or same_person(item.owner, member.unit)
    ):
        return True
    return bool(member.account and item.account and same_account(member.account, item.account))


def _auditor(row: Row[Any]) -> Auditor:
    fields = dict(row._mapping)
    return Auditor(**{**fields, "role": Role(row.role), "certificate": file_of(row.certificate)})
