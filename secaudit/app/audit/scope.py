"""What an engagement looks at: its assets, its requirements, and who answers for any of that."""

from collections.abc import Iterable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from controls.library import Library
from controls.lookup import find
from controls.requirement import Requirement
from controls.vocabulary import FrameworkKind
from secaudit.app.binding import binds, demands
from secaudit.app.controls import marked_citation
from secaudit.app.owners import owned
from secaudit.app.workspace import Workspace
from secaudit.assurance import attestations, statements
from secaudit.assurance.statements import Statement
from secaudit.assurance.vocabulary import AttestationKind, StatementState
from secaudit.audit.engagements import Engagement, Scope
from secaudit.audit.papers import Texts
from secaudit.audit.team import Owned
from secaudit.audit.vocabulary import Binding, ConflictKind
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.persons import same_person
from secaudit.core.vocabulary import LegalStatus
from secaudit.ledger import findings
from secaudit.ledger.findings import CLOSED, Finding
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex
from secaudit.risk import register
from secaudit.risk.model import STANDING
from secaudit.text.language import Language, set_language

PATTERN = frozenset("*?[")
"""What makes a name a pattern."""
SOA_FRAMEWORK = "iso27001-2022"


@dataclass(frozen=True)
class Criteria:
    """The requirements that names and patterns mean, and those left out with the reason's code."""

    requirements: tuple[Requirement, ...]
    excluded: dict[str, str]


def assets_of(index: AssetIndex, scope: Scope) -> tuple[Asset, ...]:
    """The assets that a scope means: all in the scope of the management system, or those named.

    An asset is in when its id, its zone or its owner is named.
    """
    if scope.everything:
        return index.in_scope
    return tuple(
        asset
        for asset in index.assets
        if asset.id in scope.assets
        or asset.zone in scope.zones
        or any(same_person(asset.owner, unit) for unit in scope.units)
    )


def require_scope(index: AssetIndex, scope: Scope) -> None:
    """Raise NotFoundError for an asset, a zone or a unit that the inventory does not have."""
    known = {asset.id for asset in index.assets}
    zones = {asset.zone for asset in index.assets}
    for name in scope.assets:
        if name not in known:
            raise NotFoundError(
                "there is no asset {asset}", hint="see: secaudit asset list", asset=name
            )
    for name in scope.zones:
        if name not in zones:
            raise NotFoundError(
                "no asset is in the zone {zone}", hint="see: secaudit asset list", zone=name
            )
    for name in scope.units:
        if not any(same_person(asset.owner, name) for asset in index.assets):
            raise NotFoundError(
                "no asset belongs to {unit}", hint="see: secaudit asset list", unit=name
            )


def criteria_of(library: Library, names: Iterable[str], statement: Statement | None) -> Criteria:
    """Read catalogues, requirement ids and patterns of ids; each requirement once.

    Left out, with a code: what only explains (``explains``), headings and drafts not yet
    summarised (``heading``), and controls that the approved Statement of Applicability excludes
    (``soa_excluded``). Raises NotFoundError, and InputError for a name that means nothing at all.
    """
    chosen: dict[str, Requirement] = {}
    excluded: dict[str, str] = {}
    for name in names:
        for item in _meant(library, name):
            code = _left_out(library, item, statement)
            if code is None:
                chosen[item.id] = item
            else:
                excluded[item.id] = code
    if not chosen:
        raise InputError(
            "these criteria ask for nothing that could be audited: {names}",
            hint="name a catalogue (iso27001-2022), a requirement, or a pattern of ids",
            names=", ".join(names),
        )
    order = {item: position for position, item in enumerate(library.all_requirements)}
    return Criteria(
        tuple(sorted(chosen.values(), key=lambda item: order[item.id])),
        excluded,
    )


def approved_statement(connection: Connection) -> Statement | None:
    """The Statement of Applicability that counts."""
    return statements.latest(connection, SOA_FRAMEWORK, StatementState.APPROVED)


def binding_of(workspace: Workspace, library: Library, item: Requirement) -> Binding:
    """How a requirement binds. A draft never does; a standard is one's own choice."""
    if item.status is LegalStatus.DRAFT:
        return Binding.DRAFT
    if library.framework(item.framework).kind is FrameworkKind.STANDARD:
        return Binding.BINDING
    bound = binds(library, workspace.settings.binding, item)
    return Binding.BINDING if bound else Binding.COMPARISON


def both_languages(library: Library, item: Requirement) -> Texts:
    """The whole citation of a requirement, with what a reader must know, in both languages."""
    return {
        language.value: copy_context().run(_cited, library, item, language) for language in Language
    }


def findings_in(
    connection: Connection, index: AssetIndex, members: frozenset[str]
) -> Iterator[tuple[Finding, Asset]]:
    """The findings on these assets, by id, with the owner as of now."""
    for item in findings.list_all(connection):
        asset = index.asset_of(item.subject)
        if asset is not None and asset.id in members:
            yield owned(item, index), asset


def owned_things(
    connection: Connection, engagement: Engagement, requirements: frozenset[str]
) -> list[Owned]:
    """Everything in the scope of an engagement that somebody answers for."""
    index = AssetIndex.of(connection)
    assets = assets_of(index, engagement.scope)
    members = frozenset(asset.id for asset in assets)
    found = [Owned(ConflictKind.ASSET_OWNER, asset.id, asset.owner) for asset in assets]
    in_scope: set[str] = set()
    by_zone: set[tuple[str, str]] = set()
    for item, _ in findings_in(connection, index, members):
        in_scope.add(item.id)
        if item.owner_assigned and item.state not in CLOSED:
            by_zone.add((item.zone, item.owner))
    found += [Owned(ConflictKind.FINDING_OWNER, zone, owner) for zone, owner in sorted(by_zone)]
    for risk in register.list_all(connection):
        concerned = in_scope.intersection(risk.findings) or members.intersection(risk.assets)
        if risk.state in STANDING and concerned:
            found.append(Owned(ConflictKind.RISK_OWNER, risk.id, risk.owner))
    found += [
        Owned(ConflictKind.ATTESTOR, said.requirement, said.person, said.account)
        for said in attestations.list_all(connection)
        if said.kind is AttestationKind.SELF and said.requirement in requirements
    ]
    statement = statements.latest(connection, SOA_FRAMEWORK)
    if statement is not None:
        found += [
            Owned(ConflictKind.SOA_OWNER, line.requirement, line.owner)
            for line in statement.lines.values()
            if line.requirement in requirements and line.owner.strip()
        ]
    return found


def _cited(library: Library, item: Requirement, language: Language) -> str:
    set_language(language)
    return marked_citation(library, item)


def _meant(library: Library, name: str) -> tuple[Requirement, ...]:
    if name in library.frameworks:
        return library.requirements(name)
    if PATTERN & set(name):
        found = tuple(
            item for item in library.all_requirements.values() if fnmatchcase(item.id, name)
        )
        if not found:
            raise NotFoundError(
                "no requirement fits {pattern}",
                hint="a pattern is held against whole ids, such as iso27001-2022:A.8.*",
                pattern=name,
            )
        return found
    item = find(library, name)
    if item.assessable:
        return (item,)
    below = tuple(
        other
        for other in library.requirements(item.framework)
        if other.id.startswith(f"{item.id}.")
    )
    return below or (item,)


def _left_out(library: Library, item: Requirement, statement: Statement | None) -> str | None:
    if not item.assessable:
        return "heading"
    if not demands(item):
        return "explains"
    line = None if statement is None else statement.lines.get(item.id)
    return "soa_excluded" if line is not None and line.applicable is False else None
