"""Planning an engagement and beginning it: scope, criteria, team, independence, work programme."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.approvals import approvals_of, approve, require_other
from secaudit.app.audit.common import account, asset_identity, identity, kept_one, proof_of, row_of
from secaudit.app.audit.programme import late, obligation_key
from secaudit.app.audit.scope import (
    Criteria,
    approved_statement,
    assets_of,
    criteria_of,
    owned_things,
    require_scope,
)
from secaudit.app.audit.work import known_of, prepare
from secaudit.app.authority import quoted
from secaudit.app.controls import library_of
from secaudit.app.workspace import Change, Workspace
from secaudit.audit import engagements, papers, programmes, team
from secaudit.audit.engagements import Engagement, NewEngagement
from secaudit.audit.team import Auditor, Conflict, NewAuditor, Safeguard
from secaudit.audit.vocabulary import CONCLUDING, Conclusion, EngagementState, Role
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.roles import Role as PersonRole
from secaudit.registry import people
from secaudit.registry.asset_index import AssetIndex


@dataclass(frozen=True)
class Started:
    """What the work programme holds."""

    engagement: Engagement
    criteria: int
    steps: int
    excluded: int
    assets: int
    guarded: int
    """Conflicts that stand under a safeguard."""
    unproved: tuple[str, ...]
    """Auditors whose competence no certificate shows (Peraturan BSSN 8/2024 Pasal 25 ayat (5))."""


def plan(workspace: Workspace, new: NewEngagement, letter: Path | None = None) -> Engagement:
    """Record a planned engagement.

    Raises NotFoundError for what the inventory or the library lacks, InputError for criteria that
    ask for nothing.
    """
    library = library_of(workspace)
    scope = replace(new.scope, assets=tuple(asset_identity(name) for name in new.scope.assets))
    new = replace(new, scope=scope, letter_document=kept_one(workspace, letter))
    with workspace.change() as change:
        connection = change.connection
        require_scope(AssetIndex.of(connection), scope)
        criteria_of(library, new.criteria, approved_statement(connection))
        if new.programme is not None:
            programme = programmes.get(connection, identity(new.programme))
            new = replace(new, programme=programme.id)
            if new.planned_from.year not in programme.years:
                raise RefusedError(
                    "{programme} runs from {first} to {last}",
                    programme=programme.id,
                    first=programme.first_year,
                    last=programme.last_year,
                )
            new = replace(new, obligation=new.obligation or programme.obligation)
        if new.obligation is not None:
            key = obligation_key(workspace, connection, library, new.obligation)
            new = replace(new, obligation=key)
        made = engagements.add(connection, new, change.at, account(change))
        change.record("audit.planned", made.id, row_of(made), reason=made.objective)
    return made


def start(workspace: Workspace, engagement_id: str) -> Started:
    """Begin an engagement: check independence, then draw the work programme up.

    Raises RefusedError where nobody leads, or somebody is not independent and no safeguard was
    approved.
    """
    library = library_of(workspace)
    with workspace.change() as change:
        connection = change.connection
        found = engagements.get(connection, identity(engagement_id))
        engagements.require(found, EngagementState.PLANNED)
        members = team.members(connection, found.id)
        if not any(member.role is Role.LEAD for member in members):
            raise RefusedError(
                "{engagement} has no lead auditor",
                hint="name one: secaudit audit team add {engagement} --name NAME --unit UNIT"
                " --role lead",
                engagement=found.id,
            )
        chosen = criteria_of(library, found.criteria, approved_statement(connection))
        conflicts = conflicts_of(connection, found, chosen)
        guards = team.safeguards(connection, found.id)
        team.require_independence(conflicts, guards)
        known = known_of(workspace, connection, library, found.scope, change.at)
        made = prepare(workspace, known, found, chosen.requirements)
        papers.prepare(connection, found.id, made.criteria, made.steps)
        engagements.start(connection, found.id, chosen.excluded, change.at, account(change))
        details = {
            "criteria": [item.requirement for item in made.criteria],
            "excluded": chosen.excluded,
            "team": [row_of(member) for member in members],
            "conflicts": [row_of(item) for item in conflicts],
        }
        change.record("audit.started", found.id, details)
        return Started(
            engagement=engagements.get(connection, found.id),
            criteria=len(made.criteria),
            steps=len(made.steps),
            excluded=len(chosen.excluded),
            assets=known.assets,
            guarded=len(conflicts),
            unproved=tuple(
                member.name
                for member in members
                if member.role in CONCLUDING and member.certificate is None
            ),
        )


def cancel(workspace: Workspace, engagement_id: str, reason: str) -> None:
    """Call an engagement off."""
    with workspace.change() as change:
        name = identity(engagement_id)
        engagements.cancel(change.connection, name, reason)
        change.record("audit.cancelled", name, reason=reason)


def add_auditor(
    workspace: Workspace, engagement_id: str, new: NewAuditor, certificate: Path | None = None
) -> tuple[Auditor, tuple[Conflict, ...]]:
    """Take somebody into the team; the conflicts that they bring are told, not hidden."""
    library = library_of(workspace)
    new = replace(new, certificate=kept_one(workspace, certificate))
    with workspace.change() as change:
        connection = change.connection
        found = engagements.get(connection, identity(engagement_id))
        engagements.require(found, EngagementState.PLANNED, EngagementState.RUNNING)
        _require_auditor(change, new)
        made = team.add(connection, found.id, new, change.at, account(change))
        mine = tuple(
            item
            for item in conflicts_of(connection, found, chosen_of(connection, library, found))
            if item.auditor == made.name
        )
        if mine and found.state is EngagementState.RUNNING:
            team.require_independence(mine, ())
        details = {**row_of(made), "conflicts": [row_of(item) for item in mine]}
        change.record("audit.auditor_added", found.id, details)
    return made, mine


def _require_auditor(change: Change, new: NewAuditor) -> None:
    """Whoever audits from an account is registered as auditor, once anybody is registered."""
    if not new.account.strip() or not change.authority.registered:
        return
    known = people.of_account(change.authority.people, new.account)
    if known is None or PersonRole.AUDITOR not in known.roles_on(change.authority.day):
        raise RefusedError(
            "{name} works as {account}, which is not registered as auditor",
            hint="register them: secaudit role grant {who} --role auditor --account {account}",
            name=new.name,
            who=quoted(new.name),
            account=new.account,
        )


def remove_auditor(workspace: Workspace, engagement_id: str, name: str, reason: str) -> Auditor:
    """Let somebody leave the team."""
    with workspace.change() as change:
        found = engagements.get(change.connection, identity(engagement_id))
        engagements.require(found, EngagementState.PLANNED, EngagementState.RUNNING)
        gone = team.remove(change.connection, found.id, name, reason, change.at)
        change.record("audit.auditor_removed", found.id, {"name": gone.name}, reason=reason)
    return gone


def guard(
    workspace: Workspace,
    engagement_id: str,
    *,
    auditor: str,
    text: str,
    approver: str,
    document: Path | None = None,
) -> Safeguard:
    """Record a safeguard for all the conflicts that an auditor has now, as somebody approves it."""
    if not text.strip() or not approver.strip():
        raise InputError("a safeguard needs to be described, and approved by a named person")
    library = library_of(workspace)
    approval = approve(workspace, "audit.safeguarded", by=approver, document=document)
    proof = proof_of(approval)
    with workspace.change() as change:
        connection = change.connection
        found = engagements.get(connection, identity(engagement_id))
        engagements.require(found, EngagementState.PLANNED, EngagementState.RUNNING)
        member = team.member_of(team.members(connection, found.id), auditor)
        require_other(
            change.authority,
            approval,
            what=found.id,
            asked=(member.name, member.account),
        )
        conflicts = conflicts_of(connection, found, chosen_of(connection, library, found))
        made = team.guard(
            connection,
            found.id,
            conflicts,
            auditor=auditor,
            text=text,
            approver=approval.name,
            document=proof,
            at=change.at,
            account=account(change),
        )
        details = {
            "auditor": made.auditor,
            "approver": approval.name,
            "covers": sorted(made.covers),
        }
        change.record("audit.safeguarded", found.id, details, reason=text, approval=approval)
    return made


def team_rows(workspace: Workspace, engagement_id: str) -> list[dict[str, Any]]:
    """The team with each member's conflicts, and the safeguard where there is one."""
    library = library_of(workspace)
    with workspace.view() as connection:
        found = engagements.get(connection, identity(engagement_id))
        chosen = chosen_of(connection, library, found)
        conflicts = conflicts_of(connection, found, chosen)
        guards = team.safeguards(connection, found.id)
        members = team.members(connection, found.id, removed=True)
    return [member_row(member, conflicts, guards) for member in members]


def member_row(
    member: Auditor, conflicts: tuple[Conflict, ...], guards: tuple[Safeguard, ...]
) -> dict[str, Any]:
    """One member as JSON values."""
    rows = []
    for item in conflicts:
        if item.auditor != member.name:
            continue
        cover = team.covering(item, guards)
        rows.append(
            {
                "kind": item.kind.value,
                "object": item.object_id,
                "owner": item.owner,
                "safeguard": None if cover is None else cover.safeguard,
                "approver": None if cover is None else cover.approver,
            }
        )
    return {
        **row_of(member),
        "conflicts": rows,
        "unguarded": sum(1 for row in rows if row["safeguard"] is None),
    }


def chosen_of(connection: Connection, library: Library, found: Engagement) -> Criteria:
    """The criteria as they were when the work began, or as they would be now."""
    recorded = papers.criteria_of(connection, found.id)
    if not recorded:
        return criteria_of(library, found.criteria, approved_statement(connection))
    known = [library.all_requirements.get(item.requirement) for item in recorded]
    return Criteria(tuple(item for item in known if item is not None), dict(found.excluded))


def conflicts_of(
    connection: Connection, found: Engagement, chosen: Criteria
) -> tuple[Conflict, ...]:
    """Who in the team answers for what is audited."""
    requirements = frozenset(item.id for item in chosen.requirements)
    return team.conflicts(
        team.members(connection, found.id), owned_things(connection, found, requirements)
    )


def list_engagements(workspace: Workspace) -> list[dict[str, Any]]:
    """List the engagements with how far their work is."""
    with workspace.view() as connection:
        return [_row(workspace, connection, item) for item in engagements.list_all(connection)]


def show_engagement(workspace: Workspace, engagement_id: str) -> dict[str, Any]:
    """Tell all about one engagement."""
    with workspace.view() as connection:
        found = engagements.get(connection, identity(engagement_id))
        row = _row(workspace, connection, found)
        row["approvals"] = approvals_of(connection, found.id)
        index = AssetIndex.of(connection)
        row["assets"] = [
            {"id": asset.id, "name": asset.name, "zone": asset.zone, "owner": asset.owner}
            for asset in assets_of(index, found.scope)
        ]
    row["team"] = team_rows(workspace, found.id)
    return row


def _row(workspace: Workspace, connection: Connection, item: Engagement) -> dict[str, Any]:
    from secaudit.audit import findings

    steps = len(papers.steps_of(connection, item.id))
    left = len(papers.open_steps(connection, item.id))
    results = papers.results_of(connection, item.id)
    members = team.members(connection, item.id)
    raised = findings.list_all(connection, engagement=item.id)
    return {
        **row_of(item),
        "lead": members[0].name if members and members[0].role is Role.LEAD else None,
        "steps": steps,
        "steps_done": steps - left,
        "steps_tested": sum(one.conclusion is not Conclusion.NOT_TESTED for one in results),
        "findings": [one.id for one in raised],
        "open_findings": [one.id for one in raised if one.state.value != "closed"],
        "late": late(workspace, item),
    }
