"""What needs the mayor's decision: each matter follows from lines of the report."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from reports.conformity.model import ConformityData
from reports.conformity.numbers import unanswered
from reports.conformity.speech import Speech

SOON_DAYS = 90
"""An acceptance that ends so soon after the period is to be looked at before the next report."""


@dataclass(frozen=True)
class Decision:
    """One matter: what is asked for, and what it is about."""

    text: str
    why: str


def decisions(data: ConformityData, speech: Speech) -> tuple[Decision, ...]:
    """The matters that need a decision, the most pressing first."""
    return tuple(_matters(data, speech))


def _matters(data: ConformityData, speech: Speech) -> Iterator[Decision]:
    numbers = data.numbers
    short = {item.id: item.short_title for item in data.frameworks}
    live = [item for item in data.findings if item.accepted is None]
    if numbers["differing"]:
        names = [
            f"{short[item.framework]} {item.citation}"
            for item in data.requirements
            if item.differences
        ]
        yield _one(speech, "differing", numbers["differing"], names)
    if numbers["late"]:
        owners = _most(item.owner or speech.say("work.no_owner") for item in live if item.late)
        yield _one(speech, "late", numbers["late"], owners)
    if numbers["unplanned"]:
        owners = _most(item.owner or speech.say("work.no_owner") for item in live if not item.plan)
        yield _one(speech, "unplanned", numbers["unplanned"], owners)
    if numbers["nonconform_unanswered"]:
        left = [f"{short[item.framework]} {item.citation}" for item in unanswered(data)]
        yield _one(speech, "unanswered", numbers["nonconform_unanswered"], left)
    if numbers["audit_findings"]:
        yield Decision(
            speech.say(
                "decide.audits",
                n=speech.number(numbers["audit_findings"]),
                late=speech.number(numbers["audit_findings_late"]),
            ),
            _why(speech, "audits", (item.id for item in data.audit_findings)),
        )
    if numbers["risks_untreated"]:
        risks = [
            f"{item.id} {item.title}" for item in data.risks if item.above and not item.treated
        ]
        yield _one(speech, "risks", numbers["risks_untreated"], risks, most=3)
    if numbers["unowned"]:
        yield _one(
            speech, "unowned", numbers["unowned"], [item.id for item in live if not item.owner]
        )
    limit = data.last + timedelta(days=SOON_DAYS)
    ending = [item.id for item in data.findings if item.accepted and item.accepted.until <= limit]
    if ending:
        yield _one(speech, "accepted", len(ending), ending)
    missed = [item.citation for item in data.obligations if item.standing == "late"]
    if missed:
        yield _one(speech, "obligations", len(missed), missed)
    if data.unknown_assets:
        yield _one(speech, "unscanned", len(data.unknown_assets), data.unknown_assets)
    if numbers["not_judged"]:
        open_ones = _most(
            short[item.framework] for item in data.requirements if item.verdict == "not_judged"
        )
        yield _one(speech, "judged", numbers["not_judged"], open_ones, most=3)


def cost_of(data: ConformityData) -> int:
    """What the plans that are not finished cost, in rupiah, as far as somebody wrote it down."""
    return sum(
        item.cost or 0 for item in data.plans if not item.finished and item.currency == "IDR"
    )


def _one(speech: Speech, key: str, count: int, names: Iterable[str], most: int = 4) -> Decision:
    units = {
        f"{unit}s": speech.count(unit, count)
        for unit in ("finding", "requirement", "asset", "risk")
    }
    text = speech.say(f"decide.{key}", n=speech.number(count), days=SOON_DAYS, **units)
    return Decision(text, _why(speech, key, names, most))


def _why(speech: Speech, key: str, names: Iterable[str], most: int = 4) -> str:
    return speech.say(f"decide.{key}_why", names=speech.names(names, most))


def _most(names: Iterable[str]) -> list[str]:
    """Names with how often they stand, the most frequent first."""
    return [f"{name} ({count})" for name, count in Counter(names).most_common()]
