"""OSCAL exports are valid against the published models, and always the same bytes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from oscal_bindings import OscalDocument

from controls import oscal
from controls.library import Library, load_library
from secaudit.core.errors import NotFoundError

LIBRARY = load_library()
FRAMEWORKS = sorted(LIBRARY.frameworks)
MAPPED = sorted(
    {item.framework for item in LIBRARY.all_requirements.values() if item.related}
    | {"iso27001-2013", "iso27001-2022"}
)


def _controls(document: Any) -> Iterator[Any]:
    catalog = document["catalog"]
    for holder in (catalog, *catalog.get("groups", ())):
        yield from holder.get("controls", ())


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_each_catalogue_is_valid(framework: str, language: str) -> None:
    document = oscal.catalogue(LIBRARY, framework, language)

    OscalDocument.model_validate(json.loads(oscal.to_bytes(document)))
    ids = [control["id"] for control in _controls(document)]
    assert len(ids) == len(set(ids)) == len(LIBRARY.requirements(framework))


@pytest.mark.parametrize("framework", MAPPED)
def test_each_mapping_is_valid_and_names_controls_that_exist(framework: str) -> None:
    document = oscal.mappings(LIBRARY, framework, "id")

    OscalDocument.model_validate(json.loads(oscal.to_bytes(document)))
    resources = document["mapping-collection"]["back-matter"]["resources"]
    files = {f"#{item['uuid']}": item["rlinks"][0]["href"] for item in resources}
    seen = set()
    for mapping in document["mapping-collection"]["mappings"]:
        ends = {}
        for end in ("source", "target"):
            name = files[mapping[f"{end}-resource"]["href"]].removesuffix(".oscal-catalog.json")
            ends[end] = {oscal.control_id(item.id) for item in LIBRARY.requirements(name)}
        for one in mapping["maps"]:
            assert one["sources"][0]["id-ref"] in ends["source"]
            assert one["targets"][0]["id-ref"] in ends["target"]
            assert one["uuid"] not in seen
            seen.add(one["uuid"])


def test_the_crosswalk_is_whole_and_says_what_is_new() -> None:
    document = oscal.mappings(LIBRARY, "iso27001-2013", "en")

    [mapping] = document["mapping-collection"]["mappings"]
    assert len(mapping["maps"]) == 144
    assert {one["relationship"] for one in mapping["maps"]} == {"intersects-with"}
    [gap] = mapping["target-gap-summary"]["unmapped-controls"]
    assert len(gap["with-ids"]) == 12
    assert "clause-6.3" in gap["with-ids"]
    changes = [
        prop["value"]
        for one in mapping["maps"]
        for prop in one["props"]
        if prop["name"] == "change"
    ]
    assert set(changes) == {"same", "renamed", "merged", "split"}


def test_the_same_content_gives_the_same_bytes_and_other_content_others() -> None:
    def made(library: Library, language: str) -> bytes:
        return oscal.to_bytes(oscal.catalogue(library, "iso27001-2022", language))

    assert made(LIBRARY, "id") == made(load_library(), "id")
    one, other = (json.loads(made(LIBRARY, language))["catalog"] for language in ("id", "en"))
    assert one["uuid"] != other["uuid"]
    assert one["metadata"]["last-modified"] == "2026-11-21T00:00:00Z"


def test_what_is_mapped_to_nothing_is_said() -> None:
    with pytest.raises(NotFoundError, match="mapped to no other framework"):
        oscal.mappings(LIBRARY, "perpres-82-2023", "id")
    with pytest.raises(NotFoundError, match="no framework"):
        oscal.catalogue(LIBRARY, "iso27001-2005", "id")
