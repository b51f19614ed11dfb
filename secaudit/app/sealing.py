"""Each row of the audit trail seals the events of findings and risks since the row before it.

So that the trail alone says how every finding and risk came to be what it is: see
:mod:`secaudit.app.doctor.replay`. A scan writes its hosts one by one and ends with one row, which
seals them all. Where there are many, the row has the SHA-256 of a document in the evidence store.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from secaudit.core.canonical import canonical_bytes, sha256_hex
from secaudit.ledger import sealing as of_findings
from secaudit.ledger.trail import TrailEntry
from secaudit.risk import sealing as of_risks
from secaudit.store.tables.trail import trail_seal

Put = Callable[[bytes, str], str]
"""Keeps a piece of evidence with its media type and returns its SHA-256."""

KEY = "sealed"
"""Where a row's details hold the seal."""
INSIDE = 20
"""So many events stand in the row itself; more lie in the evidence store."""
MEDIA_TYPE = "application/json"


def seal(connection: Connection, at: datetime, put: Put) -> dict[str, Any] | None:
    """Seal what happened since the last seal; None where nothing did.

    What neither this change at ``at`` nor a scan has written is left out, and is found by a replay.
    """
    marks = marks_of(connection)
    newest = (of_findings.newest_event(connection), of_risks.newest_event(connection))
    if marks == newest:
        return None
    events = of_findings.events_between(connection, marks[0], newest[0], at)
    risk_events = of_risks.events_between(connection, marks[1], newest[1], at)
    touched = {event["finding_id"] for event in events}
    document = {
        "schema_version": 1,
        "finding_events": events,
        "findings": of_findings.findings_as_stored(connection, touched),
        "risk_events": risk_events,
        "risks": of_risks.risks_after(connection, marks[1], newest[1], at),
    }
    content = canonical_bytes(document)
    sealed: dict[str, Any] = {
        "after": list(marks),
        "until": list(newest),
        "findings": len(touched),
        "events": len(events) + len(risk_events),
        "sha256": sha256_hex(content),
    }
    if sealed["events"] <= INSIDE:
        sealed["document"] = document
    else:
        put(content, MEDIA_TYPE)
    connection.execute(delete(trail_seal))
    connection.execute(
        insert(trail_seal).values(number=1, finding_event=newest[0], risk_event=newest[1])
    )
    return sealed


def documents_of(entries: Iterable[TrailEntry]) -> tuple[str, ...]:
    """The hashes of the documents that lie in the evidence store, in the order of their rows."""
    found = (entry.details.get(KEY) for entry in entries)
    return tuple(
        str(sealed["sha256"])
        for sealed in found
        if isinstance(sealed, Mapping) and "document" not in sealed and "sha256" in sealed
    )


def marks_of(connection: Connection) -> tuple[int, int]:
    """Up to which event of findings and of risks the trail has sealed them."""
    row = connection.execute(
        select(trail_seal.c.finding_event, trail_seal.c.risk_event).limit(1)
    ).first()
    return (0, 0) if row is None else (row.finding_event, row.risk_event)
