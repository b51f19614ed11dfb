"""The legal basis, how to read the report, and the state of each requirement."""

from reports.conformity.model import ConformityData, FrameworkLine
from reports.conformity.speech import (
    Speech,
    evidence_cell,
    requirement_cell,
    verdict_cell,
)
from reports.document import (
    Block,
    Bullets,
    Fact,
    Facts,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
)

EXCLUDED_SHOWN = 20


def basis_section(data: ConformityData, speech: Speech) -> Section:
    """What the report rests on, what it is about, and how to read it."""
    reached = speech.number(data.assets - len(data.unscanned))
    scope = speech.say("basis.scope_value", n=speech.count("asset", data.assets), reached=reached)
    catalogues = tuple(
        Plain(
            speech.say(
                "basis.framework_value",
                title=item.title,
                n=speech.count(
                    "requirement", sum(one.framework == item.id for one in data.requirements)
                ),
            )
        )
        for item in data.frameworks
    )
    scans = speech.names(data.scans, 8) if data.scans else speech.say("basis.no_scans")
    rows = [
        Fact(speech.say("basis.period"), Plain(speech.period(data.first, data.last))),
        Fact(speech.say("basis.at"), Plain(speech.instant(data.at))),
        Fact(speech.say("basis.scope"), Plain(scope)),
        Fact(speech.say("basis.scans"), Plain(scans)),
        Fact(speech.say("basis.frameworks"), Lines(catalogues) if catalogues else Plain("–")),
    ]
    blocks: list[Block] = []
    if data.basis:
        blocks += [Paragraph(speech.say("basis.intro")), Bullets(data.basis, numbered=True)]
    else:
        blocks.append(Paragraph(speech.say("basis.none")))
    blocks.append(Facts(tuple(rows)))
    blocks += [
        Paragraph(
            speech.say(
                "basis.excluded",
                n=speech.number(len(item.excluded)),
                statement=item.statement,
                names=speech.names(item.excluded, EXCLUDED_SHOWN),
            )
        )
        for item in data.frameworks
        if item.excluded
    ]
    points = speech.several("conformity_report.basis.points")
    blocks += [Paragraph(speech.say("basis.how"), "lead"), Bullets(points)]
    return Section("basis", speech.say("section.basis"), tuple(blocks), new_page=True)


def state_section(data: ConformityData, speech: Speech) -> Section:
    """Where word and evidence do not go together, then what is known of each catalogue."""
    told = {item.framework for item in data.requirements if item.told}
    silent = [item for item in data.frameworks if item.id not in told]
    blocks = [Paragraph(speech.say("state.intro"))]
    if silent:
        names = "; ".join(_counted(item, data, speech) for item in silent)
        blocks.append(Paragraph(speech.say("state.none", names=names)))
    parts = (
        _differing(data, speech),
        *(_of(item, data, speech) for item in data.frameworks if item.id in told),
    )
    return Section("state", speech.say("section.state"), tuple(blocks), parts, new_page=True)


def _counted(framework: FrameworkLine, data: ConformityData, speech: Speech) -> str:
    count = sum(item.framework == framework.id for item in data.requirements)
    return f"{framework.short_title} ({speech.number(count)})"


def _differing(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("state.differing")
    short = {item.id: item.short_title for item in data.frameworks}
    rows = tuple(
        (
            Lines((Plain(f"{short[item.framework]} {item.citation}", strong=True),
                   Plain(item.title))),
            Lines(tuple(Plain(speech.say(f"difference.{code}")) for code in item.differences)),
            verdict_cell(item, speech),
            evidence_cell(item, speech),
        )
        for item in data.requirements
        if item.differences
    )  # fmt: skip
    if not rows:
        return Section("differing", title, (Paragraph(speech.say("state.differing_none")),))
    heads = speech.columns(
        ("requirement", 30), ("difference", 26), ("verdict", 24), ("evidence", 20)
    )
    blocks = (Paragraph(speech.say("state.differing_intro")), Table(title, heads, rows))
    return Section("differing", title, blocks)


def _of(framework: FrameworkLine, data: ConformityData, speech: Speech) -> Section:
    mine = [item for item in data.requirements if item.framework == framework.id]
    told = [item for item in mine if item.told]
    rest = speech.count("requirement", len(mine) - len(told))
    anchor = f"state-{framework.id}"
    heads = speech.columns(("requirement", 44), ("verdict", 30), ("evidence", 26))
    rows = tuple(
        (requirement_cell(item), verdict_cell(item, speech), evidence_cell(item, speech))
        for item in told
    )
    caption = speech.say("state.table", framework=framework.short_title)
    blocks: list[Block] = [Table(caption, heads, rows)]
    if len(told) < len(mine):
        blocks.append(Paragraph(speech.say("state.rest", n=rest), "small"))
    return Section(anchor, framework.short_title, tuple(blocks))
