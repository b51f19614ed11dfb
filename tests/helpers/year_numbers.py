"""Every number of a year counted again: from the rows of the audit trail, with nothing of ours.

Read are the table ``audit_trail`` and, where a row names one by its SHA-256, a document of the
evidence store. What is written here follows the pages of the documentation and RFC 8259 only.
"""

import hashlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from statistics import mean, median
from typing import Any

WIB = timezone(timedelta(hours=7))
FIELDS = ("position", "at", "actor", "action", "object_id", "reason")
LIVE = {"open", "planned", "claimed_fixed", "reopened"}
AGES = ((7, "0-7"), (30, "8-30"), (90, "31-90"), (180, "91-180"), (10**6, "over-180"))
ONE_DAY = timedelta(days=1)
DUES = {
    **dict.fromkeys(("found", "reopened", "claim_refuted", "verified"), "due"),
    **dict.fromkeys(("paused", "pause_ended", "acceptance_expired"), "due"),
    "due_changed": "to",
}
"""Where an event names the last day of the repair; that of a plan is another day."""

Row = Mapping[str, Any]


def plain(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def instant(text: str) -> datetime:
    """An instant of the trail."""
    return datetime.fromisoformat(text).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Its day in the city."""
    return moment.astimezone(WIB).date()


@dataclass
class Episode:
    """From the opening of a finding to its end; ``stops`` are its acceptances."""

    finding: str
    opened: datetime
    relapse: bool
    due: date | None = None
    ended: datetime | None = None
    how: str = ""
    stops: list[list[date | None]] = field(default_factory=list)

    def standing(self, day: date) -> bool:
        """Begun and not ended at the end of a day."""
        return day_of(self.opened) <= day and (self.ended is None or day < day_of(self.ended))

    def accepted(self, day: date) -> bool:
        """Under an acceptance at the end of a day."""
        return any(
            first is not None and first <= day and (last is None or day < last)
            for first, last in self.stops
        )

    def open(self, day: date) -> bool:
        """To be repaired at the end of a day."""
        return self.standing(day) and not self.accepted(day)

    def decided(self) -> tuple[date, bool] | None:
        """When it was decided whether the last day was kept, and whether it was."""
        if self.due is None or self.how in {"false_positive", "withdrawn"}:
            return None
        if self.ended is not None and day_of(self.ended) <= self.due:
            return (day_of(self.ended), True) if self.how == "verified" else None
        return None if self.accepted(self.due) else (self.due + ONE_DAY, False)


class Trail:
    """The rows of one workspace, in order, and what they say."""

    def __init__(self, workspace: Path) -> None:
        self._evidence = workspace / "evidence"
        database = sqlite3.connect(f"file:{workspace / 'secaudit.sqlite'}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        self.rows: list[dict[str, Any]] = [
            {**dict(row), "details": json.loads(row["details"])}
            for row in database.execute("SELECT * FROM audit_trail ORDER BY position")
        ]
        database.close()

    def break_at(self) -> int | None:
        """The position of the first row that does not follow, or was changed; None: whole."""
        before = "0" * 64
        for number, row in enumerate(self.rows, 1):
            sealed = {**{name: row[name] for name in FIELDS}, "details": row["details"]}
            made = hashlib.sha256(before.encode() + b"\n" + plain(sealed)).hexdigest()
            if row["position"] != number or row["previous"] != before or row["hash"] != made:
                return number
            before = made
        return None

    def of(self, *actions: str) -> list[dict[str, Any]]:
        """The rows of some acts."""
        return [row for row in self.rows if row["action"] in actions]

    def document(self, digest: str) -> Any:
        """A document that a row names."""
        content = (self._evidence / digest[:2] / digest).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        return json.loads(content)

    @cached_property
    def _sealed(self) -> list[tuple[Row, Any]]:
        """What each row seals of findings and risks."""
        found = []
        for row in self.rows:
            seal = row["details"].get("sealed")
            if seal is not None:
                inside = seal.get("document")
                assert inside is None or hashlib.sha256(plain(inside)).hexdigest() == seal["sha256"]
                found.append((row, inside if inside is not None else self.document(seal["sha256"])))
        return found

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """What happened to findings, in order; ``when`` is when it took effect."""
        return [
            {**event, "when": instant(event["effective_at"] or event["at"])}
            for _, document in self._sealed
            for event in document["finding_events"]
        ]

    @cached_property
    def findings(self) -> dict[str, dict[str, Any]]:
        """How the last row about it left each finding."""
        return {item["id"]: item for _, document in self._sealed for item in document["findings"]}

    def states(self, until: date) -> dict[str, str]:
        """The state of each finding at the end of a day."""
        return {
            event["finding_id"]: event["to_state"]
            for event in self.events
            if day_of(event["when"]) <= until
        }

    @cached_property
    def owners(self) -> dict[str, str]:
        """Who repairs each finding: whom a person named, else who answers for its asset."""
        assets: dict[tuple[str, str], str] = {}
        for row in self.of("asset.import"):
            for item in row["details"]["assets"]:
                assets[item["zone"], item["addresses"]] = item["owner"]
        found = {}
        for name, item in self.findings.items():
            zone, _, rest = item["subject"].partition("/")
            of_asset = assets.get((zone, rest.partition(":")[0]), "")
            found[name] = item["owner"] if item["owner_assigned"] else of_asset
        return found

    def episodes(self, until: date) -> list[Episode]:
        """The life of every finding, as known at the end of a day."""
        by_finding: dict[str, list[Any]] = defaultdict(list)
        for event in self.events:
            by_finding[event["finding_id"]].append(event)
        return [one for name, events in by_finding.items() for one in _lives(name, events, until)]

    def measures(self, first: date, last: date, group: Callable[[str], str] | None = None) -> Any:
        """The numbers of a period: of all findings, or of each group."""
        groups: dict[str, list[Episode]] = defaultdict(list)
        for one in self.episodes(last):
            groups["" if group is None else group(one.finding)].append(one)
        counted = {name: count(members, first, last) for name, members in groups.items()}
        return counted if group is not None else counted.get("", count([], first, last))

    def burn_down(self, first: date, last: date) -> list[dict[str, Any]]:
        """The end of each day of a period."""
        lives = self.episodes(last)
        opened = Counter(day_of(one.opened) for one in lives)
        closed = Counter(day_of(one.ended) for one in lives if one.ended is not None)
        days = [first + ONE_DAY * number for number in range((last - first).days + 1)]
        return [
            {
                "day": day.isoformat(),
                "open": sum(one.open(day) for one in lives),
                "accepted": sum(one.standing(day) and one.accepted(day) for one in lives),
                "opened": opened[day],
                "closed": closed[day],
            }
            for day in days
        ]

    def scans(self) -> dict[str, dict[str, set[str]]]:
        """Of each scan, the findings that it found, verified and reopened, by the events."""
        kinds = {"found": "new", "verified": "verified", "reopened": "reopened",
                 "claim_refuted": "reopened"}  # fmt: skip
        told: dict[str, dict[str, set[str]]] = {
            row["object_id"]: {"new": set(), "verified": set(), "reopened": set()}
            for row in self.of("scan.done")
        }
        for event in self.events:
            if event["scan_id"] is not None and event["kind"] in kinds:
                told[event["scan_id"]][kinds[event["kind"]]].add(event["finding_id"])
        return told

    def acceptances(self) -> tuple[dict[str, str], list[str]]:
        """The last day of each acceptance that stands, and the findings of those that ran out."""
        standing: dict[str, str] = {}
        until: dict[str, str] = {}
        expired = []
        for row in self.rows:
            if row["action"] == "finding.accepted":
                until |= dict.fromkeys(row["details"]["findings"], row["details"]["expires_on"])
            elif row["action"] == "finding.acceptance_expired":
                expired += row["details"]["findings"]
        for name, state in ((name, item["state"]) for name, item in self.findings.items()):
            if state == "accepted":
                standing[name] = until[name]
        return standing, sorted(expired)

    def escalations(self) -> dict[str, int]:
        """The level of each live finding whose last day is still the one that it was told for."""
        found: dict[str, int] = {}
        for row in self.of("finding.escalated"):
            for one in row["details"]["escalations"]:
                item = self.findings[one["finding"]]
                if item["state"] in LIVE and item["due"] == one["due"]:
                    found[item["id"]] = max(one["level"], found.get(item["id"], 0))
        return found

    def planned(self, until: date = date.max) -> dict[str, set[str]]:
        """The findings in each plan at the end of a day; a cancelled plan has none."""
        inside: dict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            if day_of(instant(row["at"])) > until:
                break
            if row["action"] == "finding.planned":
                inside[row["details"]["plan"]] |= set(row["details"]["findings"])
            elif row["action"] == "finding.unplanned":
                inside[row["details"]["plan"]] -= set(row["details"]["findings"])
        return dict(inside)

    def plans(self) -> dict[str, dict[str, Any]]:
        """How far each plan is; of a cancelled one, what was in it when it was cancelled."""
        cancelled = {row["object_id"]: row["position"] for row in self.of("plan.cancelled")}
        inside = self.planned()
        for plan, position in cancelled.items():
            # The row after that of the plan takes its findings out.
            inside[plan] = set(self.rows[position]["details"]["findings"])
        fields = {"verified": "verified", "claimed_fixed": "claimed", "accepted": "accepted",
                  "false_positive": "false_positive", "retired": "retired"}  # fmt: skip
        found = {}
        for plan, names in sorted(inside.items()):
            counted = Counter(fields.get(self.findings[name]["state"], "open") for name in names)
            found[plan] = {"total": len(names), **counted, "cancelled": plan in cancelled}
        return found

    def risks(self, until: date) -> dict[str, tuple[str, dict[str, Any]]]:
        """State and scores of each risk at the end of a day."""
        found: dict[str, Any] = {}
        for _, document in self._sealed:
            last = {event["risk_id"]: event for event in document["risk_events"]}
            for item in document["risks"]:
                event = last[item["id"]]
                if day_of(instant(event["effective_at"] or event["at"])) <= until:
                    found[item["id"]] = item
        return {name: (item["state"], _scores(item)) for name, item in found.items()}

    def verdicts(self, until: date) -> Counter[str]:
        """How often each verdict stands at the end of a day; the auditor's where it is graver."""
        order = ("conform", "partly", "not_conform")
        grades = {"minor": "partly", "major": "not_conform"}
        said: dict[str, str] = {}
        for row in self.of("control.attested", "control.graded"):
            name, value = row["object_id"], row["details"]["value"]
            if day_of(instant(row["at"])) > until:
                break
            if row["action"] == "control.attested":
                said[name] = value
            elif value in grades:
                said[name] = max(said.get(name, "conform"), grades[value], key=order.index)
        return Counter(said.values())

    def audit_findings(self) -> dict[str, tuple[str, str]]:
        """Grade and state of each finding of the audits."""
        found: dict[str, tuple[str, str]] = {}
        for row in self.rows:
            name, what = row["object_id"], row["action"].removeprefix("audit.finding_")
            if what == "raised":
                found[name] = (row["details"]["grade"], "open")
            elif what in {"corrected", "closed", "reopened"}:
                found[name] = (found[name][0], what)
            elif what == "checked":
                state = "verified" if row["details"]["effective"] else "reopened"
                found[name] = (found[name][0], state)
        return found


def _scores(item: Row) -> dict[str, Any]:
    current = item["own"]["score"] if item["own"] is not None else item["computed"]
    told = {"inherent": item["inherent"], "current": current, "residual": item["residual"]}
    return {name: None if score is None else _pair(score) for name, score in told.items()}


def _pair(score: Row) -> tuple[int, int]:
    inner = score.get("score", score)
    return inner["likelihood"], inner["impact"]


def _lives(name: str, events: Iterable[Row], until: date) -> list[Episode]:
    made: list[Episode] = []
    now: Episode | None = None
    for event in events:
        when, state = event["when"], event["to_state"]
        if day_of(when) > until:
            break
        if now is None and (state in LIVE or state == "accepted"):
            relapse = bool(made) and made[-1].how == "verified"
            now = Episode(name, when, relapse)
            made.append(now)
        if now is None:
            continue
        due = event["details"].get(DUES.get(event["kind"], ""))
        if due:
            now.due = date.fromisoformat(due)
        stopped = bool(now.stops) and now.stops[-1][1] is None
        if state == "accepted" and not stopped:
            now.stops.append([day_of(when), None])
        elif state != "accepted" and stopped:
            now.stops[-1][1] = day_of(when)
        if state not in LIVE and state != "accepted":
            now.ended, now.how, now = when, state, None
    return made


def count(lives: Iterable[Episode], first: date, last: date) -> dict[str, Any]:
    """Count a period of whole days."""
    told, ages, times = Counter[str](), dict.fromkeys([name for _, name in AGES], 0), []
    for one in lives:
        told["open_before"] += one.open(first - ONE_DAY)
        told["accepted"] += one.standing(last) and one.accepted(last)
        if one.open(last):
            told["open"] += 1
            age = (last - day_of(one.opened)).days
            ages[next(name for most, name in AGES if age <= most)] += 1
        if first <= day_of(one.opened) <= last:
            told["opened"] += 1
            told["relapsed"] += one.relapse
        if one.ended is not None and first <= day_of(one.ended) <= last:
            told["verified" if one.how == "verified" else "closed_otherwise"] += 1
            if one.how == "verified":
                times.append((one.ended - one.opened) / ONE_DAY)
        decided = one.decided()
        if decided is not None and first <= decided[0] <= last:
            told["kept" if decided[1] else "missed"] += 1
    names = ("open_before", "open", "accepted", "opened", "relapsed", "verified",
             "closed_otherwise", "kept", "missed")  # fmt: skip
    decided_in_all = told["kept"] + told["missed"]
    times.sort()
    return {
        **{name: told[name] for name in names},
        "ageing": ages,
        "median_days": round(median(times), 1) if times else None,
        "mean_days": round(mean(times), 1) if times else None,
        "p90_days": round(times[-(-len(times) * 90 // 100) - 1], 1) if times else None,
        "kept_share": round(told["kept"] / decided_in_all, 4) if decided_in_all else None,
    }
