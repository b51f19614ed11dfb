"""What certificates, obligations and scans give to tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from secaudit.app.calendar import stages_of, standing
from secaudit.app.controls import library_of
from secaudit.app.notices.kinds import Kind, Matter
from secaudit.app.notices.matters_findings import Ground, owners_of, place_of
from secaudit.app.notices.stages import stage_of
from secaudit.app.workspace import Workspace
from secaudit.assurance import programmes
from secaudit.assurance.vocabulary import ObligationState, StageState
from secaudit.core.instant import format_instant
from secaudit.core.vocabulary import Outcome
from secaudit.ledger import findings, results, scans
from secaudit.ledger.scans import Scan, ScanState
from secaudit.registry import schedules
from secaudit.registry.run_notes import RunNote
from secaudit.registry.schedules import RunState

EXPIRY_CHECK = "cert.expired"
"""Its answers, passed or failed, carry the last day of the certificate that was shown."""
_UNANSWERED = (Outcome.NOT_REACHED, Outcome.INCONCLUSIVE, Outcome.ERROR)
SEEN_DAYS = 120
"""How long a certificate counts that no scan could look at again."""
LOOK_BACK_DAYS = 14
"""Scans and runs older than this are history, and told to nobody."""
STALLED = timedelta(hours=24)
"""A run that is due for so long and was not begun: nothing runs the schedules."""
_PLACES_SHOWN = 3


@dataclass
class _Shown:
    name: str
    last: date
    places: list[str] = field(default_factory=list)


def certificate_matters(ground: Ground) -> Iterator[Matter]:
    """Certificates that end soon or have ended: each once for each owner, however many places."""
    shown: dict[str, _Shown] = {}
    for subject, fingerprint, name, last in _certificates(ground):
        shown.setdefault(fingerprint, _Shown(name, last)).places.append(subject)
    for fingerprint, item in sorted(shown.items()):
        stage = stage_of(item.last, ground.today, ground.settings.certificate_days)
        if stage is None:
            continue
        for owner, subjects in sorted(owners_of(item.places, ground.assets).items()):
            yield Matter(
                Kind.CERTIFICATE_EXPIRING,
                fingerprint,
                f"{stage}:{owner}" if owner else stage,
                None,
                (owner,) if owner else (),
                item.last,
                {
                    "id": fingerprint[:16],
                    "certificate": item.name,
                    "place": _places(ground, subjects),
                    "until": item.last,
                    "past": stage,
                },
            )


def _certificates(ground: Ground) -> Iterator[tuple[str, str, str, date]]:
    """Subject, SHA-256, name and last day of what each place last showed."""
    oldest = ground.now - timedelta(days=SEEN_DAYS)
    for answer in results.standing(ground.connection, check=EXPIRY_CHECK):
        seen = answer
        if answer.outcome in _UNANSWERED:
            # Not reached is not renewed: what was shown before still stands.
            before = results.intervals(ground.connection, EXPIRY_CHECK, answer.subject)
            known = [item for item in before if item.outcome not in _UNANSWERED]
            if not known:
                continue
            seen = known[-1]
        last, fingerprint = seen.details.get("not_after"), seen.details.get("fingerprint")
        if seen.last_seen < oldest or not isinstance(last, str) or not fingerprint:
            continue
        name = str(seen.details.get("certificate") or "-")
        yield answer.subject, str(fingerprint), name, date.fromisoformat(last)


def _places(ground: Ground, subjects: Sequence[str]) -> str:
    named = []
    for subject in subjects[:_PLACES_SHOWN]:
        asset = ground.assets.asset_of(subject)
        named.append(place_of(subject, None if asset is None else asset.name))
    more = len(subjects) - len(named)
    return "; ".join(named) + (f" (+{more})" if more > 0 else "")


def obligation_matters(ground: Ground, workspace: Workspace) -> Iterator[Matter]:
    """Obligations and stages of certification programmes that are due soon, or late."""
    library = library_of(workspace)
    before = ground.settings.obligation_days
    for item, found, _ in standing(workspace, ground.connection, library, ground.today):
        day = found.next
        if day is None or found.state in (ObligationState.DONE, ObligationState.UNDATED):
            continue
        stage = stage_of(day, ground.today, before)
        if stage is None:
            continue
        framework = library.framework(item.requirement.framework)
        names = [framework.bearers[key] for key in item.requirement.bearers]
        cited, citation = framework.short_title, item.requirement.citation
        yield Matter(
            Kind.OBLIGATION_DUE,
            item.key,
            f"{day}:{stage}",
            None,
            tuple(text for name in names for text in dict.fromkeys((name.id, name.en))),
            day,
            {
                "id": item.key,
                "title": item.requirement.title.model_dump(),
                "cited": {
                    "id": f"{cited.id} {citation.id}",
                    "en": f"{cited.en} {citation.en}",
                },
                "bearers": {
                    "id": ", ".join(name.id for name in names),
                    "en": ", ".join(name.en for name in names),
                },
                "until": day,
                "past": stage,
            },
        )
    for programme, record in stages_of(programmes.list_all(ground.connection)):
        if record.planned_on is None or record.state is StageState.DONE:
            continue
        stage = stage_of(record.planned_on, ground.today, before)
        if stage is not None:
            key = f"{programme.id}/{record.stage.key}"
            yield Matter(
                Kind.OBLIGATION_DUE,
                key,
                f"{record.planned_on}:{stage}",
                None,
                (),
                record.planned_on,
                {
                    "id": key,
                    "title": record.stage.title.model_dump(),
                    "cited": programme.course.title.model_dump(),
                    "bearers": "",
                    "until": record.planned_on,
                    "past": stage,
                },
            )


def scan_matters(ground: Ground) -> Iterator[Matter]:
    """Runs on schedule that failed or never began, and scans that left hosts out."""
    oldest = ground.now - timedelta(days=LOOK_BACK_DAYS)
    known = {item.id: item for item in schedules.list_all(ground.connection, removed=True)}
    told: set[str] = set()
    for run in schedules.runs(ground.connection, limit=500):
        if run.due_at < oldest or run.state not in (RunState.FAILED, RunState.MISSED):
            continue
        item = known[run.schedule]
        told |= _scans_named(run.note)
        yield _of_run(
            f"{item.id}@{format_instant(run.due_at)}",
            run.state.value,
            ground,
            {"id": item.id, "name": item.name, "zone": item.zone, "at": run.due_at},
            why=run.note,
        )
    for item in known.values():
        due = item.next_run
        if item.enabled and due is not None and due < ground.now - STALLED:
            facts = {"id": item.id, "name": item.name, "zone": item.zone, "at": due}
            yield _of_run(f"{item.id}@{format_instant(due)}", "stalled", ground, facts)
    for scan in scans.list_all(ground.connection):
        if scan.started_at < oldest:
            break
        if scan.finished_at is not None:
            yield from _of_scan(ground, scan, failed=scan.id in told)


def _scans_named(note: RunNote) -> set[str]:
    """The scan that a failed run speaks of: it is not told a second time."""
    why = note.facts.get("why")
    facts = why.get("facts", {}) if isinstance(why, dict) else {}
    return {str(facts["scan"])} if "scan" in facts else set()


def _of_run(
    subject: str, stage: str, ground: Ground, facts: dict[str, object], why: RunNote | None = None
) -> Matter:
    noted = {"state": stage, "why": why, "since": ground.day_of(ground.now)}
    return Matter(Kind.SCAN_FAILED, subject, stage, None, (), None, {**facts, **noted})


def _of_scan(ground: Ground, scan: Scan, *, failed: bool) -> Iterator[Matter]:
    """What a scan left out, unless it is told already as a failed run."""
    counted = scans.totals(ground.connection, scan.id).hosts
    left = sum(counted.get(state, 0) for state in scans.UNFINISHED)
    left += max(scan.hosts_planned - sum(counted.values()), 0)
    missed = findings.changes_of(ground.connection, scan.id).not_reached
    broken = scan.state is not ScanState.DONE or left > 0
    if failed or not (broken or missed):
        return
    yield Matter(
        Kind.SCAN_INCOMPLETE,
        scan.id,
        f"{scan.state.value}:{left}:{len(missed)}",
        None,
        (),
        None,
        {
            "id": scan.id,
            "zone": scan.zone,
            "at": scan.finished_at,
            "state": "broken" if broken else "not_reached",
            "left": left,
            "hosts": scan.hosts_planned,
            "silent": counted.get("silent", 0),
            "missed": len(missed),
        },
    )
