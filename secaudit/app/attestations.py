"""Attestations as a use case: the owner's self-assessment, the auditor's grade, the evidence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.carrying import Carries, paths_from
from controls.library import Library
from controls.lookup import find
from controls.requirement import Requirement
from secaudit.app.attested import attestation_row
from secaudit.app.controls import full_citation, library_of, marked_citation
from secaudit.app.scopes import keep_file
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import attestations
from secaudit.assurance.attestations import Attestation, NewAttestation
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.obligations import add_months
from secaudit.assurance.vocabulary import (
    NONCONFORMITIES,
    AttestationKind,
    Grade,
    Verdict,
)
from secaudit.assurance.words import word
from secaudit.core.errors import InputError, NotFoundError, RefusedError

MONTHS_THAT_EVIDENCE_COUNTS = 12


@dataclass(frozen=True)
class AttestRequest:
    """What a person says about a requirement. Days left out follow from today."""

    requirement: str
    value: Verdict | Grade
    person: str | None = None
    """None: the account."""
    collector: str = ""
    begin: date | None = None
    until: date | None = None
    expires: date | None = None
    note: str = ""
    files: tuple[Path, ...] = ()
    shared: tuple[str, ...] = ()
    """Ids of attestations whose evidence is used too."""

    @property
    def kind(self) -> AttestationKind:
        """Which side speaks."""
        return AttestationKind.SELF if isinstance(self.value, Verdict) else AttestationKind.AUDITOR


def attest(workspace: Workspace, request: AttestRequest) -> Attestation:
    """Record an attestation; its files go into the evidence store first.

    Raises InputError for a day to come or evidence that ran out, NotFoundError for an unknown
    requirement, RefusedError where one person would speak for both sides, or where shared evidence
    is not enough: part is never carried over as whole.
    """
    library = library_of(workspace)
    requirement = find(library, request.requirement)
    day = today(workspace, datetime.now(UTC))
    _require_sense(requirement, request, day)
    begin = request.begin or day
    with workspace.view() as connection:
        shared = _shared(workspace, connection, library, requirement, request)
    files = keep_files(workspace, request.files)
    with workspace.change() as change:
        person = request.person or change.actor.account
        said = NewAttestation(
            requirement=requirement.id,
            kind=request.kind,
            value=request.value,
            person=person,
            collector=request.collector or person,
            effective_from=begin,
            effective_until=request.until,
            expires_on=request.expires or _expiry(day, request.until),
            note=request.note,
            evidence=(*files, *shared),
            shared_from=tuple(_id(item) for item in request.shared),
        )
        made = attestations.record(change.connection, said, change.at, str(change.actor))
        action = "control.attested" if made.kind is AttestationKind.SELF else "control.graded"
        change.record(action, requirement.id, attestation_row(made), reason=made.note)
    return made


def withdraw(workspace: Workspace, attestation_id: str, reason: str) -> Attestation:
    """Take an attestation back that was wrong."""
    with workspace.change() as change:
        found = attestations.withdraw(
            change.connection, _id(attestation_id), reason, change.at, str(change.actor)
        )
        change.record(
            "control.withdrawn", found.requirement, {"attestation": found.id}, reason=reason
        )
    return found


def list_attestations(
    workspace: Workspace,
    *,
    requirement: str | None = None,
    framework: str | None = None,
    everything: bool = False,
) -> list[dict[str, Any]]:
    """List the attestations that stand, oldest first; on request those that ended, too."""
    library = library_of(workspace)
    if framework is not None:
        library.framework(framework)
    wanted = None if requirement is None else find(library, requirement).id
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        found = attestations.list_all(connection, requirement=wanted, ended=everything)
    rows = []
    for item in found:
        if framework is not None and not item.requirement.startswith(f"{framework}:"):
            continue
        known = library.all_requirements.get(item.requirement)
        rows.append(
            {
                **attestation_row(item),
                "citation": full_citation(library, known) if known else item.requirement,
                "cited": marked_citation(library, known) if known else item.requirement,
                "expired": item.expired(day),
            }
        )
    return rows


def keep_files(workspace: Workspace, paths: tuple[Path, ...]) -> tuple[EvidenceFile, ...]:
    """Put files into the evidence store, each under its own name. Raises InputError."""
    return tuple(EvidenceFile(keep_file(workspace, path), path.name) for path in paths)


def require_past(day: date, today_: date) -> None:
    """Raise InputError for a day to come."""
    if day > today_:
        raise InputError("{day} is still to come: today is {today}", day=day, today=today_)


def _id(text: str) -> str:
    return text.strip().upper()


def _require_sense(requirement: Requirement, request: AttestRequest, day: date) -> None:
    if not requirement.assessable:
        raise RefusedError(
            "{requirement} is a heading and asks for nothing itself",
            hint="attest what stands below it",
            requirement=requirement.id,
        )
    require_past(request.begin or day, day)
    if request.expires is not None and request.expires < day:
        raise InputError(
            "the evidence expired on {day} already", hint="collect it anew", day=request.expires
        )
    if request.value in {Verdict.NOT_APPLICABLE, *NONCONFORMITIES} and not request.note.strip():
        raise InputError(
            "{value!s} needs a note that says why",
            hint="add --note TEXT",
            value=word(request.value),
        )


def _expiry(day: date, until: date | None) -> date:
    if until is not None and until >= day:
        return until
    return add_months(day, MONTHS_THAT_EVIDENCE_COUNTS)


def _shared(
    workspace: Workspace,
    connection: Connection,
    library: Library,
    requirement: Requirement,
    request: AttestRequest,
) -> tuple[EvidenceFile, ...]:
    """The evidence of other attestations, where a relation leads to what they are about."""
    worth = {requirement.id: Carries.WHOLE} | {
        path.end: path.carries for path in paths_from(library, requirement.id)
    }
    files: list[EvidenceFile] = []
    carried: list[Carries] = []
    day = today(workspace, datetime.now(UTC))
    for identity in request.shared:
        source = attestations.get(connection, _id(identity))
        if source.ended_at is not None or source.expired(day):
            raise RefusedError(
                "{attestation} no longer counts", hint="attest anew", attestation=source.id
            )
        if source.requirement not in worth:
            raise RefusedError(
                "{attestation} is about {other}, which no relation connects with {requirement}",
                hint="give the evidence itself with --evidence FILE",
                attestation=source.id,
                other=source.requirement,
                requirement=requirement.id,
            )
        missing = [item for item in source.evidence if not is_kept(workspace, item)]
        if missing or not source.evidence:
            raise NotFoundError(
                "{attestation} has no evidence in the store to share", attestation=source.id
            )
        files.extend(source.evidence)
        carried.append(worth[source.requirement])
    alone = bool(carried) and not request.files
    if alone and request.value in {Verdict.CONFORM, Grade.CONFORM} and Carries.WHOLE not in carried:
        raise RefusedError(
            "the shared evidence is only a part of what {requirement} asks for, or a hint",
            hint="add evidence for the rest with --evidence FILE, or say --verdict partly",
            requirement=requirement.id,
        )
    return tuple(files)


def is_kept(workspace: Workspace, file: EvidenceFile) -> bool:
    """Tell whether the file is still in the evidence store."""
    return workspace.evidence.path_of(file.sha256).is_file()
