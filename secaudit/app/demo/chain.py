"""The whole chain over the sample city: authorise, scan, judge, repair, verify, weigh, prove.

Nothing leaves this machine. What the demo does is done by the same use cases that a city uses, so
its workspace can be explored afterwards with every command.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanners.engine import SILENT, ScanObserver
from secaudit.app import findings as remediation
from secaudit.app.demo.people import register_people
from secaudit.app.demo.servers import NETWORK, REPAIRABLE, ZONE, DemoCity
from secaudit.app.finding_choice import FindingQuery
from secaudit.app.finding_views import list_findings
from secaudit.app.packs import PackRequest, build
from secaudit.app.plans import plan
from secaudit.app.risks import propose_risks
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.scanning.run import ScanReport, run_scan
from secaudit.app.scopes import add_scope
from secaudit.app.setup import init_workspace
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InternalError, RefusedError
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, ZoneKind
from secaudit.ledger.plans import NewPlan
from secaudit.registry import assets
from secaudit.registry.asset import NOT_NUMBERED, Asset
from secaudit.registry.authorisation_files import AuthorisationFile
from secaudit.text.language import current_language, gettext, ngettext

MARKER = ".secaudit-demo"
"""Tells a folder that a demo made, and may replace, from a city's own."""
ORGANISATION = "Pemerintah Kota Contoh"
LETTER = "094/001-CONTOH/2026"


@dataclass(frozen=True)
class DemoOutcome:
    """What the demo left behind."""

    workspace: Workspace
    first: ScanReport
    second: ScanReport
    pack: Path


def run_demo(
    folder: Path, tell: Callable[[str], None], observer: ScanObserver = SILENT
) -> DemoOutcome:
    """Run the chain in ``folder``. Raises RefusedError where the folder is not a demo's own."""
    _clear(folder)
    workspace = _workspace(folder)
    register_people(workspace)
    tell(gettext("1. Workspace of a sample city: {folder}").format(folder=folder))
    with DemoCity() as city:
        (folder / workspace.settings.trust_roots / "kota-contoh.pem").write_bytes(city.ca_pem)
        _authorise(workspace)
        tell(
            gettext("2. Authorisation {number} permits {network}, and nothing else").format(
                number=LETTER, network=NETWORK
            )
        )
        _import_assets(workspace, city)
        tell(gettext("3. {count} assets with their owners").format(count=len(city.inventory)))
        request = _request(city)
        first = run_scan(workspace, request, observer)
        tell(
            gettext("4. First scan {scan}: {new} findings").format(
                scan=first.scan, new=len(first.changes.new)
            )
        )
        _repair(workspace, city)
        tell(gettext("5. The expired certificate of the portal is replaced, and claimed as fixed"))
        second = run_scan(workspace, request, observer)
        tell(
            ngettext(
                "6. Second scan {scan}: {verified} repair verified, {open} still open",
                "6. Second scan {scan}: {verified} repairs verified, {open} still open",
                len(second.changes.verified),
            ).format(
                scan=second.scan,
                verified=len(second.changes.verified),
                open=len(second.changes.still_open),
            )
        )
    if not second.changes.verified:
        raise InternalError("the second scan of the sample city did not verify the repair")
    intake = propose_risks(workspace)
    tell(gettext("7. {count} risks proposed to the GCIO").format(count=len(intake.new)))
    pack = folder / "paket-bukti.zip"
    build(workspace, PackRequest(sample=True), pack)
    tell(gettext("8. Sealed evidence pack: {pack}").format(pack=pack))
    return DemoOutcome(workspace, first, second, pack)


def _clear(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise RefusedError(
            "{folder} is not empty, and no demo made it",
            hint="choose another folder with --folder",
            folder=folder,
        )
    shutil.rmtree(folder)


def _workspace(folder: Path) -> Workspace:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    return init_workspace(
        folder,
        ORGANISATION,
        current_language().value,
        unit="Dinas Komunikasi dan Informatika (contoh)",
        zone=ZONE,
    )


def _authorise(workspace: Workspace) -> None:
    day = today(workspace, datetime.now(UTC))
    written = AuthorisationFile.model_validate(
        {
            "number": LETTER,
            "issuer": "Sekretaris Daerah Kota Contoh",
            "valid_from": day.isoformat(),
            "valid_until": (day + timedelta(days=30)).isoformat(),
            "targets": [NETWORK],
            "zones": [{"name": ZONE, "kind": ZoneKind.IT}],
            "probe_classes": sorted({*DEFAULT_PROBE_CLASSES, ProbeClass.ANONYMOUS_ACCESS}),
            "caps": {
                "packets_per_second": 20_000,
                "packets_per_second_per_host": 5_000,
                "connections_per_host": 16,
            },
        }
    )
    add_scope(workspace, written)


def _import_assets(workspace: Workspace, city: DemoCity) -> None:
    with workspace.change() as change:
        for item in city.inventory:
            kept = assets.upsert(
                change.connection,
                Asset(
                    id=NOT_NUMBERED,
                    name=item.name,
                    owner=item.owner,
                    zone=item.zone,
                    kind=ZoneKind(item.kind),
                    addresses=AddressSet.parse([item.address]),
                    hostnames=(item.host_name,),
                    confidentiality=item.confidentiality,
                    integrity=item.integrity,
                    availability=item.availability,
                    tags=("contoh",),
                ),
            )
            change.record("asset.add", kept.asset.id, vars(kept.asset))


def _request(city: DemoCity) -> ScanRequest:
    ports = ",".join(str(port) for port in sorted({22, 80, 443, *city.ports.values()}))
    return ScanRequest(
        targets=tuple(item.address for item in city.inventory),
        zone=ZONE,
        authorisation=LETTER,
        ports=ports,
    )


def _repair(workspace: Workspace, city: DemoCity) -> None:
    expired = list_findings(workspace, FindingQuery(check="cert.expired")).rows
    ids = [str(row["id"]) for row in expired]
    owner = next(item.owner for item in city.inventory if item.key == REPAIRABLE)
    due = today(workspace, datetime.now(UTC)) + timedelta(days=3)
    action = gettext("Replace the certificate and renew it automatically")
    plan(workspace, ids, NewPlan(owner, action, due))
    city.repair(REPAIRABLE)
    remediation.claim(workspace, ids, gettext("New certificate installed"), by=owner)
