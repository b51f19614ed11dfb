"""The numbers of the summary, counted from the lines of the report alone, and their sources."""

from collections import Counter
from collections.abc import Mapping

from reports.conformity.model import NONCONFORM, VERDICTS, ConformityData, RequirementLine

SOURCES: Mapping[str, str] = {
    "requirements": "control coverage --at {day} --format json",
    **dict.fromkeys(VERDICTS, "control attestations --all --format json"),
    "differing": "control lint",
    "contradicted": "control coverage --at {day} --format json",
    "supported": "control coverage --at {day} --format json",
    "never_tested": "control coverage --at {day} --format json",
    "open": "finding metrics --until {day} --format json",
    "late": "finding list --late --format json",
    "accepted": "finding list --state accepted --format json",
    "unplanned": "finding list --format json",
    "unowned": "finding list --format json",
    "plans": "plan list --format json",
    "plans_late": "plan list --late --format json",
    "audit_findings": "audit follow-up list --format json",
    "audit_findings_late": "audit follow-up list --format json",
    "risks": "risk list --at {day} --format json",
    "risks_above": "risk list --above --at {day} --format json",
    "risks_untreated": "risk list --above --at {day} --format json",
    "obligations_met": "calendar --format json",
    "obligations_late": "calendar --format json",
    "assets": "asset list --format json",
    "unscanned": "control coverage --at {day} --format json",
    "nonconform": "control attestations --all --format json",
    "nonconform_unanswered": "control gap --framework {framework} --format json",
}
"""The command that lists what each number counts, at the end of the period."""


def numbers_of(data: ConformityData) -> dict[str, int]:
    """Count everything anew; ``data.numbers`` is not looked at."""
    verdicts = Counter(item.verdict for item in data.requirements)
    standings = Counter(item.standing for item in data.requirements)
    accepted = sum(item.accepted is not None for item in data.findings)
    live = [item for item in data.findings if item.accepted is None]
    above = [item for item in data.risks if item.above]
    going = [item for item in data.plans if not item.finished]
    counted: Mapping[str, int] = {
        "requirements": len(data.requirements),
        **{verdict: verdicts[verdict] for verdict in VERDICTS},
        "differing": sum(bool(item.differences) for item in data.requirements),
        "contradicted": standings["contradicted"],
        "supported": standings["supported"] + standings["supported_in_part"],
        "never_tested": standings["never_tested"],
        "open": len(live),
        "late": sum(item.late for item in live),
        "accepted": accepted,
        "unplanned": sum(not item.plan for item in live),
        "unowned": sum(not item.owner for item in live),
        "plans": len(going),
        "plans_late": sum(item.late for item in going),
        "audit_findings": len(data.audit_findings),
        "audit_findings_late": sum(item.late for item in data.audit_findings),
        "risks": len(data.risks),
        "risks_above": len(above),
        "risks_untreated": sum(not item.treated for item in above),
        "obligations_met": _obligations(data, "met"),
        "obligations_late": _obligations(data, "late"),
        "assets": data.assets,
        "unscanned": len(data.unscanned),
        "nonconform": sum(item.verdict in NONCONFORM for item in data.requirements),
        "nonconform_unanswered": len(unanswered(data)),
    }
    return dict(counted)


def unanswered(data: ConformityData) -> tuple[RequirementLine, ...]:
    """Requirements that do not conform and have no plan, no audit action and no acceptance."""
    planned = {item.id for item in data.findings if item.plan}
    followed = {item.requirement for item in data.audit_findings if item.owner and item.due}

    def answered(item: RequirementLine) -> bool:
        decided = bool(item.accepted) and set(item.contradicting) == set(item.accepted)
        return decided or item.id in followed or bool(planned.intersection(item.contradicting))

    return tuple(
        item for item in data.requirements if item.verdict in NONCONFORM and not answered(item)
    )


def disagreeing(data: ConformityData) -> dict[str, int]:
    """Numbers that say something else than the lines do: their right values."""
    return {key: value for key, value in numbers_of(data).items() if data.numbers.get(key) != value}


def _obligations(data: ConformityData, standing: str) -> int:
    return sum(item.standing == standing for item in data.obligations)
