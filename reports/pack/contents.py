"""What goes into a pack, and the manifest that describes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reports.facts import identity_of
from reports.model import ReportData
from secaudit.core.canonical import to_json

SCHEMA_VERSION = 1
TIME_FIELDS = ("created_at", "created_by", "audit_trail")
"""The fields of the manifest that two packs of the same content may differ in."""


@dataclass(frozen=True)
class EvidenceFile:
    """Raw evidence as it was stored."""

    content: bytes
    media_type: str


def no_evidence(_digest: str) -> EvidenceFile | None:
    """Have no evidence at all."""
    return None


@dataclass(frozen=True)
class PackContents:
    """A report's data with all that proves it."""

    data: ReportData
    created_at: datetime
    created_by: str
    trail_position: int
    trail_hash: str
    snapshot: Mapping[str, bytes] = field(default_factory=dict)
    """The content that was judged by, such as ``catalogues/a.yaml`` (the builder makes each part
    of a name safe)."""
    lost: tuple[Mapping[str, Any], ...] = ()
    """Evidence that any record refers to and the store does not hold as it was kept: ``sha256``,
    ``name``, ``objects`` and ``loss``."""
    sealed: tuple[str, ...] = ()
    """Hashes of the documents that rows of the trail seal: what happened to findings and risks."""
    evidence: Callable[[str], EvidenceFile | None] = no_evidence
    """Finds raw evidence by its SHA-256; None for what the store does not have."""


def cited_evidence(data: ReportData) -> tuple[str, ...]:
    """Hashes of the evidence that a report cites: letters and findings first, then passes."""
    cited: dict[str, None] = {}
    for letter in data.authorisations:
        if letter.document_sha256:
            cited[letter.document_sha256] = None
    for finding in data.findings:
        cited.update(dict.fromkeys(finding.evidence))
    for result in data.results:
        cited.update(dict.fromkeys(result.evidence))
    return tuple(cited)


@dataclass(frozen=True)
class Written:
    """A file that lies in the pack."""

    path: str
    sha256: str
    size: int


def manifest_of(
    contents: PackContents, files: tuple[Written, ...], omitted: Mapping[str, str]
) -> dict[str, Any]:
    """Describe a pack. ``omitted`` names cited evidence that is not inside, and why."""
    data = contents.data
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "secaudit-pack",
        "identity": identity_of(data),
        "tool": {"name": "secaudit", "version": data.tool_version},
        "organisation": data.organisation,
        "unit": data.unit,
        "language": data.language,
        "sample": data.sample,
        "period": {
            "first": data.period.first.isoformat(),
            "last": data.period.last.isoformat(),
            "timezone": data.timezone,
        },
        "scope": to_json(data.scope),
        "authorisations": [
            {"number": item.number, "document_sha256": item.document_sha256}
            for item in data.authorisations
        ],
        "scans": [scan.id for scan in data.scans],
        "counts": {
            "assets": len(data.assets),
            "findings": len(data.findings),
            "results": len(data.results),
            "scans": len(data.scans),
        },
        "content": to_json(data.content),
        "created_at": to_json(contents.created_at),
        "created_by": contents.created_by,
        "audit_trail": {"position": contents.trail_position, "hash": contents.trail_hash},
        "time_fields": list(TIME_FIELDS),
        "evidence_omitted": [
            {"sha256": digest, "reason": reason} for digest, reason in sorted(omitted.items())
        ],
        "evidence_lost": to_json(contents.lost),
        "files": to_json(files),
    }
