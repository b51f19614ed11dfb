"""The conformity report as a document: the summary first, then the tables, then the annex."""

from reports.conformity.annex import annex_section
from reports.conformity.decisions import cost_of, decisions
from reports.conformity.model import ConformityData
from reports.conformity.progress import progress_section
from reports.conformity.speech import Piece, Speech, speech_of
from reports.conformity.state import basis_section, state_section
from reports.conformity.summary import summary_section
from reports.conformity.work import work_section
from reports.document import (
    Block,
    Code,
    Document,
    Fact,
    Facts,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
)

SIGNATURE_LINES = 4
"""Room to sign in."""


def compose_conformity(data: ConformityData) -> Document:
    """Lay the report out in its language."""
    speech = speech_of(data)
    marks = [
        speech.say(f"mark.{key}")
        for key, shown in (("sample", data.sample), ("draft", data.issue is None))
        if shown
    ]
    return Document(
        language=data.language,
        title=speech.say("title"),
        subtitle=speech.say("subtitle"),
        organisation=data.organisation,
        unit=data.unit,
        identity=data.identity,
        mark=" · ".join(marks),
        cover=_cover(data, speech),
        sections=(
            summary_section(data, speech),
            basis_section(data, speech),
            state_section(data, speech),
            work_section(data, speech),
            progress_section(data, speech),
            _decisions(data, speech),
            _closing(data, speech),
            annex_section(data, speech),
        ),
        labels={
            key: speech(f"layout.{key}")
            for key in ("contents", "page", "of", "skip", "period", "identity", "made_with")
        }
        | {"period_value": speech.period(data.first, data.last), "version": data.tool_version},
    )


def _cover(data: ConformityData, speech: Speech) -> Facts:
    issue, before = data.issue, data.previous
    period = speech.period(data.first, data.last)
    sender = speech.say("cover.from_value")
    number = Plain(speech.say("cover.not_numbered"))
    dated = speech.say("cover.not_dated")
    letter = "–"
    if issue is not None:
        sender = speech.say("cover.from_named", name=issue.by)
        number = Plain(issue.id, strong=True)
        dated = speech.day(issue.on)
        letter = issue.letter or "–"
        if issue.letter and issue.letter_date:
            day = speech.day(issue.letter_date)
            letter = speech.say("cover.letter_dated", letter=issue.letter, day=day)
    earlier = speech.say("cover.no_previous")
    if before is not None:
        their_period = speech.period(before.first, before.last)
        earlier = speech.say("cover.previous_value", id=before.id, period=their_period)
    rows = [
        Fact(
            speech.say("cover.to"),
            Plain(speech.say("cover.to_value", name=data.addressee), strong=True),
        ),
        Fact(speech.say("cover.through"), Plain(speech.say("cover.through_value"))),
        Fact(speech.say("cover.from"), Plain(sender)),
        Fact(speech.say("cover.number"), number),
        Fact(speech.say("cover.letter"), Plain(letter)),
        Fact(speech.say("cover.date"), Plain(dated)),
        Fact(speech.say("cover.subject"), Plain(speech.say("cover.subject_value", period=period))),
        Fact(speech.say("cover.state_at"), Plain(speech.instant(data.at))),
        Fact(speech.say("cover.previous"), Plain(earlier)),
        *(
            (Fact(speech.say("cover.replaces"), Plain(issue.replaces)),)
            if issue is not None and issue.replaces
            else ()
        ),
        Fact(speech("cover.identity"), Plain(data.identity)),
        Fact(speech("cover.class"), Plain(speech("cover.class_value"))),
    ]
    return Facts(tuple(rows))


def _decisions(data: ConformityData, speech: Speech) -> Section:
    title = speech.say("section.decisions")
    asked = decisions(data, speech)
    if not asked:
        return Section("decisions", title, (Paragraph(speech.say("decide.none")),))
    rows = tuple(
        (Plain(str(number)), Lines((Plain(item.text, strong=True), Plain(item.why))))
        for number, item in enumerate(asked, start=1)
    )
    heads = speech.columns(("matter_number", 6), ("matter", 94))
    blocks: list[Block] = [Paragraph(speech.say("decide.intro")), Table(title, heads, rows)]
    if cost := cost_of(data):
        blocks.append(Paragraph(speech.say("decide.cost", sum=speech.number(cost))))
    return Section("decisions", title, tuple(blocks), new_page=True)


def _closing(data: ConformityData, speech: Speech) -> Section:
    issue = data.issue
    offices = (("gcio", issue.by if issue else "", ""), ("coordinator", "", "coordinator_note"))
    rows = tuple(
        (
            Lines(
                (
                    Plain(speech.say(f"closing.{office}"), strong=True),
                    *((Plain(name),) if name else ()),
                    *((Plain(speech.say(f"closing.{note}")),) if note else ()),
                )
            ),
            Lines((Plain(" "),) * SIGNATURE_LINES),
            Plain(""),
        )
        for office, name, note in offices
    )
    heads = speech.columns(("name", 45), ("signature", 35), ("date", 20))
    trail: list[Piece] = [Plain(speech.number(data.trail_position)), Code(data.trail_hash)]
    facts = [
        Fact(speech.say("closing.record"), Plain(data.identity)),
        Fact(speech.say("closing.trail"), Lines(tuple(trail))),
    ]
    if issue is not None:
        document: list[Piece] = [Plain(issue.document.name), Code(issue.document.sha256)]
        facts.append(Fact(speech.say("closing.document"), Lines(tuple(document))))
    blocks: tuple[Block, ...] = (
        Paragraph(speech.say("closing.text", name=data.addressee)),
        Table(speech.say("closing.signatures"), heads, rows),
        Paragraph(speech.say("closing.asserted"), "small"),
        Facts(tuple(facts)),
    )
    return Section("closing", speech.say("section.closing"), blocks)
