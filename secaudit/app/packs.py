"""Reports and packs as use cases: gather once, render or seal, and leave a row in the trail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reports.model import ReportData
from reports.pack.build import PackSummary, build_pack
from reports.pack.contents import EvidenceFile, PackContents
from secaudit.app import sealing
from secaudit.app.files import require_free, write_whole
from secaudit.app.finding_acting import expire
from secaudit.app.kept_evidence import Examined, examine_evidence
from secaudit.app.reporting.gather import gather
from secaudit.app.reporting.request import PackRequest
from secaudit.app.reporting.snapshot import snapshot_of
from secaudit.app.workspace import Actor, Workspace
from secaudit.core.chain import ChainFault
from secaudit.core.errors import NotFoundError, NothingScannedError, VerificationError
from secaudit.ledger import trail

__all__ = ["REPORT_FORMATS", "Built", "PackRequest", "build", "report_data", "write_report"]


@dataclass(frozen=True)
class Built:
    """A finished pack, and what holding the records against the evidence store came to."""

    summary: PackSummary
    examined: Examined


def report_data(workspace: Workspace, request: PackRequest) -> ReportData:
    """Gather what a report would show."""
    expire(workspace)
    snapshot = snapshot_of(workspace)
    with workspace.view() as connection:
        return gather(workspace, connection, request, snapshot)


def build(
    workspace: Workspace,
    request: PackRequest,
    target: Path,
    *,
    overwrite: bool = False,
    allow_empty: bool = False,
) -> Built:
    """Build a pack at ``target`` (a zip where its name ends so) and record it in the trail.

    Evidence that records refer to and the store does not hold is named in the manifest; whoever
    calls tells it as a fault.

    The trail's head inside the pack is the one of the same view that the data came from. Raises
    VerificationError when the trail is broken: no pack is sealed over a broken chain; and
    NothingScannedError for a period without any scan, unless ``allow_empty``.
    """
    workspace.require("pack.built")
    expire(workspace)
    snapshot = snapshot_of(workspace)
    with workspace.view() as connection:
        _require_whole(trail.verify(connection))
        data = gather(workspace, connection, request, snapshot)
        position, sealed = trail.head(connection)
        sealed_documents = sealing.documents_of(trail.entries(connection))
        _require_scans(data, allow_empty)
        examined = examine_evidence(workspace, connection)
    contents = PackContents(
        data=data,
        created_at=datetime.now(UTC).replace(microsecond=0),
        created_by=str(Actor.of_this_process()),
        trail_position=position,
        trail_hash=sealed,
        snapshot=snapshot,
        sealed=sealed_documents,
        lost=tuple(
            {
                "sha256": item.digest,
                "name": item.name,
                "objects": item.objects,
                "loss": item.loss.value,
            }
            for item in examined.lost
        ),
        evidence=_evidence_of(workspace),
    )
    summary = build_pack(contents, target, overwrite=overwrite)
    with workspace.change() as change:
        change.record(
            "pack.built",
            summary.identity,
            {
                "file": target.name,
                "sha256sums": summary.sums_sha256,
                "period": [data.period.first, data.period.last],
                "trail_position": position,
                "evidence_lost": examined.lost_count,
            },
        )
    return Built(summary, examined)


def _require_scans(data: ReportData, allow_empty: bool) -> None:
    if not data.scans and not allow_empty:
        raise NothingScannedError(
            "no scan from {first} to {last}: there would be nothing to show",
            hint="see what there is with: secaudit scan list; or ask for it with --allow-empty",
            first=data.period.first,
            last=data.period.last,
        )


def _require_whole(fault: ChainFault | None) -> None:
    if fault is not None:
        raise VerificationError(
            "the audit trail is broken: row {position} {reason}",
            hint="no pack is sealed over a broken trail; see: secaudit doctor --audit-trail",
            position=fault.position,
            reason=fault.reason,
        )


def _evidence_of(workspace: Workspace) -> Callable[[str], EvidenceFile | None]:
    def find(digest: str) -> EvidenceFile | None:
        try:
            content = workspace.evidence.get(digest)
            return EvidenceFile(content, workspace.evidence.media_type(digest))
        except NotFoundError:
            return None
        except VerificationError:
            # The builder sees that it is another content, and names it without taking it in.
            return EvidenceFile(workspace.evidence.path_of(digest).read_bytes(), "")

    return find


def _html(data: ReportData) -> bytes:
    from reports.html import render_html

    return render_html(data).encode("utf-8")


def _pdf(data: ReportData) -> bytes:
    from reports.pdf import render_pdf

    return render_pdf(data)


def _xlsx(data: ReportData) -> bytes:
    from reports.spreadsheet import render_xlsx

    return render_xlsx(data)


def _json(data: ReportData) -> bytes:
    from reports.results import results_json

    return results_json(data)


REPORT_FORMATS: Mapping[str, Callable[[ReportData], bytes]] = {
    "html": _html,
    "pdf": _pdf,
    "xlsx": _xlsx,
    "json": _json,
}


def write_report(
    workspace: Workspace,
    request: PackRequest,
    target: Path,
    format_: str,
    *,
    overwrite: bool = False,
    allow_empty: bool = False,
) -> ReportData:
    """Write one report to a file, whole or not at all.

    Raises RefusedError if it is there, and NothingScannedError for a period without any scan unless
    ``allow_empty``.
    """
    require_free(target, overwrite=overwrite)
    data = report_data(workspace, request)
    _require_scans(data, allow_empty)
    write_whole(target, REPORT_FORMATS[format_](data))
    return data
