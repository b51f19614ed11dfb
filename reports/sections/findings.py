"""The findings by severity: for each check what it means, how to repair it, and where it failed."""

from collections.abc import Iterable

from reports.burn_down import BurnWords, DayCount, burn_down
from reports.document import (
    Block,
    Callout,
    Code,
    Column,
    Fact,
    Figure,
    Group,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
)
from reports.document import Facts as FactList
from reports.facts import Facts
from reports.model import CheckLine, FindingLine
from reports.sections.cells import hashes, prose, severity, state, text
from reports.words import Words
from secaudit.core.vocabulary import Severity


def findings(facts: Facts, words: Words) -> Section:
    """Build the section: open findings by severity, then accepted and closed ones."""
    blocks: list[Block] = []
    if facts.nothing_scanned:
        blocks.append(Callout("bad", words("summary.nothing.title"), words("summary.nothing.text")))
    elif not facts.open:
        blocks.append(Callout("info", words("summary.none.title"), words("summary.none.text")))
    blocks.append(Paragraph(words("findings.intro")))
    if facts.data.burn_down:
        blocks.append(_burn_down(facts, words))
    parts = [
        _of_severity(facts, words, level, found)
        for level, found in facts.by_severity.items()
        if found
    ]
    if facts.accepted:
        parts.append(_accepted(facts, words))
    if facts.closed:
        parts.append(_closed(facts, words))
    return Section(
        "findings", words("section.findings"), tuple(blocks), tuple(parts), new_page=True
    )


def _burn_down(facts: Facts, words: Words) -> Figure:
    days = facts.data.burn_down
    first, last = days[0], days[-1]
    drawn = burn_down(
        [DayCount(day.open, day.accepted) for day in days],
        BurnWords(
            words.day(first.day),
            words.day(last.day),
            words("findings.burn_open"),
            words("findings.burn_accepted"),
        ),
    )
    said = words(
        "findings.burn_said",
        first=words.day(first.day),
        before=words.count("finding", first.open),
        last=words.day(last.day),
        after=words.count("finding", last.open),
        most=words.number(max(day.open for day in days)),
    )
    return Figure(drawn, words("findings.burn_down"), said)


def _of_severity(
    facts: Facts, words: Words, level: Severity, found: tuple[FindingLine, ...]
) -> Section:
    groups: dict[str, list[FindingLine]] = {}
    for finding in found:
        groups.setdefault(finding.check, []).append(finding)
    return Section(
        f"findings-{level.value}",
        words(
            "findings.of_severity",
            severity=words.of("severity", level),
            findings=words.count("finding", len(found)),
        ),
        tuple(_group(facts, words, check, group) for check, group in groups.items()),
    )


def _group(facts: Facts, words: Words, check: str, group: list[FindingLine]) -> Group:
    line = facts.data.checks.get(check) or CheckLine(check, check, "", "", "")
    citations = sorted({citation for finding in group for citation in finding.citations})
    rows = [Fact(words("findings.check"), Code(check))]
    if line.description:
        rows.append(Fact(words("findings.meaning"), prose(line.description)))
    if line.severity_reason:
        rows.append(Fact(words("findings.severity_reason"), prose(line.severity_reason)))
    rows.append(Fact(words("findings.remediation"), prose(line.remediation)))
    if citations:
        rows.append(Fact(words("findings.contradicts"), Plain("; ".join(citations))))
    if line.references:
        sources = [
            f"{item.title} – {item.url}" if item.url else item.title for item in line.references
        ]
        rows.append(Fact(words("findings.references"), Plain("; ".join(sources))))
    caption = words(
        "findings.places", check=line.title, findings=words.count("finding", len(group))
    )
    return Group(
        line.title,
        severity(words, group[0].severity),
        (FactList(tuple(rows)), _table(facts, words, caption, group)),
    )


def _table(facts: Facts, words: Words, caption: str, group: Iterable[FindingLine]) -> Table:
    columns = (
        Column(words("column.number"), 9),
        Column(words("column.subject"), 23),
        Column(words("column.statement"), 27),
        Column(words("column.state"), 14),
        Column(words("column.owner_due"), 18),
        Column(words("column.evidence"), 16),
    )
    return Table(caption, columns, tuple(_row(facts, words, finding) for finding in group))


def _row(facts: Facts, words: Words, finding: FindingLine) -> tuple[Plain | Lines | Code, ...]:
    name = facts.asset_names.get(finding.asset or "")
    where = Code(finding.subject)
    due = words.day(finding.due)
    if finding.is_overdue(facts.at):
        due = words("findings.overdue", date=due)
    seen = words(
        "findings.seen",
        period=words.period(words.local(finding.first_seen), words.local(finding.last_seen)),
    )
    return (
        Plain(finding.id, strong=True),
        Lines((Plain(name), where)) if name else where,
        Lines((Plain(finding.statement), Plain(seen))),
        Lines((state(words, finding.state),)),
        Lines((text(finding.owner), Plain(due, strong=finding.is_overdue(facts.at)))),
        _as_lines(hashes(finding.evidence)),
    )


def _as_lines(cell: object) -> Plain | Lines | Code:
    if isinstance(cell, Plain | Lines | Code):
        return cell
    raise TypeError(f"{cell!r} is not text")


def _accepted(facts: Facts, words: Words) -> Section:
    rows = tuple(
        (
            Plain(finding.id, strong=True),
            severity(words, finding.severity),
            Code(finding.subject),
            text(finding.acceptance.approver if finding.acceptance else ""),
            text(finding.acceptance.reason if finding.acceptance else ""),
            text(words.day(finding.acceptance.until) if finding.acceptance else ""),
        )
        for finding in facts.accepted
    )
    columns = (
        Column(words("column.number"), 10),
        Column(words("column.severity"), 12),
        Column(words("column.subject"), 24),
        Column(words("column.approver"), 16),
        Column(words("column.reason"), 26),
        Column(words("column.until"), 14),
    )
    return Section(
        "findings-accepted",
        words("findings.accepted"),
        (
            Paragraph(words("findings.accepted_intro")),
            Table(words("findings.accepted"), columns, rows),
        ),
    )


def _closed(facts: Facts, words: Words) -> Section:
    rows = tuple(
        (
            Plain(finding.id, strong=True),
            severity(words, finding.severity),
            Plain(_title(facts, finding)),
            Code(finding.subject),
            state(words, finding.state),
            text(words.day_of(finding.last_seen)),
        )
        for finding in facts.closed
    )
    columns = (
        Column(words("column.number"), 10),
        Column(words("column.severity"), 12),
        Column(words("column.finding"), 28),
        Column(words("column.subject"), 24),
        Column(words("column.state"), 14),
        Column(words("column.last_seen"), 14),
    )
    return Section(
        "findings-closed",
        words("findings.closed"),
        (Paragraph(words("findings.closed_intro")), Table(words("findings.closed"), columns, rows)),
    )


def _title(facts: Facts, finding: FindingLine) -> str:
    line = facts.data.checks.get(finding.check)
    return line.title if line else finding.check
