"""The work programme of an engagement: what is known of each criterion, and what to ask."""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from controls.assessment import Assessment, Weighed
from controls.library import Library
from controls.requirement import Requirement
from secaudit.app.attested import Attested
from secaudit.app.audit.scope import (
    approved_statement,
    assets_of,
    binding_of,
    both_languages,
)
from secaudit.app.controls import bearers_of
from secaudit.app.gathered import EvidenceBase, gather_evidence
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance.statements import Statement
from secaudit.assurance.words import rhythm_words
from secaudit.assurance.words import word as assurance_word
from secaudit.audit import findings
from secaudit.audit.content import load_questions
from secaudit.audit.engagements import Engagement, Scope
from secaudit.audit.papers import Criterion, WorkStep
from secaudit.audit.vocabulary import Step
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import Standing, Testability
from secaudit.text.language import Language, set_language

SHOWN = 6
"""Checks and findings that a question names; the rest is counted."""


@dataclass(frozen=True)
class Prepared:
    """The criteria with what is known of them, and their steps with questions."""

    criteria: tuple[Criterion, ...]
    steps: tuple[WorkStep, ...]


@dataclass(frozen=True)
class Known:
    """All that the workspace knows, narrowed to the assets of an engagement."""

    library: Library
    weighed: Weighed
    attested: Attested
    statement: Statement | None
    earlier: Mapping[str, tuple[str, ...]]
    """Audit findings of earlier engagements by requirement, newest first."""
    assets: int


def known_of(
    workspace: Workspace, connection: Connection, library: Library, scope: Scope, at: datetime
) -> Known:
    """Read the evidence, held against the assets of the scope alone."""
    base = narrowed(gather_evidence(connection), scope)
    earlier: dict[str, list[str]] = {}
    for item in reversed(findings.list_all(connection)):
        earlier.setdefault(item.requirement, []).append(item.id)
    return Known(
        library=library,
        weighed=base.weighed,
        attested=Attested.of(connection, library, today(workspace, at)),
        statement=approved_statement(connection),
        earlier={requirement: tuple(ids) for requirement, ids in earlier.items()},
        assets=len(base.scope),
    )


def narrowed(base: EvidenceBase, scope: Scope) -> EvidenceBase:
    """The evidence about the assets of a scope; a finding on no known asset stays out."""
    members = frozenset(asset.id for asset in assets_of(base.assets, scope))
    if scope.everything:
        return base
    return replace(
        base,
        evidence=tuple(item for item in base.evidence if item.asset in members),
        scope=tuple(sorted(members)),
        reached=base.reached & members,
    )


def prepare(
    workspace: Workspace, known: Known, engagement: Engagement, chosen: Sequence[Requirement]
) -> Prepared:
    """Make the work programme: four steps for each requirement."""
    questions = load_questions()
    criteria: list[Criterion] = []
    steps: list[WorkStep] = []
    for item in chosen:
        found = known.weighed.of(known.library, item)
        holding = _conditions(known, item, found)
        texts = {
            language.value: copy_context().run(_facts, known, item, found, engagement, language)
            for language in Language
        }
        criteria.append(
            Criterion(
                requirement=item.id,
                citation=both_languages(known.library, item),
                title={"id": item.title.id, "en": item.title.en},
                binding=binding_of(workspace, known.library, item),
                facts=_record(known, item, found),
            )
        )
        steps.extend(
            WorkStep(item.id, step, tuple(questions.of_step(step, holding, texts))) for step in Step
        )
    return Prepared(tuple(criteria), tuple(steps))


def _record(known: Known, item: Requirement, found: Assessment) -> dict[str, Any]:
    said = known.attested.self_assessment(item.id)
    grade = known.attested.grade(item.id)
    return {
        "testability": item.testability.value,
        "standing": found.standing.shown(item.testability),
        "supported": len(found.supporting_assets),
        "assets": len(found.scope_assets),
        "unscanned": len(found.unscanned_assets),
        "contradicting": list(found.contradicting_findings),
        "accepted": list(found.accepted_findings),
        "last_tested": to_json(found.last_tested),
        "checks": [mapping.check for mapping in known.library.of_requirement(item.id)],
        "self_assessment": None
        if said is None
        else {"attestation": said.id, "value": said.value.value, "person": said.person},
        "grade": None if grade is None else {"attestation": grade.id, "value": grade.value.value},
        "earlier": list(known.earlier.get(item.id, ())),
    }


def _conditions(known: Known, item: Requirement, found: Assessment) -> set[str]:
    attested = known.attested.self_assessment(item.id) is not None
    line = None if known.statement is None else known.statement.lines.get(item.id)
    manual = item.testability is Testability.MANUAL
    holding = {
        "attested": attested,
        "not_attested": not attested,
        "bearer": bool(item.bearers) and item.bearer_named,
        "cadence": item.cadence is not None or item.due is not None,
        "checks": bool(known.library.of_requirement(item.id)),
        "contradicted": found.standing is Standing.CONTRADICTED,
        "supported": found.standing is Standing.SUPPORTED,
        "silent": found.standing is Standing.SILENT and not manual,
        "never_tested": found.standing is Standing.NEVER_TESTED,
        "testable": not manual,
        "manual": manual,
        "unscanned": bool(found.unscanned_assets) and not manual,
        "earlier": item.id in known.earlier,
        "soa": line is not None and line.implementation is not None,
    }
    return {name for name, holds in holding.items() if holds}


def _facts(
    known: Known, item: Requirement, found: Assessment, engagement: Engagement, language: Language
) -> dict[str, Any]:
    set_language(language)
    said = known.attested.self_assessment(item.id)
    line = None if known.statement is None else known.statement.lines.get(item.id)
    framework = known.library.framework(item.framework)
    return {
        "citation": both_languages(known.library, item)[language.value],
        "title": item.title.in_language(language.value),
        "bearers": ", ".join(bearers_of(framework, item.bearers)),
        "assets": len(found.scope_assets),
        "supported": len(found.supporting_assets),
        "unscanned": len(found.unscanned_assets),
        "contradicting": _some(found.contradicting_findings),
        "last_tested": "-" if found.last_tested is None else found.last_tested.date(),
        "checks": _some([one.check for one in known.library.of_requirement(item.id)]),
        "attestation": "" if said is None else said.id,
        "verdict": "" if said is None else assurance_word(said.value),
        "attested_by": "" if said is None else said.person,
        "attested_until": "" if said is None else said.expires_on,
        "evidence": 0 if said is None else len(said.evidence),
        "implementation": ""
        if line is None or line.implementation is None
        else assurance_word(line.implementation),
        "soa_owner": "" if line is None else line.owner or "-",
        "earlier": _some(known.earlier.get(item.id, ())),
        "rhythm": _rhythm(item),
        "period_from": _day(engagement.period_from),
        "period_until": _day(engagement.period_until),
    }


def _rhythm(item: Requirement) -> str:
    if item.cadence is not None:
        return rhythm_words(item.cadence.at_least, item.cadence.per)
    return "" if item.due is None else _day(item.due)


def _day(value: date) -> str:
    from secaudit.text.format import date_words

    return date_words(value)


def _some(ids: Iterable[str]) -> str:
    every = list(ids)
    more = f" (+{len(every) - SHOWN})" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
