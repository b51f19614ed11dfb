"""The Statement of Applicability as a use case: begin, fill in, approve, compare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from controls.lookup import find
from controls.requirement import Requirement
from secaudit.app import approvals
from secaudit.app.attestations import keep_files
from secaudit.app.binding import binds, is_law
from secaudit.app.controls import library_of
from secaudit.app.soa_view import (
    DEFAULT_FRAMEWORK,
    INCOMPLETE,
    chosen_statement,
    controls_of,
    head_row,
    problems_of,
)
from secaudit.app.workspace import Workspace
from secaudit.assurance import statements
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.statements import Inclusion, Line, LineChange, Statement
from secaudit.assurance.vocabulary import (
    Implementation,
    InclusionKind,
    StatementState,
)
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import Relation
from secaudit.ledger import findings, trail
from secaudit.risk import register
from secaudit.risk.model import STANDING
from secaudit.text.language import gettext

_SHOWN = 8


@dataclass(frozen=True)
class Begun:
    """A new draft: how many controls, and how many reasons were proposed for how many of them."""

    id: str
    version: int
    controls: int
    proposals: int
    proposed_for: int
    copied_from: str | None


@dataclass(frozen=True)
class LineEdit:
    """What a person sets about controls; None and empty leave what is there."""

    applicable: bool | None = None
    justification: str | None = None
    because: tuple[tuple[InclusionKind, str], ...] = ()
    drop: tuple[tuple[InclusionKind, str], ...] = ()
    confirm: bool = False
    """Take over what the program proposed."""
    implementation: Implementation | None = None
    owner: str | None = None
    files: tuple[Path, ...] = ()


def begin(workspace: Workspace, framework: str = DEFAULT_FRAMEWORK, note: str = "") -> Begun:
    """Begin the next version: a copy of the last approved one, or one that is all undecided.

    The articles that bind and relate to a control, and the risks of the register whose findings
    contradict it, are proposed as reasons to include it. Raises RefusedError while a draft is open.
    """
    library = library_of(workspace)
    controls = _controls(library, framework)
    with workspace.change() as change:
        before = statements.latest(change.connection, framework, StatementState.APPROVED)
        known = before.lines if before else {}
        risks = _risks(change.connection, library)
        lines = []
        for control in controls:
            line = known.get(control.id, Line(control.id))
            lines.append(_with_proposals(workspace, library, line, risks.get(control.id, ())))
        identity = statements.start(
            change.connection,
            framework,
            lines,
            at=change.at,
            account=str(change.actor),
            note=note,
            based_on=before.id if before else None,
        )
        made = statements.get(change.connection, identity)
        proposed = [line for line in lines if line.proposals]
        begun = Begun(
            id=identity,
            version=made.version,
            controls=len(lines),
            proposals=sum(len(line.proposals) for line in proposed),
            proposed_for=len(proposed),
            copied_from=before.id if before else None,
        )
        change.record("soa.started", identity, to_json(begun), reason=note)
    return begun


def set_lines(
    workspace: Workspace, controls: Iterable[str], edit: LineEdit, framework: str
) -> tuple[str, ...]:
    """Change the lines of some controls in the open draft; all of them, or none.

    Raises NotFoundError for an unknown control, article or risk, RefusedError where there is no
    draft, or the article does not bind here.
    """
    library = library_of(workspace)
    chosen = [find(library, name, framework) for name in controls]
    for control in chosen:
        if control.type != "control" or control.framework != framework:
            raise InputError(
                "{requirement} is not a control of {framework}",
                requirement=control.id,
                framework=framework,
            )
    because = tuple(_reason(workspace, library, kind, text) for kind, text in edit.because)
    drop = {(kind, _named(library, kind, text)) for kind, text in edit.drop}
    evidence = keep_files(workspace, edit.files)
    with workspace.change() as change:
        draft = _draft(change.connection, framework)
        for item in because:
            if item.kind is InclusionKind.RISK:
                register.get(change.connection, item.reference)
        for control in chosen:
            line = draft.lines.get(control.id, Line(control.id))
            new = _edited(line, edit, because, drop)
            new = replace(new, evidence=(*line.evidence, *evidence))
            statements.put_line(
                change.connection, draft.id, new, at=change.at, account=str(change.actor)
            )
        details = {
            "controls": [control.id for control in chosen],
            "set": to_json(replace(edit, files=())),
            "evidence": to_json(evidence),
        }
        change.record("soa.edited", draft.id, details, reason=edit.justification or "")
    return tuple(control.id for control in chosen)


def approve(workspace: Workspace, approver: str, document: Path, framework: str) -> Statement:
    """Approve the open draft by a registered person.

    Raises RefusedError that names what is still open in it, or where the approver filled it in.
    """
    library = library_of(workspace)
    with workspace.view() as connection:
        _require_complete(_draft(connection, framework), _controls(library, framework))
    approval = approvals.approve(workspace, "soa.approved", by=approver, document=document)
    kept = EvidenceFile(approval.document or "", document.name)
    with workspace.change() as change:
        draft = _draft(change.connection, framework)
        _require_complete(draft, _controls(library, framework))
        rows = trail.entries(change.connection, draft.id)
        approvals.require_other(
            change.authority,
            approval,
            what=draft.id,
            entered=[row.actor for row in rows if row.action in {"soa.started", "soa.edited"}],
        )
        statements.approve(
            change.connection,
            draft.id,
            approver=approval.name,
            document=kept,
            at=change.at,
            account=str(change.actor),
        )
        details = {"approver": approval.name, "document": kept.sha256, "version": draft.version}
        change.record("soa.approved", draft.id, details, approval=approval)
        return statements.get(change.connection, draft.id)


def list_statements(workspace: Workspace) -> list[dict[str, Any]]:
    """List every version as JSON values."""
    with workspace.view() as connection:
        found = statements.list_all(connection)
    return [head_row(item) for item in found]


def diff(workspace: Workspace, before: str, after: str) -> tuple[LineChange, ...]:
    """Tell in what two versions differ. Raises NotFoundError, or InputError for two standards."""
    with workspace.view() as connection:
        old = chosen_statement(connection, before, None)
        new = chosen_statement(connection, after, None)
    if old.framework != new.framework:
        raise InputError(
            "{before} is of {one} and {after} of {other}",
            before=old.id,
            after=new.id,
            one=old.framework,
            other=new.framework,
        )
    return statements.compare(old, new)


def _controls(library: Library, framework: str) -> tuple[Requirement, ...]:
    found = controls_of(library, framework)
    if not found:
        raise InputError(
            "{framework} has no Annex A: a statement of applicability is about controls",
            hint="use iso27001-2022",
            framework=framework,
        )
    return found


def _draft(connection: Connection, framework: str) -> Statement:
    newest = statements.latest(connection, framework)
    if newest is None or newest.state is not StatementState.DRAFT:
        raise RefusedError(
            "there is no draft of a statement of applicability for {framework}",
            hint="begin one with: secaudit control soa init",
            framework=framework,
        )
    return newest


def _require_complete(draft: Statement, controls: tuple[Requirement, ...]) -> None:
    open_by_code: dict[str, list[str]] = {}
    for requirement, code in problems_of(draft, controls):
        open_by_code.setdefault(code, []).append(requirement.partition(":")[2])
    if open_by_code:
        raise RefusedError(
            "{statement} is not complete: {problems}",
            hint="see them with: secaudit control soa show --open",
            statement=draft.id,
            problems=_Problems(open_by_code),
        )


@dataclass(frozen=True)
class _Problems:
    """What is open, said in the language of whoever reads the error."""

    by_code: Mapping[str, list[str]]

    def __str__(self) -> str:
        return "; ".join(
            f"{gettext(INCOMPLETE[code])}: {', '.join(names[:_SHOWN])}"
            + (f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else "")
            for code, names in self.by_code.items()
        )


def _with_proposals(
    workspace: Workspace, library: Library, line: Line, risks: Iterable[str]
) -> Line:
    """Add the law and the risks that speak for a control, unless they are there already."""
    known = {(item.kind, item.reference) for item in line.inclusions}
    proposed = [
        Inclusion(InclusionKind.LAW, other.requirement, proposed=True)
        for other in library.related(line.requirement)
        if _speaks_as_law(workspace, library, library.requirement(other.requirement))
    ]
    proposed += [Inclusion(InclusionKind.RISK, identity, proposed=True) for identity in risks]
    new = (item for item in proposed if (item.kind, item.reference) not in known)
    return replace(line, inclusions=(*line.inclusions, *new))


def _speaks_as_law(workspace: Workspace, library: Library, requirement: Requirement) -> bool:
    return is_law(library, requirement) and binds(library, workspace.settings.binding, requirement)


def _risks(connection: Connection, library: Library) -> dict[str, list[str]]:
    """The risks of the register by the requirements that their findings contradict."""
    found: dict[str, list[str]] = {}
    for risk in register.list_all(connection, STANDING):
        checks = {findings.get(connection, identity).check for identity in risk.findings}
        for check in sorted(checks):
            for mapping in library.of_check(check):
                ids = found.setdefault(mapping.requirement, [])
                if mapping.relation is Relation.TESTS and risk.id not in ids:
                    ids.append(risk.id)
    return found


def _named(library: Library, kind: InclusionKind, text: str) -> str:
    reference = text.strip()
    if kind is InclusionKind.LAW:
        return find(library, reference).id
    return reference.upper() if kind is InclusionKind.RISK else reference


def _reason(workspace: Workspace, library: Library, kind: InclusionKind, text: str) -> Inclusion:
    if not text.strip() and kind is not InclusionKind.GOOD_PRACTICE:
        raise InputError(
            "the reason {kind} needs to say which one",
            hint="examples: law=perda-pekalongan-3-2026:pasal-26.ayat-5, risk=R-0001,"
            " contract='SPK 12/2026'",
            kind=kind,
        )
    reference = _named(library, kind, text)
    if kind is InclusionKind.LAW:
        article = library.requirement(reference)
        if not _speaks_as_law(workspace, library, article):
            raise RefusedError(
                "{article} is no law that binds here",
                hint="a catalogue for comparison becomes binding in secaudit.yaml, binding: add",
                article=article.id,
            )
    return Inclusion(kind, reference)


def _edited(
    line: Line,
    edit: LineEdit,
    because: tuple[Inclusion, ...],
    drop: set[tuple[InclusionKind, str]],
) -> Line:
    kept = [item for item in line.inclusions if (item.kind, item.reference) not in drop]
    if edit.confirm:
        kept = [replace(item, proposed=False) for item in kept]
    given = {(item.kind, item.reference) for item in because}
    kept = [item for item in kept if (item.kind, item.reference) not in given]
    return replace(
        line,
        applicable=line.applicable if edit.applicable is None else edit.applicable,
        justification=(
            line.justification if edit.justification is None else edit.justification.strip()
        ),
        inclusions=(*kept, *because),
        implementation=edit.implementation or line.implementation,
        owner=line.owner if edit.owner is None else edit.owner.strip(),
    )
