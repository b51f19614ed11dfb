"""Catalogues and mappings as OSCAL 1.2 documents (NIST Open Security Controls Assessment Language).

The same content gives the same bytes: identifiers are made from what they name, and the only date
is that of the content. What OSCAL has no field for (modality, bearer, how a text was read) is kept
in properties of our own namespace. A relation that nobody confirmed is exported as an overlap and
says so; part is never exported as whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from controls.library import Library
from controls.requirement import Framework, Group, Requirement
from controls.vocabulary import RequirementRelation
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import NotFoundError
from secaudit.core.oscal import (
    NAMESPACE,
    OSCAL_VERSION,
    Json,
    prop,
    to_bytes,
    uuid_of,
    uuid_of_content,
)

__all__ = ["catalogue", "control_id", "mappings", "to_bytes"]

_OLDEST = date(1970, 1, 1)
_RELATIONSHIPS = {
    RequirementRelation.EQUAL: "equal-to",
    RequirementRelation.SUBSET: "subset-of",
    RequirementRelation.SUPERSET: "superset-of",
    RequirementRelation.INTERSECTS: "intersects-with",
}


@dataclass(frozen=True)
class _Map:
    """One pair to export, from whichever file it comes."""

    source: str
    target: str
    relation: RequirementRelation
    rationale: Bilingual | None
    props: Mapping[str, str]


def catalogue(library: Library, framework: str, language: str) -> Json:
    """One framework as an OSCAL catalog. Raises NotFoundError for an unknown one."""
    described = library.framework(framework)
    groups: dict[str, tuple[Group, list[Json]]] = {}
    loose: list[Json] = []
    for requirement in library.requirements(framework):
        control = _control(described, requirement, language)
        group = requirement.group
        if group is None:
            loose.append(control)
        else:
            groups.setdefault(group.key, (group, []))[1].append(control)
    body: Json = {"metadata": _metadata(library, [described], described.title, language)}
    if groups:
        body["groups"] = [
            {
                "id": f"group-{key}",
                "class": "chapter",
                "title": group.title.in_language(language),
                "controls": controls,
            }
            for key, (group, controls) in groups.items()
        ]
    if loose:
        body["controls"] = loose
    return {"catalog": {"uuid": uuid_of_content("catalog", body), **body}}


def mappings(library: Library, framework: str, language: str) -> Json:
    """The mappings of one framework to others as an OSCAL mapping collection.

    Holds its crosswalks, in the direction in which they were written, and the relations that its
    requirements name. Raises NotFoundError where there are none, or for an unknown framework.
    """
    described = library.framework(framework)
    by_pair: dict[tuple[str, str], list[_Map]] = {}
    for one in (*_of_crosswalks(library, framework), *_of_requirements(library, framework)):
        ends = (one.source.partition(":")[0], one.target.partition(":")[0])
        by_pair.setdefault(ends, []).append(one)
    if not by_pair:
        raise NotFoundError("{framework} is mapped to no other framework", framework=framework)
    involved = {name: library.framework(name) for pair in by_pair for name in pair}
    body: Json = {
        "metadata": _metadata(library, involved.values(), described.title, language),
        "provenance": {
            "method": "human",
            "matching-rationale": "semantic",
            "status": "draft",
            "mapping-description": _DESCRIPTION.in_language(language),
        },
        "mappings": [
            _mapping(library, source, target, maps, language)
            for (source, target), maps in sorted(by_pair.items())
        ],
        "back-matter": {
            "resources": [
                {
                    "uuid": uuid_of("resource", name),
                    "title": item.title.in_language(language),
                    "rlinks": [{"href": f"{name}.oscal-catalog.json"}],
                }
                for name, item in sorted(involved.items())
            ]
        },
    }
    return {"mapping-collection": {"uuid": uuid_of_content("mapping-collection", body), **body}}


_DESCRIPTION = Bilingual(
    id=(
        "Kaitan antara ketentuan, dinilai oleh proyek ini. Kaitan yang belum dipastikan seseorang "
        "dinyatakan beririsan; sebagian tidak pernah dibawa sebagai keseluruhan."
    ),
    en=(
        "Relations between requirements, as this project judges them. One that no person confirmed "
        "is stated as an overlap; part is never carried over as whole."
    ),
)


def control_id(requirement: str) -> str:
    """The id of a requirement inside its OSCAL catalog: a token, which no digit may begin."""
    local = requirement.partition(":")[2]
    return f"clause-{local}" if local[0].isdigit() else local


def _of_crosswalks(library: Library, framework: str) -> Iterable[_Map]:
    for crosswalk in library.crosswalks:
        if framework in {crosswalk.head.before, crosswalk.head.after}:
            for pair in crosswalk.pairs:
                props = {
                    "change": pair.change.value,
                    "confirmed": "no" if pair.confirmed is None else "yes",
                }
                if pair.confirmed is not None:
                    props["confirmed-by"] = pair.confirmed.by
                    props["confirmed-on"] = pair.confirmed.on.isoformat()
                yield _Map(pair.before, pair.after, pair.settled, pair.rationale, props)


def _of_requirements(library: Library, framework: str) -> Iterable[_Map]:
    for requirement in library.requirements(framework):
        for other in requirement.related:
            if other.requirement.partition(":")[0] != framework:
                yield _Map(requirement.id, other.requirement, other.relation, other.rationale, {})


def _mapping(
    library: Library, source: str, target: str, maps: Iterable[_Map], language: str
) -> Json:
    made: Json = {
        "uuid": uuid_of("mapping", source, target),
        "source-resource": {"type": "catalog", "href": f"#{uuid_of('resource', source)}"},
        "target-resource": {"type": "catalog", "href": f"#{uuid_of('resource', target)}"},
        "maps": [_map(one, language) for one in maps],
    }
    new = [
        name
        for crosswalk in library.crosswalks
        if (crosswalk.head.before, crosswalk.head.after) == (source, target)
        for name in crosswalk.new
    ]
    if new:
        made["target-gap-summary"] = {
            "uuid": uuid_of("gap", source, target),
            "unmapped-controls": [{"with-ids": [control_id(name) for name in new]}],
        }
    return made


def _map(one: _Map, language: str) -> Json:
    made: Json = {
        "uuid": uuid_of("map", one.source, one.target),
        "relationship": _RELATIONSHIPS[one.relation],
        "sources": [{"type": "control", "id-ref": control_id(one.source)}],
        "targets": [{"type": "control", "id-ref": control_id(one.target)}],
    }
    if one.props:
        made["props"] = [prop(name, value) for name, value in one.props.items()]
    if one.rationale is not None:
        made["remarks"] = one.rationale.in_language(language)
    return made


def _control(framework: Framework, requirement: Requirement, language: str) -> Json:
    identity = control_id(requirement.id)
    made: Json = {
        "id": identity,
        "class": requirement.type,
        "title": requirement.title.in_language(language),
        "props": [
            {"name": "label", "value": requirement.citation.in_language(language)},
            *(prop(name, value) for name, value in _facts(framework, requirement, language)),
        ],
    }
    parts = [
        {
            "id": f"{identity}_{key}",
            "name": name,
            "ns": NAMESPACE,
            "prose": text.in_language(language),
        }
        for key, name, text in (
            ("smr", "summary", requirement.summary),
            ("note", "note", requirement.note),
        )
        if text is not None
    ]
    if parts:
        made["parts"] = parts
    return made


def _facts(
    framework: Framework, requirement: Requirement, language: str
) -> Iterable[tuple[str, str]]:
    yield "requirement-id", requirement.id
    for kind in requirement.kind:
        yield "kind", kind.value
    yield "testability", requirement.testability.value
    yield "status", requirement.status.value
    yield "confidence", requirement.confidence.value
    if requirement.modality is not None:
        yield "modality", requirement.modality.value
    for bearer in requirement.bearers:
        yield "bearer", framework.bearers[bearer].in_language(language)
    if requirement.bearers and not requirement.bearer_named:
        yield "bearer-named", "no"
    if requirement.due is not None:
        yield "due", requirement.due.isoformat()
    if requirement.within_hours is not None:
        yield "within-hours", str(requirement.within_hours)
    if requirement.cadence is not None:
        yield "cadence", f"{requirement.cadence.at_least} per {requirement.cadence.per}"
    if requirement.attributes is not None:
        for name, values in requirement.attributes.model_dump(mode="json").items():
            for value in values:
                yield f"attribute-{name}", value


def _metadata(
    library: Library, frameworks: Iterable[Framework], title: Bilingual, language: str
) -> Json:
    described = list(frameworks)
    revised = [item.revised for item in described if item.revised] or [
        item.revised for item in library.frameworks.values() if item.revised
    ]
    changed = max(revised, default=_OLDEST).isoformat()
    made: Json = {
        "title": title.in_language(language),
        "last-modified": f"{changed}T00:00:00Z",
        "version": changed,
        "oscal-version": OSCAL_VERSION,
    }
    remarks = [item.note.in_language(language) for item in described if item.note is not None]
    if remarks:
        made["remarks"] = "\n\n".join(remarks)
    return made
