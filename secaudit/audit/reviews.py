"""Management reviews that were held: their minutes, what they looked at, what they decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.audit.proofs import Proof, of_rows, to_rows
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import review as table
from secaudit.store.tables.audit import review_action

PREFIX = "MR"
ACTION_PREFIX = "MA"


@dataclass(frozen=True)
class NewAction:
    """Something that a review decided."""

    action: str
    owner: str
    due: date


@dataclass(frozen=True)
class ReviewAction:
    """A decision of a review, and what became of it."""

    schema_version: ClassVar[int] = 1

    id: str
    review_id: str
    action: str
    owner: str
    due: date
    done_on: date | None
    done_note: str | None
    done_proofs: tuple[Proof, ...]
    done_by: str | None

    def overdue(self, today: date) -> bool:
        """Tell whether it should have been done by now."""
        return self.done_on is None and self.due < today


@dataclass(frozen=True)
class Review:
    """One management review. ``inputs_sha256`` names the checklist that it had before it."""

    schema_version: ClassVar[int] = 1

    id: str
    held_on: date
    chair: str
    note: str
    minutes: tuple[Proof, ...]
    inputs_sha256: str
    recorded_at: datetime
    recorded_by: str
    actions: tuple[ReviewAction, ...]


def record(
    connection: Connection,
    *,
    held_on: date,
    chair: str,
    note: str,
    minutes: Sequence[Proof],
    inputs_sha256: str,
    actions: Sequence[NewAction],
    at: datetime,
    account: str,
) -> Review:
    """Record a review that was held.

    Raises InputError without chair or minutes, and for a decision that was due before it.
    """
    if not chair.strip():
        raise InputError("a management review needs the name of who held it")
    if not minutes:
        raise InputError("evidence is needed: the minutes of the review")
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            held_on=held_on,
            chair=chair.strip(),
            note=note.strip(),
            minutes=to_rows(minutes),
            inputs_sha256=inputs_sha256,
            recorded_at=at,
            recorded_by=account,
        )
    )
    for item in actions:
        if not item.action.strip() or not item.owner.strip():
            raise InputError("a decision needs what is to be done, and who does it")
        if item.due < held_on:
            raise InputError(
                "{day} is before the review on {held}: a decision is for a day to come",
                day=item.due,
                held=held_on,
            )
        action_number = next_number(connection, review_action)
        connection.execute(
            insert(review_action).values(
                id=human_id(ACTION_PREFIX, action_number),
                number=action_number,
                review_id=identity,
                action=item.action.strip(),
                owner=item.owner.strip(),
                due=item.due,
                done_proofs=[],
            )
        )
    return get(connection, identity)


def action_done(
    connection: Connection,
    action_id: str,
    *,
    on: date,
    note: str,
    proofs: Sequence[Proof],
    account: str,
) -> ReviewAction:
    """Record that a decision was carried out. Raises NotFoundError, RefusedError."""
    row = connection.execute(select(review_action).where(review_action.c.id == action_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no decision {action} of a management review",
            hint="see them with: secaudit audit review list",
            action=action_id,
        )
    if row.done_on is not None:
        raise RefusedError("{action} was done on {day} already", action=row.id, day=row.done_on)
    held_on = get(connection, row.review_id).held_on
    if on < held_on:
        raise InputError(
            "{day} is before the review that decided it, on {held}", day=on, held=held_on
        )
    if not note.strip():
        raise InputError("say what was done", hint="add --note TEXT")
    connection.execute(
        update(review_action)
        .where(review_action.c.id == action_id)
        .values(done_on=on, done_note=note.strip(), done_proofs=to_rows(proofs), done_by=account)
    )
    changed = connection.execute(select(review_action).where(review_action.c.id == action_id))
    return _action(changed.one())


def get(connection: Connection, review_id: str) -> Review:
    """Return one review. Raises NotFoundError."""
    for item in list_all(connection):
        if item.id == review_id:
            return item
    raise NotFoundError(
        "there is no management review {review}",
        hint="see them with: secaudit audit review list",
        review=review_id,
    )


def list_all(connection: Connection) -> list[Review]:
    """Return every review by the day on which it was held, with its decisions."""
    actions: dict[str, list[ReviewAction]] = {}
    for row in connection.execute(select(review_action).order_by(review_action.c.number)):
        actions.setdefault(row.review_id, []).append(_action(row))
    query = select(table).order_by(table.c.held_on, table.c.number)
    return [
        Review(
            id=row.id,
            held_on=row.held_on,
            chair=row.chair,
            note=row.note,
            minutes=of_rows(row.minutes),
            inputs_sha256=row.inputs_sha256,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            actions=tuple(actions.get(row.id, ())),
        )
        for row in connection.execute(query)
    ]


def _action(row: Row[Any]) -> ReviewAction:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return ReviewAction(**{**fields, "done_proofs": of_rows(row.done_proofs)})
