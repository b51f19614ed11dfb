"""The appendix: the assets, the versions of what the judgement rests on, terms, how to verify."""

from reports.document import Block, Bullets, Code, Column, Fact, Paragraph, Plain, Section, Table
from reports.document import Facts as FactList
from reports.facts import Facts
from reports.sections.cells import text
from reports.sections.conformity import only_by_people, plain_list
from reports.words import Words

TERMS = (
    "finding", "severity", "outcome", "standing", "subject", "evidence", "certificate",
    "cipher_suite", "accepted", "hash",
)  # fmt: skip


def appendix(facts: Facts, words: Words) -> Section:
    """Build the section."""
    return Section(
        "appendix",
        words("section.appendix"),
        (),
        (
            Section("assets", words("appendix.assets"), (_assets(facts, words),)),
            *_by_people(facts, words),
            Section("versions", words("appendix.versions"), _versions(facts, words)),
            Section(
                "terms",
                words("appendix.terms"),
                (
                    FactList(
                        tuple(
                            Fact(
                                words(f"glossary.{term}.term"),
                                Plain(words(f"glossary.{term}.text")),
                            )
                            for term in TERMS
                        )
                    ),
                ),
            ),
            Section(
                "verify",
                words("appendix.verify"),
                (
                    Paragraph(words("appendix.verify_intro")),
                    Bullets(words.several("appendix.verify_steps"), numbered=True),
                ),
            ),
        ),
        new_page=True,
    )


def _assets(facts: Facts, words: Words) -> Block:
    if not facts.data.assets:
        return Paragraph(words("appendix.no_assets"))
    rows = tuple(
        (
            Plain(asset.id, strong=True),
            Plain(asset.name),
            text(asset.owner),
            Plain(f"{asset.zone} ({words.of('zone_kind', asset.kind)})"),
            Plain(f"{asset.confidentiality}-{asset.integrity}-{asset.availability}"),
            Plain(words("term.yes") if asset.in_scope else words("term.no")),
            Plain(words.day_of(asset.last_scanned) if asset.last_scanned else words("term.never")),
            Plain(words.number(facts.open_by_asset.get(asset.id, 0))),
        )
        for asset in facts.data.assets
    )
    columns = (
        Column(words("column.number"), 10),
        Column(words("column.asset"), 24),
        Column(words("column.owner"), 20),
        Column(words("column.zone"), 14),
        Column(words("column.criticality"), 9, "center"),
        Column(words("column.in_scope"), 8, "center"),
        Column(words("column.last_scanned"), 14),
        Column(words("column.findings"), 9, "right"),
    )
    return Table(words("appendix.assets_caption"), columns, rows)


def _by_people(facts: Facts, words: Words) -> tuple[Section, ...]:
    tables = tuple(
        plain_list(
            words,
            framework,
            words("appendix.by_people_of", framework=framework.short_title),
            found,
        )
        for framework in facts.data.frameworks
        if (found := [item for item in framework.requirements if only_by_people(item)])
    )
    return (Section("by-people", words("appendix.by_people"), tables),) if tables else ()


def _versions(facts: Facts, words: Words) -> tuple[Block, ...]:
    rows = tuple(
        (Plain(item.name, strong=True), text(item.version), Code(item.sha256))
        for item in facts.data.content
    )
    said = Paragraph(words("appendix.tool", version=facts.data.tool_version or "–"))
    if not rows:
        return (said,)
    columns = (
        Column(words("column.content"), 36),
        Column(words("column.version"), 16),
        Column("SHA-256", 48),
    )
    return (said, Table(words("appendix.versions"), columns, rows))
