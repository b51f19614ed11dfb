"""What moved since the report before: the numbers, the statements, the evidence, the work."""

from collections.abc import Sequence

from reports.conformity.model import ConformityData, MoveLine
from reports.conformity.speech import STANDING_TONE, VERDICT_TONE, Speech
from reports.document import (
    Badge,
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
)

COMPARED = (
    *("requirements", "conform", "partly", "not_conform", "not_applicable", "not_judged"),
    *("differing", "contradicted", "never_tested", "open", "late", "accepted", "plans"),
    *("audit_findings", "risks_above", "obligations_late", "unscanned"),
)
EVENTS = (
    *("new", "verified", "reopened", "closed_otherwise", "newly_late", "plans_done"),
    *("risks_risen", "risks_fallen"),
)
NAMES_SHOWN = 24


def progress_section(data: ConformityData, speech: Speech) -> Section:
    """Compare with the report before; the first one says that there is none."""
    title = speech.say("section.progress")
    before, progress = data.previous, data.progress
    if before is None or progress is None:
        return Section("progress", title, (Paragraph(speech.say("progress.first")),))
    intro = speech.say(
        "progress.intro",
        id=before.id,
        period=speech.period(before.first, before.last),
        day=speech.day(before.issued_on),
        sha256=before.content_sha256,
    )
    blocks: list[Block] = [Paragraph(intro)]
    if before.direction:
        blocks.append(Callout("plain", speech.say("progress.direction"), before.direction))
    blocks.append(_numbers(data, speech))
    for key, moves, verdicts in (
        ("verdicts", progress.verdicts, True),
        ("evidence", progress.evidence, False),
    ):
        if moves:
            blocks.append(_moves(speech.say(f"progress.{key}"), moves, speech, verdicts=verdicts))
    if not progress.verdicts and not progress.evidence:
        blocks.append(Paragraph(speech.say("progress.none")))
    counted = [
        speech.say(
            f"progress.{key}",
            n=speech.number(len(names)),
            names=speech.names(names, NAMES_SHOWN),
        )
        for key, names in (("added", progress.added), ("dropped", progress.dropped))
        if names
    ]
    if counted:
        blocks += [Paragraph(speech.say("progress.counted"), "lead"), Bullets(tuple(counted))]
    blocks.append(_events(data, speech))
    return Section("progress", title, tuple(blocks))


def _numbers(data: ConformityData, speech: Speech) -> Table:
    before = data.previous.numbers if data.previous else {}
    heads = (
        Column(speech.say("column.number"), 64),
        Column(speech.say("column.before"), 18, "right"),
        Column(speech.say("column.after"), 18, "right"),
    )
    rows = tuple(
        (
            Plain(speech.say(f"number.{key}")),
            Plain(speech.number(before[key]) if key in before else "–"),
            Plain(speech.number(data.numbers[key]), strong=before.get(key) != data.numbers[key]),
        )
        for key in COMPARED
    )
    return Table(speech.say("progress.numbers"), heads, rows)


def _moves(caption: str, moves: Sequence[MoveLine], speech: Speech, *, verdicts: bool) -> Table:
    def badge(code: str) -> Cell:
        if verdicts:
            return Badge(speech.say(f"verdict.{code}"), VERDICT_TONE[code])
        return Badge(speech(f"standing.{code}"), STANDING_TONE[code])

    heads = speech.columns(("requirement", 52), ("before", 24), ("after", 24))
    rows = tuple(
        (
            Lines((Plain(move.citation, strong=True), Plain(move.title))),
            badge(move.before),
            badge(move.after),
        )
        for move in moves
    )
    return Table(caption, heads, rows)


def _events(data: ConformityData, speech: Speech) -> Table:
    heads = (
        Column(speech.say("column.number"), 42),
        Column(speech.say("column.all"), 12, "right"),
        Column(speech.say("column.names"), 46),
    )
    rows = []
    for key in EVENTS:
        names: tuple[str, ...] = getattr(data.progress, key)
        rows.append(
            (
                Plain(speech.say(f"progress.event.{key}")),
                Plain(speech.number(len(names))),
                Plain(speech.names(names, NAMES_SHOWN)),
            )
        )
    return Table(speech.say("progress.events"), heads, tuple(rows))
