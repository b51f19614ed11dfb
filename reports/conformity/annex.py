"""The annex: evidence, findings, what nobody judged, risks, duties, and where numbers come from."""

from reports.conformity.model import ConformityData, RequirementLine, SaidLine
from reports.conformity.numbers import SOURCES
from reports.conformity.speech import HASH_SHOWN, Piece, Speech
from reports.document import (
    Badge,
    Block,
    Cell,
    Code,
    Column,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
    Tone,
)

FINDINGS_SHOWN = 400
"""Findings that the document prints one by one; the workbook and JSON have all."""
OBLIGATION_TONE: dict[str, Tone] = {
    "met": "good",
    "late": "bad",
    "due": "info",
    "undated": "mute",
}


def annex_section(data: ConformityData, speech: Speech) -> Section:
    """Everything that the pages before rest on."""
    parts = (
        _evidence(data, speech),
        _findings(data, speech),
        _risks(data, speech),
        _obligations(data, speech),
        _untold(data, speech),
        _numbers(data, speech),
    )
    return Section("annex", speech.say("section.annex"), (), parts, new_page=True)


def _evidence(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.evidence")
    short = {item.id: item.short_title for item in data.frameworks}
    rows = tuple(
        _word(f"{short[item.framework]} {item.citation}", item, said, kind, speech)
        for item in data.requirements
        for kind, said in (("verdict", item.said), ("grade", item.graded))
        if said is not None
    )
    if not rows:
        return Section("evidence", title, (Paragraph(speech.say("annex.evidence_none")),))
    heads = speech.columns(("requirement", 30), ("verdict", 28), ("file", 24), ("hash", 18))
    blocks = (Paragraph(speech.say("annex.evidence_intro")), Table(title, heads, rows))
    return Section("evidence", title, blocks)


def _word(
    citation: str, item: RequirementLine, said: SaidLine, kind: str, speech: Speech
) -> tuple[Cell, ...]:
    key = "owner_said" if kind == "verdict" else "auditor_said"
    value = speech.say(f"{kind}.{said.value}")
    told = [Plain(speech.say(f"state.{key}", value=value)), Plain(said.id)]
    told.append(Plain(speech.say("state.who", person=said.person, day=speech.day(said.on))))
    if said.about:
        told.append(Plain(speech.say("state.carried", citation=said.about)))
    files: list[Piece] = []
    hashes: list[Piece] = []
    for file in said.evidence:
        files.append(Plain(file.name))
        hashes.append(Code(file.sha256[:HASH_SHOWN], file.sha256))
        if not file.kept:
            files.append(Badge(speech.say("annex.gone"), "bad"))
    if not files:
        files.append(Plain(speech.say("annex.no_file")))
    return (
        Lines((Plain(citation, strong=True), Plain(item.title))),
        Lines(tuple(told)),
        Lines(tuple(files)),
        Lines(tuple(hashes)) if hashes else Plain("–"),
    )


def _findings(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.findings")
    if not data.findings:
        return Section("findings", title, (Paragraph(speech.say("annex.findings_none")),))
    rows = tuple(
        (
            Lines((Plain(item.id, strong=True), Plain(item.title))),
            speech.severity(item.severity),
            Lines((Code(item.subject), *((Plain(item.asset),) if item.asset else ()))),
            _lines(speech.of("state", item.state), item.plan),
            speech.owner_due(item.owner, item.due, late=item.late),
            Lines(tuple(Code(digest[:HASH_SHOWN], digest) for digest in item.evidence[:2]))
            if item.evidence
            else Plain("–"),
        )
        for item in data.findings[:FINDINGS_SHOWN]
    )
    heads = speech.columns(
        ("finding", 24), ("severity", 10), ("subject", 22), ("followup", 14), ("owner_due", 16),
        ("hash", 14),
    )  # fmt: skip
    blocks: list[Block] = [Table(title, heads, rows)]
    left = len(data.findings) - FINDINGS_SHOWN
    if left > 0:
        blocks.append(Paragraph(speech.say("annex.findings_more", n=speech.number(left)), "small"))
    return Section("findings", title, tuple(blocks))


def _lines(*texts: str) -> Cell:
    """Those of the texts that say anything, one to a line."""
    return Lines(tuple(Plain(text) for text in texts if text))


def _risks(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.risks")
    if not data.risks:
        return Section("risks", title, (Paragraph(speech.say("annex.risks_none")),))
    rows = tuple(
        (
            Lines((Plain(item.id, strong=True), Plain(item.title))),
            Lines(
                (
                    Plain(f"{item.level} ({item.score})"),
                    *((Badge(speech("risks.above"), "bad"),) if item.above else ()),
                )
            ),
            Plain(item.treatment or speech("risks.untreated")),
            Plain(item.owner or speech.say("work.no_owner")),
        )
        for item in data.risks
    )
    heads = speech.columns(("risk", 40), ("level", 20), ("treatment", 22), ("owner", 18))
    return Section("risks", title, (Table(title, heads, rows),))


def _obligations(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.obligations")
    if not data.obligations:
        return Section("obligations", title, (Paragraph(speech.say("annex.obligations_none")),))
    rows = tuple(
        (
            Lines((Plain(item.citation, strong=True), Plain(item.title), Plain(item.rhythm))),
            Badge(speech.say(f"obligation.{item.standing}"), OBLIGATION_TONE[item.standing]),
            Lines(tuple(Plain(speech.day(day)) for day in item.done_on))
            if item.done_on
            else Plain("–"),
            Plain(speech.day(item.next)),
        )
        for item in data.obligations
    )
    heads = speech.columns(("obligation", 46), ("standing", 18), ("done_on", 18), ("next", 18))
    return Section("obligations", title, (Table(title, heads, rows),))


def _untold(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.untold")
    blocks: list[Block] = []
    heads = (
        Column(speech.say("column.requirement"), 26),
        Column(speech.say("column.title"), 48),
        Column(speech.say("column.bearer"), 26),
    )
    for framework in data.frameworks:
        mine = [
            item for item in data.requirements if item.framework == framework.id and not item.told
        ]
        if mine:
            caption = speech.say(
                "annex.untold_of",
                framework=framework.short_title,
                n=speech.count("requirement", len(mine)),
            )
            rows = tuple(
                (Plain(item.citation, strong=True), Plain(item.title), Plain(item.bearer or "–"))
                for item in mine
            )
            blocks.append(Table(caption, heads, rows))
    return Section("untold", title, tuple(blocks) or (Paragraph(speech.say("annex.untold_none")),))


def _numbers(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("annex.numbers")
    rows = tuple(
        (
            Plain(speech.say(f"number.{key}")),
            Plain(speech.number(data.numbers[key])),
            Code(source_of(key, data, speech)),
        )
        for key in SOURCES
    )
    heads = (
        Column(speech.say("column.number"), 38),
        Column(speech.say("column.value"), 10, "right"),
        Column(speech.say("column.source"), 52),
    )
    intro = speech.say(
        "annex.numbers_intro",
        position=speech.number(data.trail_position),
        hash=data.trail_hash,
    )
    return Section("numbers", title, (Paragraph(intro), Table(title, heads, rows)))


def source_of(key: str, data: ConformityData, speech: Speech) -> str:
    """The command that counts a number again."""
    command = SOURCES[key].format(day=data.last.isoformat(), framework="F")
    return speech.say("annex.command", command=command)
