"""Versions of the Statement of Applicability as people and files show them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from controls.assessment import Assessment
from controls.citation import requirement_order
from controls.library import Library
from controls.requirement import Requirement
from secaudit.app.controls import full_citation, library_of, moment_of, reading_of
from secaudit.app.gathered import gather_evidence
from secaudit.app.workspace import Workspace
from secaudit.assurance import statements
from secaudit.assurance.statements import Inclusion, Line, Statement
from secaudit.assurance.vocabulary import InclusionKind, TestState
from secaudit.core.canonical import to_json
from secaudit.core.errors import NotFoundError
from secaudit.core.vocabulary import Standing
from secaudit.text.language import N_, current_language

DEFAULT_FRAMEWORK = "iso27001-2022"
INCOMPLETE: Mapping[str, str] = {
    "undecided": N_("not decided whether it applies"),
    "exclusion_without_justification": N_("excluded without a justification"),
    "inclusion_without_reason": N_("included without a confirmed reason"),
    "no_implementation": N_("without an implementation state"),
    "no_owner": N_("without an owner"),
}
"""What keeps a version from being approved."""


@dataclass(frozen=True)
class Shown:
    """One version with its lines as JSON values; the tests' states are those of ``at``."""

    statement: Statement
    at: datetime
    lines: tuple[Mapping[str, Any], ...]


def show(
    workspace: Workspace,
    statement_id: str | None = None,
    framework: str = DEFAULT_FRAMEWORK,
    day: date | None = None,
) -> Shown:
    """Show one version, or the newest. Raises NotFoundError where there is none."""
    library = library_of(workspace)
    at = moment_of(workspace, day)
    with workspace.view() as connection:
        statement = chosen_statement(connection, statement_id, framework)
        base = gather_evidence(connection, None if day is None else at)
    lines = []
    for name in sorted(statement.lines, key=requirement_order):
        requirement = library.all_requirements.get(name)
        found = None if requirement is None else base.weighed.of(library, requirement)
        lines.append(_line_row(library, statement.lines[name], requirement, found))
    return Shown(statement, base.at, tuple(lines))


def chosen_statement(
    connection: Connection, statement_id: str | None, framework: str | None
) -> Statement:
    """One version by its id, or the newest. Raises NotFoundError where there is none."""
    if statement_id is not None:
        return statements.get(connection, statement_id.strip().upper())
    newest = statements.latest(connection, framework)
    if newest is None:
        raise NotFoundError(
            "there is no statement of applicability yet",
            hint="begin one with: secaudit control soa init",
        )
    return newest


def problems_of(statement: Statement, controls: Iterable[Requirement]) -> Iterator[tuple[str, str]]:
    """What is still open in a version: ``(requirement, code)`` with the codes of INCOMPLETE."""
    for control in controls:
        line = statement.lines.get(control.id, Line(control.id))
        if line.applicable is None:
            yield control.id, "undecided"
        elif not line.applicable:
            if not line.justification.strip():
                yield control.id, "exclusion_without_justification"
        else:
            if not line.confirmed:
                yield control.id, "inclusion_without_reason"
            if line.implementation is None:
                yield control.id, "no_implementation"
            if not line.owner.strip():
                yield control.id, "no_owner"


def controls_of(library: Library, framework: str) -> tuple[Requirement, ...]:
    """The controls of a framework, in order; none for one that has no Annex A."""
    return tuple(item for item in library.requirements(framework) if item.type == "control")


def head_row(statement: Statement) -> dict[str, Any]:
    """One version without its lines, as JSON values."""
    row = to_json(replace(statement, lines={}))
    del row["lines"]
    return dict(row)


def tested_state(found: Assessment) -> TestState:
    """What the tests of a control say."""
    if found.standing is Standing.CONTRADICTED:
        return TestState.CONTRADICTED
    if not found.tests:
        return TestState.NO_TEST
    return TestState.NEVER_TESTED if found.last_tested is None else TestState.TESTED


def _line_row(
    library: Library, line: Line, requirement: Requirement | None, found: Assessment | None
) -> dict[str, Any]:
    language = current_language().value
    return {
        "requirement": line.requirement,
        "control": line.requirement.partition(":")[2],
        "title": requirement.title.in_language(language) if requirement else "",
        "group": requirement.group.title.in_language(language)
        if requirement and requirement.group
        else "",
        "applicable": line.applicable,
        "justification": line.justification,
        "inclusions": [
            {
                "kind": item.kind.value,
                "reference": item.reference,
                "shown": reference_words(library, item),
                "document": _document(library, item),
                "reading": _reading(library, item),
                "proposed": item.proposed,
            }
            for item in line.inclusions
        ],
        "implementation": to_json(line.implementation),
        "owner": line.owner,
        "evidence": to_json(line.evidence),
        "test_state": None if found is None else tested_state(found).value,
        "last_tested": None if found is None else to_json(found.last_tested),
        "contradicting": [] if found is None else list(found.contradicting_findings),
        "supported": 0 if found is None else len(found.supporting_assets),
        "assets": 0 if found is None else len(found.scope_assets),
        "missing": requirement is None,
    }


def _document(library: Library, item: Inclusion) -> str:
    article = library.all_requirements.get(item.reference)
    if item.kind is not InclusionKind.LAW or article is None:
        return ""
    return library.framework(article.framework).short_title.in_language(current_language().value)


def _reading(library: Library, item: Inclusion) -> str:
    article = library.all_requirements.get(item.reference)
    if item.kind is not InclusionKind.LAW or article is None:
        return ""
    return reading_of(library, article)


def reference_words(library: Library, item: Inclusion) -> str:
    """What a reason refers to, as people cite it."""
    article = library.all_requirements.get(item.reference)
    if item.kind is InclusionKind.LAW and article is not None:
        return full_citation(library, article)
    return item.reference
