"""The first pages: the state, what changed, and what needs the mayor's decision."""

from collections.abc import Iterator, Sequence

from reports.charts import Bar, shares
from reports.conformity.decisions import decisions
from reports.conformity.model import VERDICTS, ConformityData, MoveLine
from reports.conformity.speech import VERDICT_TONE, Speech
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
    Tone,
)

_RANK = {"not_conform": 0, "partly": 1, "conform": 2}
_TILES: tuple[tuple[str, Tone], ...] = (
    ("nonconform", "warn"),
    ("not_judged", "plain"),
    ("differing", "warn"),
    ("open", "plain"),
    ("late", "bad"),
    ("risks_above", "warn"),
)


def summary_section(data: ConformityData, speech: Speech) -> Section:
    """Two pages that stand for themselves."""
    blocks: list[Block] = [_headline(data, speech), *_notices(data, speech)]
    tiles = tuple(
        Tile(
            speech.number(data.numbers[key]),
            speech.say(f"tile.{key}"),
            tone if data.numbers[key] else "plain",
        )
        for key, tone in _TILES
    )
    blocks.append(Tiles(tiles))
    if data.requirements:
        blocks.append(_figure(data, speech))
    asked = decisions(data, speech)
    matters: Block = Paragraph(speech.say("decide.none"))
    if asked:
        matters = Bullets(tuple(item.text for item in asked), numbered=True)
    parts = (
        Section("changes", speech.say("lead.changes"), tuple(changes(data, speech))),
        Section("decide", speech.say("lead.decide"), (matters,)),
        Section(
            "by-framework",
            speech.say("lead.frameworks"),
            (frameworks_table(data, speech), Paragraph(speech.say("limit"), "small")),
            compact=True,
        ),
    )
    title = speech.say("section.summary")
    return Section("summary", title, tuple(blocks), parts, new_page=True)


def _headline(data: ConformityData, speech: Speech) -> Callout:
    numbers = data.numbers
    everything = speech.count("requirement", numbers["requirements"])
    if numbers["not_judged"] == numbers["requirements"]:
        return Callout(
            "warn",
            speech.say("headline.none.title"),
            speech.say("headline.none.text", all=everything),
        )
    counts = {verdict: speech.number(numbers[verdict]) for verdict in VERDICTS}
    return Callout(
        "plain",
        speech.say("headline.some.title", all=everything, **counts),
        speech.say("headline.some.text", all=everything, **counts),
    )


def _notices(data: ConformityData, speech: Speech) -> Iterator[Callout]:
    if data.numbers["differing"]:
        title = speech.say("headline.differing.title", n=speech.number(data.numbers["differing"]))
        yield Callout("warn", title, speech.say("headline.differing.text"))
    if data.numbers["contradicted"]:
        title = speech.say(
            "headline.contradicted.title", n=speech.number(data.numbers["contradicted"])
        )
        yield Callout("warn", title, speech.say("headline.contradicted.text"))
    for line in data.apart:
        yield Callout(
            "warn",
            speech.say("headline.apart.title", n=speech.number(line.addresses)),
            speech.say(
                "headline.apart.text",
                scanned=line.scanned,
                listed=line.listed,
                names=speech.names(line.assets, 5),
            ),
        )
    if data.unscanned:
        unknown = data.unknown_assets
        yield Callout(
            "warn",
            speech.say(
                "headline.unscanned.title",
                n=speech.number(len(data.unscanned)),
                total=speech.number(data.assets),
            ),
            speech.say("headline.unscanned.text", names=speech.names(unknown, 5))
            if unknown
            else speech.say("headline.unscanned.elsewhere"),
        )


def _figure(data: ConformityData, speech: Speech) -> Figure:
    bars = [
        Bar(
            speech.say(f"verdict.{verdict}"),
            data.numbers[verdict],
            VERDICT_TONE[verdict],
            speech.number(data.numbers[verdict]),
        )
        for verdict in VERDICTS
    ]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Figure(shares(bars), speech.say("figure"), said, width=88)


def changes(data: ConformityData, speech: Speech) -> list[Block]:
    """What changed since the report before, in a few sentences."""
    before, progress = data.previous, data.progress
    if before is None or progress is None:
        return [Paragraph(speech.say("change.first"))]
    then, now = before.numbers, data.numbers
    lines = [
        speech.say(
            "change.conform",
            before=speech.number(then["conform"]),
            after=speech.number(now["conform"]),
            judged_before=speech.number(then["not_judged"]),
            judged_after=speech.number(now["not_judged"]),
        )
    ]
    better, worse = _sorted_moves(progress.verdicts)
    for key, moves in (("better", better), ("worse", worse)):
        if moves:
            names = speech.names([move.citation for move in moves], 5)
            lines.append(speech.say(f"change.{key}", n=speech.number(len(moves)), names=names))
    if not progress.verdicts:
        lines.append(speech.say("change.no_moves"))
    lines.append(
        speech.say(
            "change.findings",
            new=speech.number(len(progress.new)),
            verified=speech.number(len(progress.verified)),
            reopened=speech.number(len(progress.reopened)),
            before=speech.number(then["open"]),
            after=speech.number(now["open"]),
            late_before=speech.number(then["late"]),
            late_after=speech.number(now["late"]),
        )
    )
    if progress.plans_done:
        lines.append(speech.say("change.plans", names=speech.names(progress.plans_done, 5)))
    lines.append(
        speech.say(
            "change.risks",
            before=speech.number(then["risks_above"]),
            after=speech.number(now["risks_above"]),
        )
    )
    lines.append(
        speech.say(
            "change.obligations",
            met=speech.number(now["obligations_met"]),
            late=speech.number(now["obligations_late"]),
        )
    )
    if before.direction:
        day = speech.day(before.received_on)
        lines.append(speech.say("change.direction", day=day, text=before.direction))
    elif before.received_on is None:
        lines.append(speech.say("change.not_received"))
    period = speech.period(before.first, before.last)
    intro = Paragraph(speech.say("change.since", id=before.id, period=period))
    return [intro, Bullets(tuple(lines))]


def _sorted_moves(moves: Sequence[MoveLine]) -> tuple[list[MoveLine], list[MoveLine]]:
    """Those that became better, and worse; between other words there is no better or worse."""
    ranked = [move for move in moves if move.before in _RANK and move.after in _RANK]
    return (
        [move for move in ranked if _RANK[move.after] > _RANK[move.before]],
        [move for move in ranked if _RANK[move.after] < _RANK[move.before]],
    )


def frameworks_table(data: ConformityData, speech: Speech) -> Table:
    """One line for each catalogue, with how many requirements of each verdict it has."""
    heads = (
        Column(speech.say("column.framework"), 30),
        Column(speech.say("column.all"), 9, "right"),
        *(Column(speech.say(f"verdict.{verdict}"), 11, "right") for verdict in VERDICTS),
        Column(speech.say("column.contradicted"), 14, "right"),
    )
    rows = []
    for framework in data.frameworks:
        mine = [item for item in data.requirements if item.framework == framework.id]
        counts = [len(mine)]
        counts += [sum(item.verdict == verdict for item in mine) for verdict in VERDICTS]
        counts.append(sum(item.standing == "contradicted" for item in mine))
        rows.append((Plain(framework.short_title), *(Plain(speech.number(n)) for n in counts)))
    return Table(speech.say("frameworks"), heads, tuple(rows))
