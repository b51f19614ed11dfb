"""The audit findings: each with condition, criterion, cause, effect, and what is done about it."""

from reports.audit.model import GRADES, AuditData, FindingLine
from reports.document import (
    Badge,
    Cell,
    Code,
    Column,
    Fact,
    Facts,
    Group,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
    Tone,
)
from reports.words import Words

HASH_SHOWN = 16
GRADE_TONE: dict[str, Tone] = {
    "major": "bad",
    "minor": "warn",
    "observation": "info",
    "opportunity": "good",
}
STATE_TONE: dict[str, Tone] = {
    "open": "warn",
    "reopened": "bad",
    "corrected": "info",
    "verified": "good",
    "closed": "good",
}


def findings_section(data: AuditData, words: Words) -> Section:
    """Every finding of this audit, the gravest first."""
    if not data.findings:
        none = words("audit.no_findings" if data.opinion else "audit.no_findings_yet")
        return Section("findings", words("audit.section.findings"), (Paragraph(none),))
    parts = tuple(
        Section(f"findings-{grade}", words(f"audit.graded.{grade}"), tuple(groups))
        for grade in GRADES
        if (groups := [_group(item, words) for item in data.findings if item.grade == grade])
    )
    intro = (Paragraph(words("audit.findings_intro")),)
    return Section("findings", words("audit.section.findings"), intro, parts, new_page=True)


def earlier_section(data: AuditData, words: Words) -> Section:
    """What other audits found and nobody has closed."""
    if not data.earlier:
        text = Paragraph(words("audit.no_earlier"))
        return Section("follow-up", words("audit.section.follow_up"), (text,))
    columns = (
        Column(words("audit.column.finding"), 44),
        Column(words("audit.column.grade"), 18),
        Column(words("audit.column.state"), 18),
        Column(words("audit.column.owner_due"), 20),
    )
    rows = tuple(
        (
            Lines((Plain(f"{item.id} ({item.engagement})", strong=True), Plain(item.title))),
            Badge(words(f"audit.grade.{item.grade}"), GRADE_TONE[item.grade]),
            Badge(words(f"audit.state.{item.state}"), STATE_TONE[item.state]),
            _owner(item, words),
        )
        for item in data.earlier
    )
    table = Table(words("audit.earlier"), columns, rows)
    return Section("follow-up", words("audit.section.follow_up"), (table,))


def _group(item: FindingLine, words: Words) -> Group:
    missing = words("audit.not_yet") if item.grade in {"major", "minor"} else "–"
    rows = [
        Fact(
            words("audit.fact.state"),
            Badge(words(f"audit.state.{item.state}"), STATE_TONE[item.state]),
        ),
        Fact(words("audit.fact.criterion"), Plain(item.criterion)),
        Fact(words("audit.fact.condition"), Plain(item.condition)),
        Fact(words("audit.fact.cause"), Plain(item.cause or missing)),
        Fact(words("audit.fact.effect"), Plain(item.effect or "–")),
        Fact(words("audit.fact.correction"), Plain(item.correction or missing)),
        Fact(words("audit.fact.action"), Plain(item.action or missing)),
        Fact(words("audit.fact.owner_due"), _owner(item, words)),
    ]
    if item.checked_by:
        who = f"{item.checked_by}, {words.day(item.checked_on)}"
        rows.append(Fact(words("audit.fact.checked"), Lines((Plain(item.checked), Plain(who)))))
    if item.repeats:
        repeated = words("audit.repeats", earlier=item.repeats)
        rows.insert(1, Fact(words("audit.fact.repeats"), Badge(repeated, "bad")))
    if item.proofs:
        shown: list[Plain | Code | Badge] = []
        for proof in item.proofs:
            shown.append(Plain(f"{words(f'audit.proof.{proof.kind}')}: {proof.reference}"))
            shown += [Code(digest[:HASH_SHOWN], digest) for digest in proof.sha256]
            if proof.lost:
                shown.append(Badge(words(f"audit.lost.{proof.lost}"), "bad"))
        rows.append(Fact(words("audit.fact.evidence"), Lines(tuple(shown))))
    rows.append(Fact(words("audit.fact.raised_by"), Plain(item.raised_by)))
    badge = Badge(words(f"audit.grade.{item.grade}"), GRADE_TONE[item.grade])
    return Group(f"{item.id} – {item.title}", badge, (Facts(tuple(rows)),))


def _owner(item: FindingLine, words: Words) -> Cell:
    shown: list[Plain | Code | Badge] = [Plain(item.owner or "–")]
    if item.due is not None:
        shown.append(Plain(words.day(item.due)))
    if item.overdue:
        shown.append(Badge(words("audit.overdue"), "bad"))
    return Lines(tuple(shown))
