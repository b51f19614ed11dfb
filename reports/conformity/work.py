"""Nonconformity and follow-up: requirements, findings by check, plans, audits, acceptances."""

from collections import Counter
from collections.abc import Sequence

from reports.conformity.model import (
    NONCONFORM,
    AuditFindingLine,
    ConformityData,
    FindingLine,
    RequirementLine,
)
from reports.conformity.speech import (
    GRADE_TONE,
    SEVERITIES,
    Piece,
    Speech,
    requirement_cell,
)
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
)

ROWS_SHOWN = 60
"""Lines of one table in this section; the workbook and JSON hold all."""


def work_section(data: ConformityData, speech: Speech) -> Section:
    """What is not met, and what is done about it."""
    blocks = [
        *_requirements(data, speech),
        *_findings(data, speech),
        *_plans(data, speech),
        *_audits(data, speech),
        *_accepted(data, speech),
    ]
    if not blocks:
        return Section("work", speech.say("section.work"), (Paragraph(speech.say("work.none")),))
    intro = Paragraph(speech.say("work.intro"))
    return Section("work", speech.say("section.work"), (intro, *blocks))


def _requirements(data: ConformityData, speech: Speech) -> list[Block]:
    by_id = {item.id: item for item in data.findings}
    short = {item.id: item.short_title for item in data.frameworks}
    rows = [
        (
            Lines((Plain(short[item.framework]), *_pieces(requirement_cell(item)))),
            Lines((speech.verdict(item.verdict), speech.standing(item.standing))),
            *_followup(item, [by_id[name] for name in item.contradicting if name in by_id],
                       data, speech),
        )
        for item in data.requirements
        if item.verdict in NONCONFORM or item.standing == "contradicted"
    ]  # fmt: skip
    heads = speech.columns(
        ("requirement", 36), ("verdict", 16), ("followup", 26), ("owner_due", 22)
    )
    return [Table(speech.say("work.requirements"), heads, tuple(rows))] if rows else []


def _followup(
    item: RequirementLine, found: Sequence[FindingLine], data: ConformityData, speech: Speech
) -> tuple[Cell, Cell]:
    """What is done about a requirement, and who answers for it by when."""
    audits = [one for one in data.audit_findings if one.requirement == item.id]
    live = [one for one in found if one.accepted is None]
    plans = sorted({one.plan for one in live if one.plan})
    done: list[Piece] = []
    if live:
        done.append(
            Plain(speech.say("state.findings", names=speech.names([f.id for f in live], 4)))
        )
    if item.accepted:
        done.append(Plain(speech.say("state.accepted", names=speech.names(item.accepted, 4))))
    followed = [*plans, *(one.id for one in audits)]
    if followed:
        done.append(Plain(speech.names(followed, 4)))
    set_aside = [one.accepted for one in found if one.accepted is not None]
    if set_aside and not live and not audits:
        names = sorted({one.approver for one in set_aside})
        until = speech.day(min(one.until for one in set_aside))
        shown = (Plain(speech.names(names, 3)), Plain(speech.say("work.until", day=until)))
        return Lines(tuple(done)), Lines(shown)
    if not plans and not audits:
        done.append(Badge(speech.say("work.no_plan"), "warn"))
    dated: list[FindingLine | AuditFindingLine] = [*live, *audits]
    owners = sorted({one.owner for one in dated if one.owner})
    days = sorted(one.due for one in dated if one.due is not None)
    who: list[Piece] = [Plain(speech.names(owners, 2) if owners else speech.say("work.no_owner"))]
    if not owners and item.bearer:
        who.append(Plain(speech.say("work.bearer", name=item.bearer)))
    if days:
        who.append(Plain(speech.day(days[0])))
    late = sum(one.late for one in dated)
    if late:
        who.append(Badge(speech.say("work.late_n", n=speech.number(late)), "bad"))
    return Lines(tuple(done)), Lines(tuple(who))


def _findings(data: ConformityData, speech: Speech) -> list[Block]:
    groups: dict[tuple[int, str], list[FindingLine]] = {}
    for item in data.findings:
        if item.accepted is None:
            groups.setdefault((SEVERITIES.index(item.severity), item.check), []).append(item)
    rows = []
    for (rank, check), items in sorted(groups.items()):
        cited = list(dict.fromkeys(name for item in items for name in item.requirements))
        about = speech.names(cited, 2) if cited else speech.say("work.hint")
        plans = sorted({item.plan for item in items if item.plan})
        without = sum(not item.plan for item in items)
        done: list[Piece] = [Plain(speech.names(plans, 4))] if plans else []
        if without:
            done.append(Badge(speech.say("work.without_plan_n", n=speech.number(without)), "warn"))
        late = sum(item.late for item in items)
        owners = Counter(item.owner or speech.say("work.no_owner") for item in items)
        days = sorted(item.due for item in items if item.due is not None)
        who: list[Piece] = [Plain(speech.names([name for name, _ in owners.most_common()], 2))]
        if days:
            who.append(Plain(speech.day(days[0])))
        if late:
            who.append(Badge(speech.say("work.late_n", n=speech.number(late)), "bad"))
        rows.append(
            (
                Lines((Plain(items[0].title, strong=True), Code(check), Plain(about))),
                speech.severity(SEVERITIES[rank]),
                Plain(speech.number(len(items))),
                Lines(tuple(done)),
                Lines(tuple(who)),
            )
        )
    heads = speech.columns(
        ("check", 38), ("severity", 12), ("count", 10), ("followup", 18), ("owner_due", 22)
    )
    return _shown("findings", heads, rows, speech)


def _plans(data: ConformityData, speech: Speech) -> list[Block]:
    rows = tuple(
        (
            Lines((Plain(item.id, strong=True), Plain(item.action))),
            Plain(
                speech.say(
                    "work.progress",
                    done=speech.number(item.done),
                    total=speech.number(item.total),
                )
            ),
            speech.owner_due(item.owner, item.due, late=item.late),
        )
        for item in data.plans
        if not item.finished
    )
    heads = speech.columns(("plan", 52), ("progress", 22), ("owner_due", 26))
    return _shown("plans", heads, rows, speech)


def _audits(data: ConformityData, speech: Speech) -> list[Block]:
    rows = tuple(
        (
            Lines((Plain(f"{item.id} ({item.engagement})", strong=True), Plain(item.title),
                   Plain(item.citation))),
            Badge(speech.say(f"grade.{item.grade}"), GRADE_TONE.get(item.grade, "info")),
            Plain(speech(f"audit.state.{item.state}")),
            speech.owner_due(item.owner, item.due, late=item.late),
        )
        for item in data.audit_findings
    )  # fmt: skip
    heads = speech.columns(("finding", 42), ("grade", 18), ("state", 16), ("owner_due", 24))
    return _shown("audits", heads, rows, speech)


def _accepted(data: ConformityData, speech: Speech) -> list[Block]:
    rows = tuple(
        (
            Lines((Plain(item.id, strong=True), Plain(item.title), Code(item.subject))),
            Plain(said.approver),
            Plain(said.reason),
            Lines(
                (
                    Plain(speech.day(said.until)),
                    *(
                        (Badge(speech.say("work.expired"), "bad"),)
                        if said.until < data.last
                        else ()
                    ),
                )
            ),
        )
        for item in data.findings
        if (said := item.accepted) is not None
    )
    if not rows:
        return []
    heads = speech.columns(("finding", 36), ("approver", 20), ("reason", 28), ("until", 16))
    note = Paragraph(speech.say("work.accepted_intro"), "small")
    return [*_shown("accepted", heads, rows, speech), note]


def _shown(
    key: str, heads: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]], speech: Speech
) -> list[Block]:
    """A table of the first rows, and how many more there are; nothing where there is no row."""
    if not rows:
        return []
    left = len(rows) - ROWS_SHOWN
    table = Table(speech.say(f"work.{key}"), heads, tuple(rows[:ROWS_SHOWN]))
    if left <= 0:
        return [table]
    return [table, Paragraph(speech.say("work.more", n=speech.number(left)), "small")]


def _pieces(cell: Cell) -> tuple[Piece, ...]:
    return cell.items if isinstance(cell, Lines) else (cell,)
