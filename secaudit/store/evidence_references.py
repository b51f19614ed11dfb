"""Every hash of the evidence store that a table keeps, and who refers to it.

A new column that keeps such a hash gets its line here; one with JSON or 64 characters that keeps
none is named in :data:`WITHOUT_EVIDENCE`. A contract test holds both against the tables.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    select,
    type_coerce,
)

from secaudit.store.tables import (
    assurance,
    audit,
    conformity,
    ledger,
    people,
    registry,
    remediation,
    risk,
    scans,
    trail,
)

_HASH = re.compile(r"[0-9a-f]{64}")
_HASH_KEYS = frozenset(
    {
        *("sha256", "proof", "document", "beside", "record"),
        *("proof_sha256", "document_sha256", "record_sha256", "content_sha256", "pdf_sha256"),
        *("population_sha256", "inputs_sha256"),
    }
)
"""The keys under which JSON values keep hashes of evidence."""
_NAME_KEYS = ("name", "reference", "document_name", "file", "id")
"""Under which a file's name is kept beside its hash; a treatment of a risk has its id alone."""
_FACTS = frozenset({"facts", "signers"})
"""What was known of a thing: fingerprints in it are none of the store."""
_SEALED = "sealed"
"""Events that a row of the trail seals: a document in the row itself, else one of the store."""
NOT_KEPT = frozenset({"asset.import", "check.import_ct_logs"})
"""Acts whose row in the trail names the hash of a file that is not kept as evidence."""

_AT_ONCE = 10_000

_Found = Iterator[tuple[str, str]]
"""Hashes, each with the name of its file, empty where none is noted."""


class Reference(NamedTuple):
    """One hash, and who keeps it."""

    digest: str
    table: str
    by: tuple[Any, ...]
    name: str
    """The file's name; empty where none is noted."""

    @property
    def object(self) -> str:
        """The id of what refers to it; for results and hosts of scans what it is about."""
        return " ".join(map(str, self.by))

    @property
    def of_scan(self) -> bool:
        """Whether a scan made it, and not a person."""
        return self.table in SCANNED


def _single(value: Any) -> _Found:
    if value:
        yield value, ""


def _listed(value: Any) -> _Found:
    for digest in value or ():
        yield digest, ""


def _inside(value: Any) -> _Found:
    """The hashes under the known keys, wherever they are."""
    if isinstance(value, Mapping):
        name = next((str(value[key]) for key in _NAME_KEYS if value.get(key)), "")
        for key, item in value.items():
            if key in _FACTS or (key == _SEALED and "document" in item):
                continue
            if key in _HASH_KEYS:
                for digest in (item,) if isinstance(item, str) else item or ():
                    if isinstance(digest, str) and _HASH.fullmatch(digest):
                        yield digest, name
            if isinstance(item, Mapping | list):
                yield from _inside(item)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(item)


def _observed(value: Any) -> _Found:
    for observation in value:
        yield from _listed(observation["evidence"])


class Place(NamedTuple):
    """A column that keeps hashes, how they are read, and the columns that name who refers."""

    column: Column[Any]
    read: Callable[[Any], _Found]
    named: tuple[Column[Any], ...]
    file: Column[Any] | None = None
    """The column with the name of the file."""
    joined: ColumnElement[bool] | None = None
    """How the tables of ``named`` belong together, where these are of another one."""


def _place(
    table: Table,
    column: str,
    read: Callable[[Any], _Found],
    *named: str,
) -> Place:
    return Place(table.c[column], read, tuple(table.c[name] for name in named or ("id",)))


def _approved(column: str, read: Callable[[Any], _Found]) -> Place:
    """Of an approval, referred to by what was approved."""
    table, objects = people.approval, people.approval_object
    joined = objects.c.approval_number == table.c.number
    return Place(table.c[column], read, (objects.c.object_id,), table.c.document_name, joined)


PLACES: tuple[Place, ...] = (
    _place(registry.authorisation, "document_sha256", _single, "number"),
    _place(registry.authorisation, "record", _inside, "number"),
    _place(registry.asset, "proof_sha256", _single),
    _place(people.person_role, "document_sha256", _single, "person_id", "role"),
    _approved("document_sha256", _single),
    _approved("signature", _inside),
    Place(
        remediation.attachment.c.sha256,
        _single,
        (remediation.attachment.c.object_id,),
        remediation.attachment.c.name,
    ),
    _place(remediation.plan_event, "details", _inside, "plan_id"),
    _place(ledger.acceptance, "proof_sha256", _single, "finding_id"),
    _place(ledger.finding_event, "details", _inside, "finding_id"),
    _place(assurance.attestation, "evidence", _inside, "requirement", "id"),
    _place(assurance.statement, "document", _inside),
    _place(assurance.statement_line, "evidence", _inside, "requirement", "statement_id"),
    _place(assurance.programme_stage, "evidence", _inside, "stage", "programme_id"),
    _place(assurance.performance, "evidence", _inside, "obligation", "id"),
    _place(conformity.conformity_report, "content_sha256", _single),
    _place(conformity.conformity_report, "pdf_sha256", _single),
    _place(conformity.conformity_report, "document", _inside),
    _place(conformity.conformity_step, "document", _inside, "report_id", "step"),
    _place(risk.risk, "content", _inside),
    _place(risk.risk_event, "content", _inside, "risk_id"),
    _place(risk.risk_event, "details", _inside, "risk_id"),
    _place(audit.programme, "document", _inside),
    _place(audit.engagement, "letter_document", _inside),
    _place(audit.engagement, "document", _inside),
    _place(audit.engagement, "record_sha256", _single),
    _place(audit.auditor, "certificate", _inside, "engagement_id", "name"),
    _place(audit.safeguard, "document", _inside, "engagement_id", "auditor"),
    _place(audit.test, "proofs", _inside),
    _place(audit.sample, "population_sha256", _single),
    _place(audit.finding, "proofs", _inside),
    _place(audit.finding, "done_proofs", _inside),
    _place(audit.finding, "checked_proofs", _inside),
    _place(audit.finding_event, "details", _inside, "finding_id"),
    _place(audit.review, "minutes", _inside),
    _place(audit.review, "inputs_sha256", _single),
    _place(audit.review_action, "done_proofs", _inside),
    _place(ledger.finding, "evidence", _listed),
    _place(scans.result_interval, "evidence", _listed, "check_id", "subject"),
    _place(scans.scan_host, "observations", _observed, "scan_id", "address"),
    _place(trail.audit_trail, "details", _inside, "action", "object_id"),
)
"""Where hashes of evidence are kept; what stands comes before the history of it."""
SCANNED = frozenset({"finding", "result_interval", "scan_host"})
"""The tables whose evidence is what scans saw."""
WITHOUT_EVIDENCE: Mapping[str, Collection[str]] = {
    "asset": ("addresses", "hostnames", "tags"),
    "attestation": ("shared_from",),
    "audit_criterion": ("citation", "title", "facts"),
    "audit_engagement": ("criteria", "scope", "excluded"),
    "audit_finding": ("criterion",),
    "audit_safeguard": ("conflicts",),
    "audit_sample": ("filters", "drawn"),
    "audit_step": ("questions",),
    "audit_trail": ("previous", "hash"),
    "conformity_report": ("frameworks", "trail_hash"),
    "finding": ("details",),
    "notice": ("kinds",),
    "resolution": ("answers",),
    "result_interval": ("details",),
    "risk_scale": ("digest", "content"),
    "scan": ("request",),
    "schedule": ("options",),
    "statement_line": ("inclusions",),
}
"""Columns that could keep such a hash by their type, and keep none."""


def evidence_references(
    connection: Connection, tables: Collection[str] | None = None
) -> Iterator[Reference]:
    """Every hash that a table keeps, as a stream; of these tables alone where they are named.

    The same hash comes as often as it is referred to.
    """
    for place in PLACES:
        if tables is None or place.column.table.name in tables:
            yield from _references(connection, place)


def _references(connection: Connection, place: Place) -> Iterator[Reference]:
    name = place.column.table.name
    structured = isinstance(place.column.type, JSON)
    # As text: what holds no hash is not worth reading, and most of a trail holds none.
    value = type_coerce(place.column, String) if structured else place.column
    files = () if place.file is None else (place.file,)
    query = select(value, *place.named, *files).where(place.column.is_not(None))
    if place.joined is not None:
        query = query.where(place.joined)
    last = len(place.named) + 1
    for row in _rows(connection, query):
        if place.read is _listed:
            # By far the most: a list holds hashes alone.
            for digest in _HASH.findall(row[0]):
                yield Reference(digest, name, row[1:last], "")
            continue
        if structured and _HASH.search(row[0]) is None:
            continue
        if name == trail.audit_trail.name and row[1] in NOT_KEPT:
            continue
        for digest, file in place.read(json.loads(row[0]) if structured else row[0]):
            yield Reference(digest, name, row[1:last], file or (row[-1] if files else ""))


def _rows(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows as the database has them: to make a million of them ours takes ten times as long."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(str(query.compile(connection)))
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows
    finally:
        cursor.close()
