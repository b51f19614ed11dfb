"""Which scans were run, on whose authority, and how their results divide."""

from reports.document import Badge, Block, Callout, Code, Column, Lines, Paragraph, Plain, Section
from reports.document import Table as TableBlock
from reports.facts import Facts
from reports.model import AuthorisationLine, ScanLine
from reports.sections.cells import text
from reports.words import Words
from secaudit.core.vocabulary import Outcome


def scans(facts: Facts, words: Words) -> Section:
    """Build the section."""
    data = facts.data
    blocks: list[Block] = []
    if not data.scans:
        blocks.append(Callout("bad", words("scans.none.title"), words("scans.none.text")))
    else:
        blocks.append(Paragraph(words("scans.intro")))
        blocks.append(_scans(data.scans, words))
    parts = [
        Section(
            "authorisations",
            words("scans.authorisations"),
            (_letters(data.authorisations, words),)
            if data.authorisations
            else (Paragraph(words("scans.no_letter")),),
        ),
        Section("outcomes", words("scans.outcomes"), (_outcomes(facts, words),)),
    ]
    return Section("scans", words("section.scans"), tuple(blocks), tuple(parts))


def _scans(items: tuple[ScanLine, ...], words: Words) -> TableBlock:
    rows = tuple(
        (
            Lines((Plain(scan.id, strong=True), Plain(scan.zone))),
            text(scan.authorisation),
            Lines((Plain(words.instant(scan.started_at)), Plain(words.instant(scan.finished_at)))),
            text(scan.profile),
            Plain(
                words(
                    "scans.hosts",
                    hosts=words.number(scan.hosts),
                    up=words.number(scan.up),
                    silent=words.number(scan.silent),
                    failed=words.number(scan.failed),
                    refused=words.number(scan.refused),
                )
            ),
            Plain(words.number(scan.packets)),
            Badge(words("scans.complete"), "good")
            if scan.complete
            else Badge(words("scans.incomplete"), "warn"),
        )
        for scan in items
    )
    columns = (
        Column(words("column.scan"), 12),
        Column(words("column.authorisation"), 18),
        Column(words("column.started_finished"), 24),
        Column(words("column.ports"), 11),
        Column(words("column.hosts"), 20),
        Column(words("column.packets"), 11, "right"),
        Column(words("column.completeness"), 13),
    )
    return TableBlock(words("scans.caption"), columns, rows)


def _letters(items: tuple[AuthorisationLine, ...], words: Words) -> TableBlock:
    rows = tuple(
        (
            Lines(
                (
                    Plain(words.of("letter", item.number), strong=True),
                    text(item.issuer),
                    *((Code(item.document_sha256[:16], item.document_sha256),)
                      if item.document_sha256 else ()),
                )
            ),
            Lines(
                (
                    Plain(words.instant(item.valid_from)),
                    Plain(words.instant(item.valid_until)),
                    *(
                        (Badge(words("scans.revoked", date=words.day_of(item.revoked_at)), "bad"),)
                        if item.revoked_at
                        else ()
                    ),
                )
            ),
            Lines(
                (
                    Code(words.joined(item.targets, most=12)),
                    Plain(words.count("address", int(item.addresses))),
                )
            ),
            Code(words.joined(item.exclusions, most=12)),
            Lines(
                (
                    Plain(words.joined([words.of("probe", name) for name in item.probe_classes])),
                    Plain(words("scans.zones", zones=words.joined(item.zones))
                          if item.zones else words("scans.all_zones")),
                )
            ),
        )
        for item in items
    )  # fmt: skip
    columns = (
        Column(words("column.letter"), 24),
        Column(words("column.valid"), 22),
        Column(words("column.targets"), 22),
        Column(words("column.exclusions"), 16),
        Column(words("column.permitted"), 22),
    )
    return TableBlock(words("scans.authorisations"), columns, rows)


def _outcomes(facts: Facts, words: Words) -> TableBlock:
    rows = tuple(
        (
            Plain(words.of("outcome", outcome), strong=True),
            Plain(words.number(facts.outcomes[outcome])),
            Plain(words(f"outcome_meaning.{outcome.value}")),
        )
        for outcome in Outcome
    )
    columns = (
        Column(words("column.outcome"), 20),
        Column(words("column.count"), 12, "right"),
        Column(words("column.meaning"), 68),
    )
    return TableBlock(words("scans.outcomes"), columns, rows)
