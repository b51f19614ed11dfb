"""The ledger as the audit trail alone tells it, held against the tables.

Every row of the trail seals the events of findings and risks since the row before it
(:mod:`secaudit.app.sealing`). Replayed in order they give each finding's state and last day, each
risk's scores, and when all of it took effect. A table that says anything else was changed behind
the trail. What was there before rows sealed anything is not replayable, and is counted.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from secaudit.app import sealing
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import SecauditError
from secaudit.ledger import sealing as of_findings
from secaudit.ledger import trail
from secaudit.ledger.findings import EventKind
from secaudit.ledger.scans import ScanState
from secaudit.ledger.trail import TrailEntry
from secaudit.risk import sealing as of_risks
from secaudit.store.tables.scans import scan

Record = Mapping[str, Any]
ABSENT = "-"
_UNENDED = (ScanState.RUNNING.value, ScanState.INTERRUPTED.value)


@dataclass(frozen=True)
class Difference:
    """What the trail says of something, and what its table says; ``-`` where it knows nothing."""

    object: str
    what: str
    trail: str
    table: str


@dataclass
class Replay:
    """What the trail tells: findings and risks as they are, and every event by its number."""

    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    finding_events: dict[int, Record] = field(default_factory=dict)
    risks: dict[str, dict[str, Any]] = field(default_factory=dict)
    risk_events: dict[int, Record] = field(default_factory=dict)
    before: tuple[int, int] | None = None
    """The events of findings and risks up to these were there before rows sealed anything."""
    until: tuple[int, int] = (0, 0)
    faults: list[Difference] = field(default_factory=list)
    """Where the trail contradicts itself, or a document that it seals is not what it was."""


def replay(entries: Iterable[TrailEntry], get: Callable[[str], bytes]) -> Replay:
    """Replay a trail whose chain is whole. ``get`` returns a piece of evidence by its SHA-256."""
    told = Replay()
    for entry in entries:
        sealed = entry.details.get(sealing.KEY)
        if isinstance(sealed, Mapping) and "sha256" in sealed:
            _take(told, entry.position, sealed, get)
    return told


def _take(told: Replay, position: int, sealed: Record, get: Callable[[str], bytes]) -> None:
    row = f"#{position}"
    after, until = tuple(sealed["after"]), tuple(sealed["until"])
    if told.before is None:
        told.before = (after[0], after[1])
    elif after != told.until:
        told.faults.append(Difference(row, "after", str(told.until), str(after)))
    told.until = (until[0], until[1])
    try:
        content = (
            canonical_json(sealed["document"])
            if "document" in sealed
            else get(str(sealed["sha256"]))
        )
    except SecauditError as error:
        told.faults.append(Difference(row, "sha256", sealed["sha256"], str(error)))
        return
    if sha256_hex(content) != sealed["sha256"]:
        told.faults.append(Difference(row, "sha256", sealed["sha256"], sha256_hex(content)))
        return
    document = json.loads(content)
    for event in document["finding_events"]:
        told.finding_events[event["number"]] = event
        known = told.findings.get(event["finding_id"])
        if known is not None and known["state"] != event["from_state"]:
            told.faults.append(
                Difference(event["finding_id"], "state", known["state"], event["from_state"])
            )
        told.findings.setdefault(event["finding_id"], {})["state"] = event["to_state"]
    for values in document["findings"]:
        known = told.findings[values["id"]]
        if "id" in known:
            told.faults += _unexplained(known, values, document["finding_events"])
        state = known["state"]
        if values["state"] != state:
            told.faults.append(Difference(values["id"], "state", state, values["state"]))
        told.findings[values["id"]] = {**values, "state": state}
    for event in document["risk_events"]:
        told.risk_events[event["number"]] = event
    for values in document["risks"]:
        told.risks[values["id"]] = dict(values)


_EXPLAINED_BY = {
    "check_id": (EventKind.RENAMED,),
    "subject": (),
    "severity": (EventKind.SEVERITY_CHANGED,),
    "due": (
        *(EventKind.REOPENED, EventKind.SEVERITY_CHANGED, EventKind.PAUSED, EventKind.PAUSE_ENDED),
        *(EventKind.DUE_CHANGED, EventKind.ACCEPTANCE_EXPIRED),
    ),
    "opened_at": (EventKind.REOPENED,),
    "verified_at": (EventKind.VERIFIED,),
}
"""What happened to a finding where such a field of it is another than before."""


def _unexplained(known: Record, values: Record, events: Iterable[Record]) -> Iterator[Difference]:
    """What a row seals as changed, although nothing happened that changes it."""
    mine = {event["kind"] for event in events if event["finding_id"] == values["id"]}
    for name, kinds in _EXPLAINED_BY.items():
        if known[name] != values[name] and not mine.intersection(kinds):
            yield Difference(values["id"], name, _said(known[name]), _said(values[name]))
    before, now = of_findings.owner_told(known), of_findings.owner_told(values)
    if before != now and EventKind.ASSIGNED not in mine:
        yield Difference(values["id"], "owner", _said(before), _said(now))


@dataclass(frozen=True)
class Held:
    """The tables held against a replay."""

    findings: int
    risks: int
    not_replayable: int
    """Events that were there before rows sealed anything, or that no row tells anything of yet."""
    waiting: int
    """Events of scans that have not ended: the next row of the trail seals them."""
    differences: tuple[Difference, ...]


def hold(connection: Connection, get: Callable[[str], bytes]) -> Held:
    """Replay the trail, and say each difference to the tables."""
    told = replay(trail.entries(connection), get)
    marks = sealing.marks_of(connection)
    before = marks if told.before is None else told.before
    faults = list(told.faults)
    if told.before is not None and marks != told.until:
        faults.append(Difference("trail_seal", "until", str(told.until), str(marks)))
    newest = (of_findings.newest_event(connection), of_risks.newest_event(connection))
    events = of_findings.events_between(connection, before[0], newest[0])
    waiting = _waiting(connection, events, told)
    faults += _events(
        (event for event in events if event["number"] not in waiting),
        told.finding_events,
        "finding_id",
    )
    risk_events = of_risks.events_between(connection, before[1], newest[1])
    faults += _events(risk_events, told.risk_events, "risk_id")
    moving = set(waiting.values())
    faults += _values(
        (_finding(values) for values in of_findings.findings_as_stored(connection)),
        {key: _finding(values) for key, values in told.findings.items() if "id" in values},
        moving,
        whole=not before[0],
    )
    faults += _values(of_risks.risks_as_stored(connection), told.risks, set(), whole=not before[1])
    return Held(len(told.findings), len(told.risks), sum(before), len(waiting), tuple(faults))


def _finding(values: Record) -> dict[str, Any]:
    """A finding without the owner that only follows its asset."""
    told = {**values, "owner": of_findings.owner_told(values)}
    del told["owner_assigned"]
    return told


def _waiting(connection: Connection, events: Iterable[Record], told: Replay) -> dict[int, str]:
    """Events after the last seal of scans that have not ended, with their findings."""
    late = [event for event in events if event["number"] > told.until[0] and event["scan_id"]]
    if not late:
        return {}
    unended = select(scan.c.id).where(scan.c.state.in_(_UNENDED))
    running = set(connection.execute(unended).scalars())
    return {event["number"]: event["finding_id"] for event in late if event["scan_id"] in running}


def _events(rows: Iterable[Record], told: Mapping[int, Record], name: str) -> Iterator[Difference]:
    left = dict(told)
    for row in rows:
        sealed = left.pop(row["number"], None)
        about = f"{row[name]} #{row['number']}"
        if sealed is None:
            yield Difference(about, "event", ABSENT, str(row["kind"]))
            continue
        for key, value in row.items():
            if sealed.get(key) != value:
                yield Difference(about, key, _said(sealed.get(key)), _said(value))
    for number, sealed in sorted(left.items()):
        yield Difference(f"{sealed[name]} #{number}", "event", str(sealed["kind"]), ABSENT)


def _values(
    rows: Iterable[Record], told: Mapping[str, Record], moving: set[str], *, whole: bool
) -> Iterator[Difference]:
    """``whole``: the trail tells of everything from the beginning."""
    left = dict(told)
    for row in rows:
        sealed = left.pop(row["id"], None)
        if row["id"] in moving:
            continue
        if sealed is None:
            if whole:
                yield Difference(row["id"], "id", ABSENT, row["id"])
            continue
        for key, value in row.items():
            if sealed.get(key) != value:
                yield Difference(row["id"], key, _said(sealed.get(key)), _said(value))
    for identity in left:
        yield Difference(identity, "id", identity, ABSENT)


def _said(value: Any) -> str:
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else canonical_json(value).decode("utf-8")
