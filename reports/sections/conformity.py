"""What the evidence says about each requirement: contradicted, supported, silent, never tested."""

from reports.charts import Bar, shares
from reports.document import Block, Callout, Code, Column, Figure, Lines, Paragraph, Plain, Section
from reports.document import Table as TableBlock
from reports.facts import Facts, finding_count
from reports.model import FrameworkLine, OwnWordsLine, RequirementLine
from reports.sections.cells import STANDING_TONE, text
from reports.words import Words
from secaudit.core.vocabulary import Confidence, LegalStatus, Modality, Standing, Testability

FINDINGS_SHOWN = 12
LONGEST_WORDS = 1500
"""Characters of an article that are printed; a list of definitions may run over pages."""


def conformity(facts: Facts, words: Words) -> Section:
    """Build the section: one part for each framework, and the assets that nobody scanned."""
    blocks: list[Block] = [Paragraph(words("conformity.intro"))]
    blocks.append(Callout("info", words("conformity.limit.title"), words("conformity.limit.text")))
    if not facts.data.frameworks:
        blocks.append(
            Callout("warn", words("conformity.no_framework"), words("conformity.no_framework_text"))
        )
    parts = [_framework(facts, words, item) for item in facts.data.frameworks]
    if facts.never_scanned:
        parts.append(_never_scanned(facts, words))
    return Section(
        "conformity", words("section.conformity"), tuple(blocks), tuple(parts), new_page=True
    )


def _framework(facts: Facts, words: Words, framework: FrameworkLine) -> Section:
    counted = facts.standings(framework)
    items = [
        Bar(words(f"standing.{shown}"), number, STANDING_TONE[standing], words.number(number))
        for (standing, shown), number in counted.items()
    ]
    said = "; ".join(f"{item.label}: {item.shown}" for item in items)
    caption = words(
        "conformity.figure",
        framework=framework.short_title,
        requirements=words.count("requirement", sum(counted.values())),
    )
    blocks: list[Block] = [Paragraph(framework.title)]
    if not framework.binds:
        status = words.of("legal_status", framework.status)
        dropped = framework.status is LegalStatus.IN_FORCE
        blocks.append(
            Callout(
                "warn",
                words("conformity.dropped.title") if dropped else status,
                words("conformity.dropped.text" if dropped else "conformity.not_in_force"),
            )
        )
    if framework.note:
        blocks.append(Paragraph(" ".join(framework.note.split()), "small"))
    if all_secondary(framework):
        blocks.append(Paragraph(words("conformity.all_secondary"), "small"))
    blocks.append(Figure(shares(items), caption, said))
    for standing, build in (
        (Standing.CONTRADICTED, _contradicted),
        (Standing.SUPPORTED, _supported),
    ):
        found = [item for item in framework.requirements if item.standing is standing]
        if found:
            blocks.append(build(facts, words, framework, found))
    for standing in (Standing.SILENT, Standing.NEVER_TESTED):
        found = [
            item
            for item in framework.requirements
            if item.standing is standing and not only_by_people(item)
        ]
        if found:
            caption = words(f"conformity.{standing.value}", framework=framework.short_title)
            blocks.append(plain_list(words, framework, caption, found))
    by_people = sum(1 for item in framework.requirements if only_by_people(item))
    if by_people:
        blocks.append(
            Paragraph(words("conformity.by_people", n=words.count("requirement", by_people)))
        )
    anchor = "framework-" + "".join(c if c.isalnum() and c.isascii() else "-" for c in framework.id)
    return Section(anchor, framework.short_title, tuple(blocks))


def all_secondary(framework: FrameworkLine) -> bool:
    """Tell whether the whole catalogue was read from secondary sources: said once, then."""
    return all(item.confidence is Confidence.SECONDARY for item in framework.requirements)


def only_by_people(item: RequirementLine) -> bool:
    """Tell whether no scan says anything about it: documents and interviews have to."""
    return item.testability is Testability.MANUAL and item.standing in {
        Standing.SILENT,
        Standing.NEVER_TESTED,
    }


def _citation(words: Words, framework: FrameworkLine, item: RequirementLine) -> Lines:
    lines = [Plain(item.citation, strong=True)]
    if item.modality is not None and item.modality is not Modality.INDICATIVE:
        lines.append(Plain(words.of("modality", item.modality)))
    if item.confidence is not Confidence.TEXT_READ and not all_secondary(framework):
        lines.append(Plain(words.of("confidence", item.confidence)))
    return Lines(tuple(lines))


def _contradicted(
    facts: Facts, words: Words, framework: FrameworkLine, found: list[RequirementLine]
) -> TableBlock:
    rows = []
    for item in sorted(found, key=lambda line: -finding_count(line)):
        checks: list[Plain] = []
        ids: list[Plain] = []
        for line in item.contradictions:
            title = facts.data.checks[line.check].title if line.check in facts.data.checks else ""
            checks.append(Plain(f"{title or line.check}: {line.rationale}"))
            ids.append(Plain(words.joined(line.findings, most=FINDINGS_SHOWN)))
        rows.append(
            (
                _citation(words, framework, item),
                _subject_matter(words, item),
                Lines(tuple(checks)) if checks else Plain("–"),
                Lines(tuple(ids)) if ids else Plain("–"),
            )
        )
    columns = (
        Column(words("column.citation"), 20),
        Column(words("column.requirement"), 28),
        Column(words("column.contradiction"), 38),
        Column(words("column.finding_ids"), 14),
    )
    return TableBlock(
        words("conformity.contradicted", framework=framework.short_title), columns, tuple(rows)
    )


def _supported(
    _facts: Facts, words: Words, framework: FrameworkLine, found: list[RequirementLine]
) -> TableBlock:
    rows = tuple(
        (
            _citation(words, framework, item),
            text(item.title),
            Lines(
                (
                    Plain(words(f"standing.{item.standing.shown(item.testability)}"), strong=True),
                    Plain(
                        words(
                            "conformity.part",
                            n=words.number(item.supported),
                            total=words.number(item.assets),
                        )
                    ),
                )
            ),
            text(words.joined(item.unscanned, most=FINDINGS_SHOWN)),
            text(words.day_of(item.last_tested)),
        )
        for item in found
    )
    columns = (
        Column(words("column.citation"), 20),
        Column(words("column.requirement"), 34),
        Column(words("column.supported"), 16),
        Column(words("column.unscanned"), 20),
        Column(words("column.last_tested"), 14),
    )
    return TableBlock(words("conformity.supported", framework=framework.short_title), columns, rows)


def plain_list(
    words: Words, framework: FrameworkLine, caption: str, found: list[RequirementLine]
) -> TableBlock:
    """A table of requirements and how each can be tested."""
    rows = tuple(
        (
            _citation(words, framework, item),
            text(item.title),
            text(words.of("testability", item.testability)),
        )
        for item in found
    )
    columns = (
        Column(words("column.citation"), 22),
        Column(words("column.requirement"), 58),
        Column(words("column.testability"), 20),
    )
    return TableBlock(caption, columns, rows)


def _subject_matter(words: Words, item: RequirementLine) -> Plain | Lines:
    lines = [Plain(item.title)]
    if item.bearer:
        lines.append(Plain(words("conformity.bearer", name=item.bearer)))
    if item.own_words is not None:
        lines.extend(_own_words(words, item.own_words))
    return text(item.title) if len(lines) == 1 else Lines(tuple(lines))


def _own_words(words: Words, own: OwnWordsLine) -> list[Plain]:
    """The article itself, beside our summary; a long one is cut, and its place told."""
    place = words(
        "conformity.own_words", source=own.source, lines=own.lines, sha256=own.sha256[:12]
    )
    said = "\n".join(part for part in (own.lead, own.text) if part)
    return [
        Plain(place, strong=True),
        *_shortened(said),
        *(
            [Plain(words("conformity.elucidation"), strong=True), *_shortened(own.elucidation)]
            if own.elucidation
            else []
        ),
    ]


def _shortened(said: str) -> list[Plain]:
    cut = said[:LONGEST_WORDS].rstrip()
    return [Plain(line) for line in (cut if cut == said else f"{cut} …").split("\n")]


def _never_scanned(facts: Facts, words: Words) -> Section:
    rows = tuple(
        (
            Plain(asset.id, strong=True),
            text(asset.name),
            text(asset.owner),
            text(asset.zone),
            Code(words.joined(asset.addresses, most=4)),
        )
        for asset in facts.never_scanned
    )
    columns = (
        Column(words("column.number"), 10),
        Column(words("column.asset"), 30),
        Column(words("column.owner"), 26),
        Column(words("column.zone"), 12),
        Column(words("column.addresses"), 24),
    )
    return Section(
        "never-scanned",
        words("conformity.never_scanned"),
        (
            Paragraph(words("conformity.never_scanned_intro")),
            TableBlock(words("conformity.never_scanned"), columns, rows),
        ),
    )
