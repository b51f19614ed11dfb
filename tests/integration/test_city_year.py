"""A year in a city, played through the command line, and every number of it counted again.

Real servers on loopback change from month to month under 16 real scans; people plan, claim, accept,
dispute, pause, retire, score, review, audit and report. In the end the audit trail is whole, and
the trail alone gives every number that the commands show.
"""

import json
import re
import shutil
import sqlite3
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from notice_sinks import webhook
from year_city import address, servers
from year_numbers import LIVE, Trail
from year_office import register
from year_play import City
from year_story import Story

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
MONTHS = [(date(2026, month, 1), date(2026, month, monthrange(2026, month)[1]))
          for month in range(1, 13)]  # fmt: skip
APPETITE = 7
"""The least magnitude that the scale treats."""
VERDICTS = ("conform", "partly", "not_conform")
ACTS = {
    *("scope.add", "asset.import", "asset.retire", "scan.start", "scan.done"),
    *("finding.assigned", "finding.planned", "finding.unplanned", "finding.claimed"),
    *("finding.commented", "finding.attached", "finding.disputed", "finding.dispute_agreed"),
    *("finding.dispute_declined", "finding.accepted", "finding.acceptance_expired"),
    *("finding.pause_approved", "finding.pause_ended", "finding.retired", "finding.escalated"),
    *("finding.imported", "plan.revised", "plan.cancelled", "plan.commented"),
    *("risk.proposed", "risk.added", "risk.scored", "risk.treated", "risk.accepted"),
    *("risk.approved", "risk.rejected", "risk.reviewed", "risk.moved"),
    *("control.attested", "control.graded", "audit.programme_approved", "audit.planned"),
    *("audit.started", "audit.auditor_added", "audit.auditor_removed", "audit.sampled"),
    *("audit.tested", "audit.finding_raised", "audit.finding_analysed", "audit.concluded"),
    *("audit.finding_corrected", "audit.finding_checked", "audit.finding_closed"),
    *("review.held", "review.action_done", "conformity.issued", "conformity.forwarded"),
    *("conformity.received", "notice.sent", "role.founded", "role.granted", "pack.built"),
}


@pytest.mark.timeout(1200)
def test_a_year_of_a_city_can_be_counted_again_from_its_trail(tmp_path):
    pytest.importorskip("apprise", reason="needs apprise (the extra notices)")
    with servers() as standing, webhook() as sink:
        story = Story(City(tmp_path / "ws", standing), sink)
        story.play()
    city = story.city
    city.on(1, 6, year=2027)
    pack = _pack(city)
    shown = _shown(city)
    assert {row["state"] for row in city.json("doctor", "--audit-trail")} == {"ok"}
    assert "fault" not in {row["state"] for row in city.json("doctor")}

    told = Trail(city.folder)
    assert told.break_at() is None
    assert {row["action"] for row in told.rows} >= ACTS
    assert len(told.of("scan.done")) == 16
    assert len(told.findings) >= 500
    _findings_agree(told, shown)
    _months_agree(told, shown)
    _scans_agree(told, city.scans)
    _october_lost_nothing(told)
    _plans_and_acceptances_agree(told, shown)
    _registers_agree(told, shown, story.seen)
    _audit_agrees(told, shown)
    _report_agrees(told, story.seen["H1"], date(2026, 6, 30))
    _report_agrees(told, story.seen["H2"], LAST)
    _pack_agrees(told, pack)
    _nothing_changes_unseen(city, tmp_path)


def _pack(city: City) -> Path:
    """A pack of the year, built and verified."""
    path = city.folder.parent / "paket"
    period = ("--from", FIRST.isoformat(), "--until", LAST.isoformat())
    city.run("pack", "build", "-o", path, *period, "--sample", by="inspektorat")
    city.run("pack", "verify", path)
    return path


def _shown(city: City) -> dict[str, Any]:
    """What the commands say at the end."""
    metrics = ("finding", "metrics", "--from")
    for sample in ("SM-0001", "SM-0002"):
        city.run("audit", "sample", "redraw", sample, by="inspektorat")
    return {
        "findings": {row["id"]: row for row in city.json("finding", "list", "--all")},
        "plans": {row["id"]: row for row in city.json("plan", "list", "--all")},
        "months": [
            city.json(*metrics, first, "--until", last, "--by", "owner") for first, last in MONTHS
        ],
        "severities": [
            city.json(*metrics, FIRST, "--until", last, "--by", "severity")
            for _, last in MONTHS[2::3]
        ],
        "register": register(city),
        "mid-year": register(city, "--at", "2026-06-29"),
        "year's end": register(city, "--at", "2026-12-28"),
        "audit": city.json("audit", "nonconformity", "list"),
        "follow-up": city.json("audit", "follow-up", "list"),
        "reports": city.json("conformity", "list"),
    }


def _findings_agree(told: Trail, shown: Mapping[str, Any]) -> None:
    """Every finding by state, severity, last day and owner."""
    assert {
        name: tuple(row[field] for field in ("check", "subject", "state", "severity", "due"))
        for name, row in shown["findings"].items()
    } == {
        name: tuple(item[field] for field in ("check_id", "subject", "state", "severity", "due"))
        for name, item in told.findings.items()
    }
    assert {name: row["owner"] for name, row in shown["findings"].items()} == told.owners
    levels = {name: row["escalation_level"] for name, row in shown["findings"].items()
              if row["escalation_level"] is not None}  # fmt: skip
    assert 3 in levels.values()
    assert levels == told.escalations()
    states = Counter(row["state"] for row in shown["findings"].values())
    assert set(states) == {"open", "reopened", "planned", "claimed_fixed", "verified", "accepted",
                           "false_positive", "retired"}  # fmt: skip


def _months_agree(told: Trail, shown: Mapping[str, Any]) -> None:
    """What was open, repaired in how many days, and in time: by owner and month, by severity."""
    for (first, last), month in zip(MONTHS, shown["months"], strict=True):
        assert month["all"] == told.measures(first, last), first
        assert month["groups"] == told.measures(first, last, told.owners.__getitem__), first
    for (_, last), quarter in zip(MONTHS[2::3], shown["severities"], strict=True):
        assert quarter["groups"] == told.measures(
            FIRST, last, lambda name: str(told.findings[name]["severity"])
        ), last
        assert quarter["all"] == told.measures(FIRST, last)
        assert quarter["burn_down"] == told.burn_down(FIRST, last)
    year = shown["severities"][-1]
    assert min(year["all"][name] for name in ("kept", "missed", "relapsed", "accepted")) > 0
    # What the trail says of the end of each month is what the curve shows on that day.
    for _, last in MONTHS:
        states = Counter(told.states(last).values())
        [day] = [day for day in year["burn_down"] if day["day"] == last.isoformat()]
        assert day["open"] == sum(states[name] for name in LIVE)
        assert day["accepted"] == states["accepted"]


def _scans_agree(told: Trail, said: list[str]) -> None:
    """What each scan said at its end, what its row says, and what its events say."""
    counted = told.scans()
    assert len(said) == len(counted)
    for text, row in zip(said, told.of("scan.done"), strict=True):
        changes, events = row["details"]["changes"], counted[row["object_id"]]
        assert text.startswith(f"{row['object_id']}: ")
        assert {name: set(changes[name]) for name in events} == events
        for what, names in events.items():
            spoken = re.search(rf"(\d+) {what}", text)
            assert int(spoken.group(1) if spoken else 0) == len(names), text


def _october_lost_nothing(told: Trail) -> None:
    """Half of the hosts were out of reach: their findings stayed as they were."""
    [scan] = [
        row
        for row in told.of("scan.done")
        if row["at"].startswith("2026-10") and row["details"]["hosts_planned"] == 43
    ]
    assert scan["details"]["hosts_silent"] >= 21
    cut = {address(host) for host in range(1, 23)}
    before, after = told.states(date(2026, 10, 11)), told.states(date(2026, 10, 31))
    there = {
        name
        for name in before
        if told.findings[name]["subject"].partition("/")[2].partition(":")[0] in cut
    }
    moved = {event["finding_id"] for event in told.events if event["scan_id"] == scan["object_id"]}
    assert not moved & there
    assert {before[name] for name in there} >= {"claimed_fixed", "accepted", "open", "verified"}
    assert {name: before[name] for name in there} == {name: after[name] for name in there}
    assert len(set(scan["details"]["changes"]["not_reached"]) & there) > 100


def _plans_and_acceptances_agree(told: Trail, shown: Mapping[str, Any]) -> None:
    plans = told.plans()
    assert set(plans) == set(shown["plans"])
    for name, plan in shown["plans"].items():
        mine = dict(plans[name])
        assert mine.pop("cancelled") == (plan["state"] == "cancelled")
        assert {key: plan["progress"][key] for key in mine} == mine, name
        assert plan["progress"]["total"] == mine["total"]
    standing, expired = told.acceptances()
    assert standing == {
        name: row["accepted_until"]
        for name, row in shown["findings"].items()
        if row["state"] == "accepted"
    }
    # Two acceptances ran out: one was renewed for what still failed, one finding is open again.
    assert standing
    again = {name for name in expired if "accepted" in _after(told, name)}
    assert again
    assert set(expired) - again


def _after(told: Trail, name: str) -> list[str]:
    """What became of a finding after its acceptance ran out."""
    states = [(event["kind"], event["to_state"]) for event in told.events
              if event["finding_id"] == name]  # fmt: skip
    begin = next(i for i, (kind, _) in enumerate(states) if kind == "acceptance_expired")
    return [state for _, state in states[begin + 1 :]]


def _registers_agree(told: Trail, shown: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    """The register at both reviews, as it was shown then, is shown now, and the trail says."""
    for name, day in (("mid-year", date(2026, 6, 29)), ("year's end", date(2026, 12, 28))):
        assert shown[name] == seen[name], name
        _register_agrees(told, shown[name], day)
    assert shown["mid-year"] != shown["register"]
    _register_agrees(told, shown["register"], date(2027, 1, 6))
    days = Counter(row["at"][:10] for row in told.of("risk.reviewed"))
    assert min(days["2026-06-29"], days["2026-12-28"]) >= 3
    states = Counter(state for state, _ in shown["register"]["risks"].values())
    assert {"approved", "proposed", "rejected"} <= set(states)


def _register_agrees(told: Trail, register: Mapping[str, Any], day: date) -> None:
    mine = told.risks(day)
    assert register["risks"] == mine, day
    assert register["matrix"] == {
        name: scores["current"]
        for name, (state, scores) in mine.items()
        if state in {"proposed", "approved"}
    }, day


def _audit_agrees(told: Trail, shown: Mapping[str, Any]) -> None:
    assert told.audit_findings() == {
        row["id"]: (row["grade"], row["state"]) for row in shown["audit"]
    }
    assert Counter(grade for grade, _ in told.audit_findings().values()) == {
        "major": 1, "minor": 1, "observation": 1
    }  # fmt: skip
    assert {state for _, state in told.audit_findings().values()} == {"closed"}
    assert shown["follow-up"] == []


def _report_agrees(told: Trail, report: Mapping[str, Any], last: date) -> None:
    """The numbers of a conformity report, from the rows at the end of its period."""
    issued = next(row for row in told.of("conformity.issued")
                  if row["object_id"] == report["issue"]["id"])  # fmt: skip
    assert told.document(issued["details"]["content_sha256"])["numbers"] == report["numbers"]
    numbers, states = report["numbers"], told.states(last)
    live = {name for name, state in states.items() if state in LIVE}
    due = {one.finding: one.due for one in told.episodes(last) if one.standing(last)}
    planned = told.planned(last)
    assert {row["id"]: row["state"] for row in report["findings"]} == {
        name: state for name, state in states.items() if state in {*LIVE, "accepted"}
    }
    assert numbers["open"] == len(live) == told.measures(FIRST, last)["open"]
    assert numbers["accepted"] == sum(state == "accepted" for state in states.values())
    assert numbers["late"] == sum((due[name] or last) < last for name in live)
    assert numbers["unplanned"] == len(live - set().union(*planned.values()))
    risks = {name: scores["current"] for name, (state, scores) in told.risks(last).items()
             if state in {"proposed", "approved"}}  # fmt: skip
    assert {row["id"]: row["score"] for row in report["risks"]} == {
        name: likelihood * impact for name, (likelihood, impact) in risks.items()
    }
    assert numbers["risks_above"] == sum(one * other >= APPETITE for one, other in risks.values())
    assert numbers["audit_findings"] == 0
    verdicts = told.verdicts(last)
    assert {name: numbers[name] for name in VERDICTS} == {name: verdicts[name] for name in VERDICTS}


def _pack_agrees(told: Trail, pack: Path) -> None:
    """The results in the sealed pack."""
    results = json.loads((pack / "results.json").read_bytes())
    assert {row["id"]: row["state"] for row in results["findings"]} == told.states(LAST)
    mine = {day["day"]: (day["open"], day["accepted"]) for day in told.burn_down(FIRST, LAST)}
    packed = {day["day"]: (day["open"], day["accepted"]) for day in results["burn_down"]}
    assert packed
    assert packed == {day: mine[day] for day in packed}


def _nothing_changes_unseen(city: City, folder: Path) -> None:
    """One row of the trail, or one finding, changed behind the program: doctor finds it."""
    copy = City(folder / "salinan" / "ws", city.servers)
    for number, change in enumerate((
        "UPDATE audit_trail SET reason = reason || '.' WHERE position = 40",
        "UPDATE finding SET state = 'verified' WHERE state = 'reopened'",
    )):  # fmt: skip
        copy.folder.parent.mkdir(exist_ok=True)
        shutil.copytree(city.folder, copy.folder)
        _rewrite(copy.folder / "secaudit.sqlite", change)
        copy.now = city.now
        rows = copy.json("doctor", "--audit-trail", code=4)
        assert "fault" in {row["state"] for row in rows}
        assert Trail(copy.folder).break_at() == (40 if number == 0 else None)
        shutil.rmtree(copy.folder)


def _rewrite(path: Path, statement: str) -> None:
    """Change a database as somebody would who wants to hide it: past its own guards."""
    with sqlite3.connect(path) as database:
        guards = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_trail'"
        ).fetchall()
        for (name,) in guards:
            database.execute(f'DROP TRIGGER "{name}"')
        assert database.execute(statement).rowcount > 0
    database.close()
