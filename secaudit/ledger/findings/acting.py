"""What every decision needs: the findings it is about, each in a state that allows it, at once.

One statement for many findings, so that a decision about thousands takes a moment.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.model import EventKind, Finding
from secaudit.ledger.findings.query import finding_of, get
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import finding as table
from secaudit.text.language import N_
from secaudit.text.words import word

SAME_PERSON_HINT = N_("a second person has to look at it: name someone else")
_WHY_NOT = {
    FindingState.CLAIMED_FIXED: N_("its repair was claimed: a new scan verifies it, or reopens it"),
    FindingState.VERIFIED: N_("a scan saw that it is repaired: there is nothing left to do"),
    FindingState.ACCEPTED: N_(
        "it is accepted until a set day; see secaudit finding show {finding}"
    ),
    FindingState.FALSE_POSITIVE: N_("two persons agreed that it is a false positive"),
    FindingState.RETIRED: N_("its asset or its service was taken out of use"),
    FindingState.WITHDRAWN: N_("its check is no longer made"),
}


def chosen(
    connection: Connection,
    ids: Sequence[str],
    allowed: Collection[FindingState] = frozenset(FindingState),
) -> list[Finding]:
    """The findings, each once, in the order given.

    Raises NotFoundError for an unknown id, and RefusedError when one is in no allowed state.
    """
    wanted = list(dict.fromkeys(ids))
    known = {
        row.id: finding_of(row)
        for chunk in chunks(wanted)
        for row in connection.execute(select(table).where(table.c.id.in_(chunk)))
    }
    for identity in wanted:
        if identity not in known:
            get(connection, identity)
        if known[identity].state not in allowed:
            raise RefusedError(
                "{finding} is {state}: this cannot be done with it now",
                hint=_WHY_NOT.get(known[identity].state, ""),
                finding=identity,
                state=word(known[identity].state),
            )
    return [known[identity] for identity in wanted]


def write_down(
    connection: Connection,
    items: Sequence[Finding],
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    state: FindingState | None = None,
    reason: str = "",
    details: Mapping[str, Any] | Callable[[Finding], Mapping[str, Any]] | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Move findings to ``state`` (None: they stay), set ``values``, and leave an event on each."""
    changed = dict(values or {})
    if state is not None:
        changed["state"] = state.value
    if changed:
        for chunk in chunks([item.id for item in items]):
            connection.execute(update(table).where(table.c.id.in_(chunk)).values(**changed))
    add_events(
        connection,
        [
            event_row(
                item.id,
                at,
                kind,
                (item.state, state or item.state),
                actor=actor,
                reason=reason,
                details=details(item) if callable(details) else details,
            )
            for item in items
        ],
    )


def needed(text: str, what: str) -> str:
    """The text without blanks around it. Raises InputError where nothing is left."""
    if not text.strip():
        raise InputError("the {what} is empty", what=what)
    return text.strip()


def comment(
    connection: Connection, ids: Sequence[str], *, text: str, at: datetime, actor: str
) -> None:
    """Leave a remark on findings, whatever state they are in."""
    items = chosen(connection, ids)
    write_down(
        connection, items, EventKind.COMMENTED, at=at, actor=actor, reason=needed(text, "comment")
    )


def attached(
    connection: Connection,
    ids: Sequence[str],
    *,
    name: str,
    sha256: str,
    note: str,
    at: datetime,
    actor: str,
) -> None:
    """Note on findings that a file was put beside them."""
    write_down(
        connection, chosen(connection, ids), EventKind.ATTACHED, at=at, actor=actor, reason=note,
        details={"name": name, "sha256": sha256},
    )  # fmt: skip
