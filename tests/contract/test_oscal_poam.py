"""The plan of action is valid OSCAL, points at what it holds, and closes nothing too early."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from oscal_bindings import OscalDocument

from reports.exchange.poam import poam, poam_bytes
from reports.exchange.poam_model import (
    PoamAcceptance,
    PoamAsset,
    PoamData,
    PoamItem,
    PoamPlan,
    PoamRisk,
)
from secaudit.core.vocabulary import FindingState

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
PLAN = PoamPlan(
    "P-0001", "Tim Jaringan", "matikan\ntelnet", date(2026, 12, 30), date(2026, 12, 1), 2.5,
    15_000_000, "IDR", cancelled=False, done=False,
)  # fmt: skip
ITEM = PoamItem(
    id="F-0001",
    check="net.telnet.exposed",
    title="Telnet terbuka",
    description="Telnet mengirim kata sandi sebagai teks terang.",
    statement="Telnet menjawab pada port 23.\n\x1b[31mhostile\u202e",
    remediation="1. Matikan Telnet.",
    subject="kantor/192.0.2.7:23/tcp",
    asset=PoamAsset("A-0001", "Portal", "Dinas A"),
    severity="high",
    state="open",
    owner="Dinas A",
    due=date(2026, 12, 4),
    deadline=datetime(2026, 12, 4, 17, tzinfo=UTC),
    first_seen=AT,
    last_seen=AT,
    collected=AT,
    outcome="failed",
    reason="observed",
    evidence=("ab" * 32,),
    disputed=False,
    plan=None,
    acceptance=None,
    claimed_at=None,
    verified_at=None,
)


def document(*items: PoamItem, language: str = "id", risks: tuple[PoamRisk, ...] = ()) -> Any:
    data = PoamData("Pemerintah Kota Contoh", "Dinas Kominfo", language, "0", AT, items, risks)
    made = json.loads(poam_bytes(data))
    OscalDocument.model_validate(made)
    return made["plan-of-action-and-milestones"]


def uuids(value: Any, key: str = "uuid") -> list[str]:
    if isinstance(value, dict):
        found = [value[key]] if isinstance(value.get(key), str) else []
        return found + [name for item in value.values() for name in uuids(item, key)]
    if isinstance(value, list):
        return [name for item in value for name in uuids(item, key)]
    return []


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("state", list(FindingState))
def test_every_state_has_an_honest_status(state: FindingState, language: str) -> None:
    made = document(replace(ITEM, state=state.value), language=language)
    [risk] = made["risks"]
    closed = {FindingState.VERIFIED, FindingState.RETIRED}
    assert (risk["status"] == "closed") is (state in closed)
    assert {"name": "state", "ns": "urn:secaudit:oscal", "value": state.value} in risk["props"]


def test_what_waits_for_a_second_person_is_a_request() -> None:
    assert document(replace(ITEM, disputed=True))["risks"][0]["status"] == "deviation-requested"
    verified = replace(ITEM, disputed=True, state="verified")
    assert document(verified)["risks"][0]["status"] == "closed"


def test_plans_are_milestones_and_acceptances_responses() -> None:
    accepted = PoamAcceptance("GCIO Contoh", "menunggu anggaran", date(2027, 3, 1), "cd" * 32)
    risk = PoamRisk("R-0001", "Penyadapan", 4, 3, "tinggi", ("F-0001",))
    made = document(
        replace(ITEM, plan=PLAN, state="accepted", acceptance=accepted, claimed_at=AT),
        replace(ITEM, id="F-0002", plan=PLAN, state="planned"),
        risks=(risk,),
    )
    first, second = made["risks"]
    recommended, planned, accepting = first["remediations"]
    assert [recommended["lifecycle"], planned["lifecycle"]] == ["recommendation", "planned"]
    [milestone] = planned["tasks"]
    assert milestone["type"] == "milestone"
    assert milestone["timing"]["within-date-range"] == {
        "start": "2026-12-01T00:00:00Z", "end": "2026-12-30T00:00:00Z"
    }  # fmt: skip
    assert accepting["links"][0]["href"].removeprefix("#") in {
        item["uuid"] for item in made["back-matter"]["resources"]
    }
    assert "R-0001 4x3 tinggi" in json.dumps(first["props"])
    assert second["remediations"][1]["uuid"] != planned["uuid"]


def test_whatever_is_pointed_at_is_there_and_nothing_is_named_twice() -> None:
    made = document(
        replace(ITEM, plan=PLAN, state="planned"),
        replace(ITEM, id="F-0002", plan=PLAN, state="planned", owner=""),
        replace(ITEM, id="F-0003", asset=PoamAsset("kantor/192.0.2.9", "kantor/192.0.2.9", "")),
    )
    known = uuids(made)
    assert len(known) == len(set(known))
    for key in ("actor-uuid", "subject-uuid", "observation-uuid", "risk-uuid"):
        assert set(uuids(made, key)) <= set(known)
    parties = {item["uuid"] for item in made["metadata"]["parties"]}
    for risk in made["risks"]:
        for response in risk["remediations"]:
            for task in response.get("tasks", ()):
                assert set(task["responsible-roles"][0]["party-uuids"]) <= parties
    for item in made["observations"]:
        for evidence in item["relevant-evidence"]:
            assert evidence["href"].removeprefix("#") in known
    [resource] = made["back-matter"]["resources"]
    assert resource["rlinks"][0]["hashes"] == [{"algorithm": "SHA-256", "value": "ab" * 32}]


def test_the_same_content_gives_the_same_bytes_and_identities_stay() -> None:
    def data(item: PoamItem) -> PoamData:
        return PoamData("Kota Contoh", "", "id", "0", AT, (item,))

    assert poam_bytes(data(ITEM)) == poam_bytes(data(ITEM))
    assert b"\x1b" not in poam_bytes(data(ITEM))
    before = poam(data(ITEM))["plan-of-action-and-milestones"]
    after = poam(data(replace(ITEM, state="verified", verified_at=AT)))[
        "plan-of-action-and-milestones"
    ]
    assert before["uuid"] != after["uuid"]
    for kind in ("poam-items", "risks", "observations"):
        assert [item["uuid"] for item in before[kind]] == [item["uuid"] for item in after[kind]]
