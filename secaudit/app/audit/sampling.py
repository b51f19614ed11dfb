"""Samples as a use case: list a population, draw from it, and draw it again to prove it."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.app.audit.common import account, identity, row_of
from secaudit.app.audit.scope import assets_of, findings_in
from secaudit.app.audit.testing import acting, one_requirement
from secaudit.app.controls import library_of
from secaudit.app.sla import end_of, local_zone
from secaudit.app.workspace import Workspace
from secaudit.assurance import attestations
from secaudit.audit import engagements, papers, samples, sampling
from secaudit.audit.engagements import Engagement
from secaudit.audit.samples import NewSample, Sample
from secaudit.audit.sampling import Item, draw, population_bytes
from secaudit.audit.vocabulary import Method, Population, Stratum
from secaudit.core.errors import InputError, VerificationError
from secaudit.core.vocabulary import Severity
from secaudit.ledger import results, trail
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex

MEDIA_TYPE = "application/json"
_WEIGHTS = {
    Severity.CRITICAL: 9,
    Severity.HIGH: 7,
    Severity.MEDIUM: 5,
    Severity.LOW: 3,
    Severity.INFO: 1,
}
"""Ours: of the same range as an asset's, which is the sum of its three values, 3 to 9."""


@dataclass(frozen=True)
class SampleRequest:
    """What to draw from."""

    engagement: str
    population: Population
    size: int | None = None
    confidence: float | None = None
    """With ``tolerable`` instead of a size."""
    tolerable: float = 0.1
    expected: float = 0.0
    method: Method = Method.SIMPLE
    stratum: Stratum | None = None
    seed: str | None = None
    """None: one is made and kept."""
    requirement: str | None = None
    check: str | None = None
    """For results and findings: a check's id, or the beginning of one before a dot."""
    action: str | None = None
    """For changes: the beginning of an action, such as ``finding``."""
    reason: str = ""
    person: str | None = None


@dataclass(frozen=True)
class Redrawn:
    """What drawing a sample again came to."""

    sample: Sample
    population: int
    same: bool


def draw_sample(workspace: Workspace, request: SampleRequest) -> Sample:
    """Draw a sample and keep the population's list as evidence, under its own hash."""
    library = library_of(workspace)
    if request.method is Method.WEIGHTED and request.population not in {
        Population.ASSETS,
        Population.FINDINGS,
        Population.RESULTS,
    }:
        raise InputError(
            "only assets, findings and results have a criticality to weigh by",
            hint="use --method simple",
        )
    with workspace.change() as change:
        connection = change.connection
        found, person = acting(change, request.engagement, request.person)
        requirement = None
        if request.requirement is not None:
            requirement = one_requirement(connection, library, found, request.requirement)
        items = list(_items(workspace, connection, found, request, requirement))
        size = _size(request, len(items))
        seed = request.seed or secrets.token_hex(8)
        stratum = request.stratum or Stratum.ZONE
        stratum_used = stratum if request.method is Method.STRATIFIED else None
        drawn = draw(items, size, seed, request.method, stratum_used)
        digest = workspace.evidence.put(population_bytes(items), MEDIA_TYPE)
        filters = {
            name: value
            for name, value in (
                ("check", request.check),
                ("action", request.action),
                ("requirement", requirement),
                ("from", found.period_from.isoformat()),
                ("until", found.period_until.isoformat()),
            )
            if value
        }
        new = NewSample(
            requirement=requirement,
            population=request.population,
            filters=filters,
            method=request.method,
            stratum=stratum_used,
            seed=seed,
            population_size=len(items),
            population_sha256=digest,
            drawn=drawn,
            reason=request.reason,
            person=person.name,
        )
        made = samples.add(connection, found.id, new, change.at, account(change))
        change.record("audit.sampled", found.id, row_of(made), reason=request.reason)
    return made


def list_samples(workspace: Workspace, engagement_id: str | None = None) -> list[dict[str, Any]]:
    """List the samples, oldest first."""
    with workspace.view() as connection:
        name = None if engagement_id is None else identity(engagement_id)
        if name is not None:
            engagements.get(connection, name)
        return [row_of(item) for item in samples.list_all(connection, name)]


def show_sample(workspace: Workspace, sample_id: str) -> dict[str, Any]:
    """Tell all about one sample, with the items that were drawn."""
    with workspace.view() as connection:
        found = samples.get(connection, identity(sample_id))
    drawn = set(found.drawn)
    items = [row_of(item) for item in population_of(workspace, found) if item.id in drawn]
    return {**row_of(found), "items": items}


def redraw(workspace: Workspace, sample_id: str) -> Redrawn:
    """Draw a sample again from the list that was kept. Raises VerificationError if that is bad."""
    with workspace.view() as connection:
        found = samples.get(connection, identity(sample_id))
    items = population_of(workspace, found)
    again = draw(items, found.size, found.seed, found.method, found.stratum)
    return Redrawn(found, len(items), again == found.drawn)


def population_of(workspace: Workspace, found: Sample) -> list[Item]:
    """The list that a sample was drawn from. Raises NotFoundError, VerificationError."""
    content = workspace.evidence.get(found.population_sha256)
    items = [Item(**row) for row in json.loads(content)]
    if population_bytes(items) != content:
        raise VerificationError("the population of {sample} is not in its form", sample=found.id)
    return items


def _size(request: SampleRequest, population: int) -> int:
    if request.size is not None:
        return request.size
    if request.confidence is None:
        raise InputError(
            "say how many to draw", hint="--size N, or --confidence 0.95 --tolerable 0.10"
        )
    return sampling.sample_size(
        population, request.confidence, request.tolerable, request.expected
    ).size


def _items(
    workspace: Workspace,
    connection: Connection,
    found: Engagement,
    request: SampleRequest,
    requirement: str | None,
) -> Iterator[Item]:
    index = AssetIndex.of(connection)
    assets = assets_of(index, found.scope)
    members = frozenset(asset.id for asset in assets)
    begin = datetime.combine(found.period_from, datetime.min.time(), local_zone(workspace))
    end = end_of(workspace, found.period_until)
    if request.population is Population.ASSETS:
        for asset in assets:
            yield Item(asset.id, asset.name, asset.zone, *_worth(asset))
    elif request.population is Population.FINDINGS:
        for item, asset in findings_in(connection, index, members):
            if _fits(item.check, request.check) and item.first_seen < end:
                label = f"{item.check} {item.subject}"
                yield Item(item.id, label, asset.zone, item.severity.value, _WEIGHTS[item.severity])
    elif request.population is Population.RESULTS:
        for result in results.standing(connection):
            owner = index.asset_of(result.subject)
            if owner is None or owner.id not in members or result.last_seen < begin:
                continue
            if _fits(result.check, request.check):
                name = f"{result.check} {result.subject}"
                yield Item(name, result.outcome.value, owner.zone, *_worth(owner))
    elif request.population is Population.ATTESTATIONS:
        wanted = {item.requirement for item in papers.criteria_of(connection, found.id)}
        for said in attestations.list_all(connection, ended=True):
            if requirement is not None and said.requirement != requirement:
                continue
            if said.requirement in wanted and begin <= said.recorded_at < end:
                yield Item(said.id, f"{said.requirement} {said.value.value}", "", said.kind.value)
    else:
        yield from _changes(connection, begin, end, request.action)


def _changes(
    connection: Connection, begin: datetime, end: datetime, action: str | None
) -> Iterator[Item]:
    for entry in trail.entries(connection):
        if begin <= entry.at < end and _fits(entry.action, action):
            label = f"{entry.action} {entry.object_id}"
            yield Item(f"#{entry.position}", label, "", entry.action.partition(".")[0])


def _fits(name: str, wanted: str | None) -> bool:
    return wanted is None or name == wanted or name.startswith(f"{wanted}.")


def _worth(asset: Asset) -> tuple[str, int]:
    values = (asset.confidentiality, asset.integrity, asset.availability)
    return ("low", "medium", "high")[max(values) - 1], sum(values)
