"""Audit findings: raised, analysed, corrected, checked by somebody else, closed, reopened."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from secaudit.audit.finding import (
    AWAITS_WORK,
    UNSETTLED,
    Analysis,
    AuditFinding,
    FindingEvent,
    NewFinding,
    Word,
)
from secaudit.audit.proofs import Proof, of_rows, to_rows
from secaudit.audit.vocabulary import AuditGrade, FindingEventKind, FindingState
from secaudit.audit.words import word
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import finding as table
from secaudit.store.tables.audit import finding_event
from secaudit.text.language import N_

PREFIX = "AF"
_ANALYSE = N_("the cause of {finding} cannot be recorded: it is {state}")
_CORRECT = N_("{finding} cannot be recorded as corrected: it is {state}")
_CHECK = N_("the effect for {finding} cannot be checked: it is {state}")
_CLOSE = N_("{finding} cannot be closed: it is {state}")
_REOPEN = N_("{finding} cannot be reopened: it is {state}")
_TO_CORRECT = N_(
    "first its owner corrects it: secaudit audit nonconformity analyse {finding}, then correct"
)
_NEXT: Mapping[FindingState, str] = {
    FindingState.OPEN: _TO_CORRECT,
    FindingState.REOPENED: _TO_CORRECT,
    FindingState.CORRECTED: N_(
        "first another person checks the effect: secaudit audit nonconformity verify {finding}"
    ),
    FindingState.VERIFIED: N_(
        "it can be closed: secaudit audit nonconformity close {finding}; or reopened"
    ),
    FindingState.CLOSED: N_(
        "where the condition is back: secaudit audit nonconformity reopen {finding}"
    ),
}
"""What may be done next, by how a finding stands."""


def raise_finding(
    connection: Connection, new: NewFinding, at: datetime, account: str
) -> AuditFinding:
    """Record an audit finding.

    Raises InputError where title or condition are missing, or a nonconformity has no evidence.
    """
    if not new.title.strip() or not new.condition.strip():
        raise InputError("an audit finding needs a title and the condition that was found")
    if new.grade.nonconformity and not new.proofs:
        raise InputError(
            "a nonconformity rests on evidence, not on talk alone",
            hint="add --evidence FILE, --finding F-0001, --result CHECK SUBJECT, or --sample ID",
        )
    if new.repeats is not None:
        earlier = get(connection, new.repeats)
        if earlier.engagement_id == new.engagement_id:
            raise RefusedError(
                "{finding} is of the same audit: only one of an earlier audit can be repeated",
                finding=earlier.id,
            )
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            engagement_id=new.engagement_id,
            requirement=new.requirement,
            grade=new.grade.value,
            title=new.title.strip(),
            criterion=dict(new.criterion),
            condition=new.condition.strip(),
            cause=new.cause.strip(),
            effect=new.effect.strip(),
            correction="",
            action="",
            owner="",
            state=FindingState.OPEN.value,
            repeats=new.repeats,
            proofs=to_rows(new.proofs),
            raised_at=at,
            raised_by=new.person,
            account=account,
            done_proofs=[],
            checked_proofs=[],
        )
    )
    said = Word(new.person, account, at, at.date())
    _event(connection, identity, FindingEventKind.RAISED, None, FindingState.OPEN, said)
    return get(connection, identity)


def version_of(connection: Connection, finding_id: str) -> int:
    """How many things have happened to an audit finding: what an edit names as read."""
    query = (
        select(func.count())
        .select_from(finding_event)
        .where(finding_event.c.finding_id == finding_id)
    )
    return connection.execute(query).scalar_one()


def analyse(
    connection: Connection,
    finding_id: str,
    analysis: Analysis,
    said: Word,
    *,
    read: int,
    named: bool = False,
) -> AuditFinding:
    """Write down cause, effect, correction, corrective action, its owner and its last day.

    ``read`` is the version that was read: named by the person, or else the one that was there when
    the command began. Raises RefusedError where somebody analysed it since; and, without a named
    one, where another account did since this account's own last word.
    """
    found = get(connection, finding_id)
    _require_read(connection, found, said, read, named=named)
    _require(found, _ANALYSE, *AWAITS_WORK)
    values = {name: value for name, value in vars(analysis).items() if value is not None}
    if not values:
        raise InputError("there is nothing to set")
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip()
    _set(connection, finding_id, **values)
    _event(
        connection,
        finding_id,
        FindingEventKind.ANALYSED,
        found.state,
        found.state,
        said,
        details=values,
    )
    return get(connection, finding_id)


def correct(
    connection: Connection,
    finding_id: str,
    said: Word,
    *,
    since: date,
    note: str,
    proofs: tuple[Proof, ...],
) -> AuditFinding:
    """Record that correction and corrective action are done, with what proves it.

    ``since`` is the day on which the finding was raised, or came back. Raises RefusedError for an
    earlier one, and for a nonconformity whose cause, action, owner or last day is not known.
    """
    found = get(connection, finding_id)
    _require(found, _CORRECT, *AWAITS_WORK)
    _require_order(found, since, said.day)
    missing = [
        name
        for name, value in (
            ("cause", found.cause),
            ("correction", found.correction),
            ("action", found.action),
            ("owner", found.owner),
            ("due", found.due),
        )
        if not value
    ]
    if found.grade.nonconformity and missing:
        raise RefusedError(
            "{finding} cannot be corrected yet; still missing: {missing}",
            hint="record it with: secaudit audit nonconformity analyse {finding}",
            finding=found.id,
            missing=", ".join(missing),
        )
    if found.grade.nonconformity and not proofs:
        raise InputError("evidence is needed that the action was done", hint="--evidence FILE")
    if not note.strip():
        raise InputError("say what was done", hint="add --note TEXT")
    _set(
        connection,
        finding_id,
        state=FindingState.CORRECTED.value,
        done_on=said.day,
        done_by=said.person,
        done_account=said.account,
        done_proofs=to_rows(proofs),
        checked_on=None,
        checked_by=None,
        checked_account=None,
        checked_how=None,
        checked_proofs=[],
    )
    _event(
        connection,
        finding_id,
        FindingEventKind.CORRECTED,
        found.state,
        FindingState.CORRECTED,
        said,
        reason=note,
        details={"proofs": to_rows(proofs)},
    )
    return get(connection, finding_id)


def check(
    connection: Connection,
    finding_id: str,
    said: Word,
    *,
    effective: bool,
    how: str,
    proofs: tuple[Proof, ...],
) -> AuditFinding:
    """Record whether the action works; by another person than those who did or own it.

    Raises RefusedError for a day before the one on which the action was done.
    """
    found = get(connection, finding_id)
    _require(found, _CHECK, FindingState.CORRECTED)
    if found.done_on is not None:
        _require_order(found, found.done_on, said.day)
    if not how.strip():
        raise InputError("say how the effect was checked", hint="add --how TEXT")
    _require_another(found, said)
    to_state = FindingState.VERIFIED if effective else FindingState.REOPENED
    kind = FindingEventKind.VERIFIED if effective else FindingEventKind.NOT_EFFECTIVE
    if effective and found.grade.nonconformity and not proofs:
        raise InputError("evidence is needed that the action works", hint="--evidence FILE")
    _set(
        connection,
        finding_id,
        state=to_state.value,
        checked_on=said.day,
        checked_by=said.person,
        checked_account=said.account,
        checked_how=how.strip(),
        checked_proofs=to_rows(proofs),
    )
    details = {"proofs": to_rows(proofs)}
    _event(connection, finding_id, kind, found.state, to_state, said, reason=how, details=details)
    return get(connection, finding_id)


def close(connection: Connection, finding_id: str, said: Word, reason: str) -> AuditFinding:
    """Close a verified finding; an observation or opportunity also by a decision with a reason."""
    found = get(connection, finding_id)
    if found.grade.nonconformity:
        _require(found, _CLOSE, FindingState.VERIFIED)
        _require_another(found, said)
    else:
        _require(found, _CLOSE, *UNSETTLED)
        if found.state is not FindingState.VERIFIED and not reason.strip():
            raise InputError("a reason is needed to close what was not acted upon")
    _set(
        connection,
        finding_id,
        state=FindingState.CLOSED.value,
        closed_on=said.day,
        closed_by=said.person,
        closed_reason=reason.strip(),
    )
    _event(
        connection,
        finding_id,
        FindingEventKind.CLOSED,
        found.state,
        FindingState.CLOSED,
        said,
        reason=reason,
    )
    return get(connection, finding_id)


def reopen(connection: Connection, finding_id: str, said: Word, reason: str) -> AuditFinding:
    """Reopen a finding that was corrected, verified or closed, because it is there again."""
    if not reason.strip():
        raise InputError("a reason is needed to reopen an audit finding")
    found = get(connection, finding_id)
    _require(found, _REOPEN, FindingState.CORRECTED, FindingState.VERIFIED, FindingState.CLOSED)
    _set(
        connection,
        finding_id,
        state=FindingState.REOPENED.value,
        closed_on=None,
        closed_by=None,
        closed_reason=None,
    )
    _event(
        connection,
        finding_id,
        FindingEventKind.REOPENED,
        found.state,
        FindingState.REOPENED,
        said,
        reason=reason,
    )
    return get(connection, finding_id)


def get(connection: Connection, finding_id: str) -> AuditFinding:
    """Return one audit finding. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == finding_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no audit finding {finding}",
            hint="see them with: secaudit audit nonconformity list",
            finding=finding_id,
        )
    return _finding(row)


def list_all(
    connection: Connection,
    *,
    engagement: str | None = None,
    requirement: str | None = None,
    states: Collection[FindingState] = (),
) -> list[AuditFinding]:
    """Return the audit findings by their number, filtered."""
    query = select(table).order_by(table.c.number)
    if engagement is not None:
        query = query.where(table.c.engagement_id == engagement)
    if requirement is not None:
        query = query.where(table.c.requirement == requirement)
    if states:
        query = query.where(table.c.state.in_([state.value for state in states]))
    return [_finding(row) for row in connection.execute(query)]


def history(connection: Connection, finding_id: str) -> list[FindingEvent]:
    """Return what happened to an audit finding, oldest first."""
    query = (
        select(finding_event)
        .where(finding_event.c.finding_id == finding_id)
        .order_by(finding_event.c.number)
    )
    return [
        FindingEvent(
            at=row.at,
            kind=FindingEventKind(row.kind),
            from_state=None if row.from_state is None else FindingState(row.from_state),
            to_state=FindingState(row.to_state),
            person=row.person,
            account=row.account,
            reason=row.reason,
            details=row.details,
        )
        for row in connection.execute(query)
    ]


def _require(found: AuditFinding, refusal: str, *states: FindingState) -> None:
    if found.state not in states:
        raise RefusedError(
            refusal, hint=_NEXT[found.state], finding=found.id, state=word(found.state)
        )


def _require_read(
    connection: Connection, found: AuditFinding, said: Word, read: int, *, named: bool
) -> None:
    events = list(enumerate(history(connection, found.id), start=1))
    known = read
    if not named:
        mine = [
            number
            for number, event in events
            if number <= read and same_account(event.account, said.account)
        ]
        known = max(mine, default=1)
    if named and read > len(events):
        raise RefusedError(
            "{finding} has no version {version}: its last one is {last}",
            hint="read it again with: secaudit audit nonconformity show {finding}",
            finding=found.id,
            version=read,
            last=len(events),
        )
    for number, event in events:
        foreign = number > read or not same_account(event.account, said.account)
        if number > known and foreign and event.kind is FindingEventKind.ANALYSED:
            raise RefusedError(
                "{finding} was changed by {person} ({account}), in version {version}: {changes}",
                hint="read it again with: secaudit audit nonconformity show {finding}, and then use"
                " --version {last}",
                finding=found.id,
                person=event.person,
                account=event.account,
                version=number,
                changes="; ".join(f"{name}: {value}" for name, value in event.details.items()),
                last=len(events),
            )


def _require_order(found: AuditFinding, since: date, day: date) -> None:
    if day < since:
        raise RefusedError(
            "{day} is too early: {finding} has been {state} since {since}",
            hint="a finding is raised, then corrected, then checked; give the day on which it was",
            day=day,
            finding=found.id,
            state=word(found.state),
            since=since,
        )


def _require_another(found: AuditFinding, said: Word) -> None:
    doers = [name for name in (found.done_by, found.owner) if name]
    same = any(same_person(name, said.person) for name in doers)
    if same or (found.done_account and same_account(found.done_account, said.account)):
        raise RefusedError(
            "{person} ({account}) did or owns the action of {finding}, and cannot check it",
            hint="another person checks the effect, from their own account",
            person=said.person,
            account=said.account,
            finding=found.id,
        )


def _set(connection: Connection, finding_id: str, **values: Any) -> None:
    connection.execute(update(table).where(table.c.id == finding_id).values(**values))


def _event(
    connection: Connection,
    finding_id: str,
    kind: FindingEventKind,
    from_state: FindingState | None,
    to_state: FindingState,
    said: Word,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    connection.execute(
        insert(finding_event).values(
            finding_id=finding_id,
            at=said.at,
            kind=kind.value,
            from_state=None if from_state is None else from_state.value,
            to_state=to_state.value,
            person=said.person,
            account=said.account,
            reason=reason.strip(),
            details=to_json(details or {}),
        )
    )


def _finding(row: Row[Any]) -> AuditFinding:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    proofs = {name: of_rows(fields[name]) for name in ("proofs", "done_proofs", "checked_proofs")}
    states = {"grade": AuditGrade(row.grade), "state": FindingState(row.state)}
    return AuditFinding(**{**fields, **proofs, **states})
