"""One page for the Wali Kota and the GCIO: what was seen, what is contradicted, what to decide."""

from reports.charts import Bar, shares
from reports.document import (
    Block,
    Bullets,
    Callout,
    Column,
    Figure,
    Paragraph,
    Plain,
    Section,
    Table,
    Tile,
    Tiles,
)
from reports.facts import Facts, finding_count
from reports.sections.cells import SEVERITY_TONE, severity, text
from reports.words import Words
from secaudit.core.vocabulary import Severity

WORST_SHOWN = 5
PROVISIONS_SHOWN = 3


def summary(facts: Facts, words: Words) -> Section:
    """Build the section."""
    blocks: list[Block] = [*_verdict(facts, words)]
    if not facts.nothing_scanned or facts.data.findings:
        blocks.append(_tiles(facts, words))
    if facts.data.scans:
        blocks.append(Paragraph(_looked_at(facts, words)))
    blocks.extend(_severities(facts, words))
    blocks.extend(_worst(facts, words))
    blocks.extend(_provisions(facts, words))
    blocks.append(_trend(facts, words))
    blocks.append(Paragraph(words("summary.decide"), "lead"))
    blocks.append(Bullets(decisions(facts, words), numbered=True))
    return Section("summary", words("section.summary"), tuple(blocks), new_page=True, compact=True)


def _verdict(facts: Facts, words: Words) -> list[Block]:
    if facts.nothing_scanned:
        return [Callout("bad", words("summary.nothing.title"), words("summary.nothing.text"))]
    urgent = len(facts.by_severity[Severity.CRITICAL]) + len(facts.by_severity[Severity.HIGH])
    if urgent:
        blocks: list[Block] = [
            Callout(
                "bad",
                words(
                    "summary.urgent.title",
                    findings=words.count("open_finding", len(facts.open)),
                    urgent=words.number(urgent),
                ),
                words("summary.urgent.text"),
            )
        ]
    elif facts.open:
        blocks = [
            Callout(
                "warn",
                words("summary.some.title", findings=words.count("open_finding", len(facts.open))),
                words("summary.some.text"),
            )
        ]
    else:
        blocks = [Callout("info", words("summary.none.title"), words("summary.none.text"))]
    if facts.never_scanned:
        blocks.append(
            Callout(
                "warn",
                words(
                    "summary.unscanned.title",
                    assets=words.count("asset", len(facts.never_scanned)),
                    total=words.number(len(facts.in_scope)),
                ),
                words(
                    "summary.unscanned.text",
                    names=words.joined([asset.name for asset in facts.never_scanned], most=6),
                ),
            )
        )
    if facts.incomplete_scans:
        blocks.append(
            Callout(
                "warn",
                words("summary.incomplete.title"),
                words(
                    "summary.incomplete.text",
                    scans=words.joined(list(facts.incomplete_scans), most=6),
                ),
            )
        )
    return blocks


def _tiles(facts: Facts, words: Words) -> Tiles:
    scanned = len(facts.in_scope) - len(facts.never_scanned)
    urgent = len(facts.by_severity[Severity.CRITICAL]) + len(facts.by_severity[Severity.HIGH])
    return Tiles(
        (
            Tile(
                words("summary.tile.part", n=words.number(scanned),
                      total=words.number(len(facts.in_scope))),
                words("summary.tile.assets"),
                "warn" if facts.never_scanned or not scanned else "plain",
            ),
            Tile(words.number(len(facts.open)), words("summary.tile.open")),
            Tile(words.number(urgent), words("summary.tile.urgent"), "bad" if urgent else "plain"),
            Tile(
                words.number(len(facts.overdue)),
                words("summary.tile.overdue"),
                "bad" if facts.overdue else "plain",
            ),
            Tile(
                words.number(len(facts.contradicted)),
                words("summary.tile.contradicted"),
                "bad" if facts.contradicted else "plain",
            ),
            Tile(
                words.number(facts.expired + facts.expiring),
                words("summary.tile.certificates"),
                "warn" if facts.expired + facts.expiring else "plain",
            ),
        )
    )  # fmt: skip


def _looked_at(facts: Facts, words: Words) -> str:
    data = facts.data
    return words(
        "summary.looked_at",
        period=words.period(data.period.first, data.period.last),
        scans=words.count("scan", len(data.scans)),
        hosts=words.count("host", max((scan.up for scan in data.scans), default=0)),
        letters=words.joined(
            [words.of("letter", item.number) for item in data.authorisations], most=4
        ),
        results=words.count("result", len(data.results)),
    )


def _severities(facts: Facts, words: Words) -> list[Block]:
    if not facts.open:
        return []
    items = [
        Bar(words.of("severity", level), len(found), SEVERITY_TONE[level], words.number(len(found)))
        for level, found in facts.by_severity.items()
    ]
    said = "; ".join(f"{item.label}: {item.shown}" for item in items)
    return [Figure(shares(items), words("summary.severities"), said)]


def _worst(facts: Facts, words: Words) -> list[Block]:
    if not facts.open:
        return []
    rows = tuple(
        (
            severity(words, finding.severity),
            Plain(f"{finding.id} · {_title(facts, finding.check)}", strong=True),
            text(_where(facts, finding.asset, finding.subject)),
            text(finding.owner),
            text(words.day(finding.due)),
        )
        for finding in facts.open[:WORST_SHOWN]
    )
    columns = (
        Column(words("column.severity"), 11),
        Column(words("column.finding"), 30),
        Column(words("column.where"), 18),
        Column(words("column.owner"), 24),
        Column(words("column.due"), 17),
    )
    return [Table(words("summary.worst"), columns, rows)]


def _title(facts: Facts, check: str) -> str:
    line = facts.data.checks.get(check)
    return line.title if line else check


def _where(facts: Facts, asset: str | None, subject: str) -> str:
    return facts.asset_names.get(asset or "", subject)


def _provisions(facts: Facts, words: Words) -> list[Block]:
    if not facts.contradicted:
        return []
    rows = tuple(
        (
            Plain(item.citation, strong=True),
            text(framework.short_title),
            text(item.title),
            Plain(words.number(finding_count(item))),
        )
        for framework, item in facts.contradicted[:PROVISIONS_SHOWN]
    )
    columns = (
        Column(words("column.citation"), 20),
        Column(words("column.framework"), 22),
        Column(words("column.requirement"), 48),
        Column(words("column.findings"), 10, "right"),
    )
    blocks: list[Block] = [Table(words("summary.provisions"), columns, rows)]
    more = len(facts.contradicted) - PROVISIONS_SHOWN
    if more > 0:
        blocks.append(
            Paragraph(words("summary.provisions_more", n=words.count("requirement", more)), "small")
        )
    return blocks


def _trend(facts: Facts, words: Words) -> Paragraph:
    trend = facts.data.trend
    if trend is None:
        return Paragraph(words("summary.no_trend"))
    return Paragraph(
        words(
            "summary.trend",
            scan=trend.scan,
            previous=trend.previous,
            hosts=words.number(trend.hosts),
            new=words.number(trend.new),
            still=words.number(trend.still_open),
            verified=words.number(trend.verified),
            reopened=words.number(trend.reopened),
            unknown=words.number(trend.not_reached + trend.inconclusive),
        )
    )


def decisions(facts: Facts, words: Words) -> tuple[str, ...]:
    """What the reader is asked to decide, most pressing first; never empty."""
    asked = []
    if facts.nothing_scanned:
        asked.append(words("decide.scan"))
    critical = facts.by_severity[Severity.CRITICAL]
    if critical:
        asked.append(words("decide.critical", findings=words.count("finding", len(critical))))
    if facts.overdue:
        owners = sorted({item.owner for item in facts.overdue if item.owner})
        asked.append(
            words(
                "decide.overdue",
                findings=words.count("finding", len(facts.overdue)),
                owners=words.joined(owners, most=5),
            )
        )
    unowned = sum(1 for item in facts.open if not item.owner)
    if unowned:
        asked.append(words("decide.unowned", findings=words.count("finding", unowned)))
    if facts.never_scanned and not facts.nothing_scanned:
        asked.append(
            words("decide.unscanned", assets=words.count("asset", len(facts.never_scanned)))
        )
    waiting = sum(1 for risk in facts.data.risks if risk.state == "proposed")
    if waiting:
        asked.append(words("decide.risks", risks=words.count("risk", waiting)))
    ended = [
        item for item in facts.accepted if item.acceptance and item.acceptance.until < facts.at
    ]
    if ended:
        asked.append(words("decide.acceptance", findings=words.count("finding", len(ended))))
    return tuple(asked) or (words("decide.nothing"),)
