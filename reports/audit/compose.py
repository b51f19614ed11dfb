"""The audit report as a document: the opinion first, then how it was reached."""

from reports.audit.criteria import criteria_section
from reports.audit.findings import HASH_SHOWN, earlier_section, findings_section
from reports.audit.model import GRADES, AuditData, SampleLine, TeamLine
from reports.document import (
    Badge,
    Block,
    Bullets,
    Callout,
    Cell,
    Code,
    Column,
    Document,
    Fact,
    Facts,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
    Tile,
    Tiles,
    Tone,
)
from reports.words import Words

OPINION_TONE: dict[str, Tone] = {
    "adequate": "good",
    "with_exceptions": "warn",
    "inadequate": "bad",
    "no_opinion": "warn",
}
UNITS_SHOWN = 40
OBJECTS_SHOWN = 12
SIGNATURE_LINES = 4
"""Room to sign in."""


def compose_audit(data: AuditData) -> Document:
    """Lay the report out in its language."""
    words = Words(data.language, data.timezone)
    labels = {
        key: words(f"layout.{key}")
        for key in ("contents", "page", "of", "skip", "period", "identity", "made_with")
    }
    sections = [_summary(data, words), _terms(data, words), _independence(data, words)]
    sections += [findings_section(data, words), criteria_section(data, words)]
    sections += [_method(data, words), earlier_section(data, words), _signatures(data, words)]
    return Document(
        language=data.language,
        title=words("audit.title"),
        subtitle=data.title,
        organisation=data.organisation,
        unit=data.unit,
        identity=data.identity,
        mark="" if data.state == "concluded" else words("audit.draft_mark"),
        cover=_cover(data, words),
        sections=tuple(sections),
        labels=labels
        | {
            "period_value": words.period(data.period_from, data.period_until),
            "version": data.tool_version,
        },
    )


def _cover(data: AuditData, words: Words) -> Facts:
    rows = [
        Fact(words("cover.organisation"), Plain(data.organisation, strong=True)),
        Fact(words("audit.cover.number"), Plain(data.engagement)),
        Fact(words("audit.cover.letter"), Plain(data.letter or "–")),
        Fact(
            words("audit.cover.period"),
            Plain(words.period(data.period_from, data.period_until)),
        ),
        Fact(
            words("audit.cover.work"),
            Plain(words.period(data.planned_from, data.planned_until)),
        ),
        Fact(words("audit.cover.lead"), Plain(data.lead or "–", strong=True)),
        Fact(words("audit.cover.concluded"), Plain(words.instant(data.concluded_at))),
        Fact(words("cover.identity"), Plain(data.identity)),
        Fact(words("cover.class"), Plain(words("cover.class_value"))),
    ]
    return Facts(tuple(rows))


def _summary(data: AuditData, words: Words) -> Section:
    blocks: list[Block] = []
    if data.opinion is None:
        blocks.append(
            Callout("warn", words("audit.no_opinion_yet.title"), words("audit.no_opinion_yet.text"))
        )
    else:
        title = words("audit.opinion_title", opinion=words(f"audit.opinion.{data.opinion}"))
        blocks.append(Callout(OPINION_TONE[data.opinion], title, data.opinion_text))
    tested = [step for step in data.steps if step.conclusion not in {None, "not_tested"}]
    tiles = [
        Tile(words.number(len(data.criteria)), words("audit.tile.criteria")),
        Tile(
            words("summary.tile.part", n=len(tested), total=len(data.steps)),
            words("audit.tile.tested"),
        ),
        Tile(words.number(data.assets), words("audit.tile.assets")),
    ]
    tones: dict[str, Tone] = {"major": "bad", "minor": "warn"}
    for grade in GRADES:
        number = sum(1 for item in data.findings if item.grade == grade)
        tone = tones.get(grade, "plain") if number else "plain"
        tiles.append(Tile(words.number(number), words(f"audit.tile.{grade}"), tone))
    left = [item for item in data.findings if item.state != "closed"]
    late = [item for item in left if item.overdue]
    tiles.append(
        Tile(words.number(len(left)), words("audit.tile.open"), "warn" if left else "plain")
    )
    tiles.append(
        Tile(words.number(len(late)), words("audit.tile.late"), "bad" if late else "plain")
    )
    blocks.append(Tiles(tuple(tiles)))
    if data.lost:
        title = words("audit.lost.title", n=words.number(len(data.lost)))
        shown = [
            f"{words.joined(item.objects)}: {item.name or item.sha256[:HASH_SHOWN]}"
            f" ({words(f'audit.lost.{item.loss}')})"
            for item in data.lost
        ]
        text = words("audit.lost.text", items=words.joined(shown, most=OBJECTS_SHOWN))
        blocks.append(Callout("bad", title, text))
    if data.objective:
        blocks.append(Paragraph(words("audit.objective", text=data.objective)))
    if data.limitations:
        blocks.append(Callout("info", words("audit.limitations"), data.limitations))
    if data.conflicts:
        text = words("audit.conflicts_text", n=words.number(data.conflicts))
        blocks.append(Callout("warn", words("audit.conflicts_title"), text))
    blocks.append(Paragraph(words("audit.limit"), "small"))
    return Section("summary", words("audit.section.summary"), tuple(blocks))


def _terms(data: AuditData, words: Words) -> Section:
    everything = words("audit.everything")
    rows = [
        Fact(words("audit.fact.programme"), Plain(data.programme or "–")),
        Fact(words("audit.fact.obligation"), Plain(data.obligation or "–")),
        Fact(words("audit.fact.scope"), Plain(", ".join(data.scope) or everything)),
        Fact(words("audit.fact.criteria"), Lines(tuple(Plain(name) for name in data.names))),
    ]
    blocks: list[Block] = [Facts(tuple(rows))]
    if data.excluded:
        blocks.append(Paragraph(words("audit.excluded"), "lead"))
        blocks.append(
            Bullets(
                tuple(
                    words(f"audit.left_out.{code}", n=words.number(count))
                    for code, count in data.excluded
                )
            )
        )
    columns = (
        Column(words("audit.column.unit"), 50),
        Column(words("audit.column.zone"), 30),
        Column(words("audit.column.assets"), 20, "right"),
    )
    units = tuple(
        (Plain(item.unit), Plain(item.zone), Plain(words.number(item.assets)))
        for item in data.units[:UNITS_SHOWN]
    )
    if units:
        blocks.append(Table(words("audit.units"), columns, units))
    if len(data.units) > UNITS_SHOWN:
        blocks.append(
            Paragraph(words("term.more", n=words.number(len(data.units) - UNITS_SHOWN)), "small")
        )
    return Section("terms", words("audit.section.terms"), tuple(blocks))


def _independence(data: AuditData, words: Words) -> Section:
    columns = (
        Column(words("audit.column.name"), 26),
        Column(words("audit.column.unit"), 24),
        Column(words("audit.column.competence"), 24),
        Column(words("audit.column.independence"), 26),
    )
    rows = tuple(_member(item, words) for item in data.team)
    blocks: list[Block] = [Paragraph(words("audit.independence_intro"))]
    if rows:
        blocks.append(Table(words("audit.team"), columns, rows))
    for member in data.team:
        for (kind, owner, safeguard, approver), objects in _together(member).items():
            title = words(
                "audit.conflict_title",
                name=member.name,
                kind=words(f"audit.conflict.{kind}"),
                object=words.joined(objects, most=OBJECTS_SHOWN),
                owner=owner,
            )
            if safeguard is None:
                blocks.append(Callout("bad", title, words("audit.no_safeguard")))
            else:
                text = words("audit.safeguard", text=safeguard, approver=approver)
                blocks.append(Callout("warn", title, text))
    return Section("independence", words("audit.section.independence"), tuple(blocks))


def _together(member: TeamLine) -> dict[tuple[str, str, str | None, str | None], list[str]]:
    """The conflicts of one kind with one owner and one safeguard, together."""
    found: dict[tuple[str, str, str | None, str | None], list[str]] = {}
    for item in member.conflicts:
        key = (item.kind, item.owner, item.safeguard, item.approver)
        found.setdefault(key, []).append(item.object)
    return found


def _member(item: TeamLine, words: Words) -> tuple[Cell, ...]:
    guarded = all(one.safeguard is not None for one in item.conflicts)
    tone: Tone = "good" if not item.conflicts else "warn" if guarded else "bad"
    key = "independent" if not item.conflicts else "guarded" if guarded else "conflict"
    competence: list[Plain | Code | Badge] = [Plain(item.competence or "–")]
    if item.certificate:
        competence.append(Plain(item.certificate))
    role = words(f"audit.role.{item.role}")
    if item.left:
        role = words("audit.left_team", role=role)
    return (
        Lines((Plain(item.name, strong=True), Plain(role))),
        Plain(item.unit),
        Lines(tuple(competence)),
        Badge(words(f"audit.independent.{key}"), tone),
    )


def _method(data: AuditData, words: Words) -> Section:
    blocks: list[Block] = [
        Paragraph(words("audit.method.intro")),
        Bullets(words.several("audit.method.steps"), numbered=True),
    ]
    if data.samples:
        columns = (
            Column(words("audit.column.sample"), 30),
            Column(words("audit.column.size"), 14),
            Column(words("audit.column.seed"), 30),
            Column(words("audit.column.drawn"), 26),
        )
        rows = tuple(_sample(item, words) for item in data.samples)
        blocks.append(Paragraph(words("audit.samples_intro")))
        blocks.append(Table(words("audit.samples"), columns, rows))
    else:
        blocks.append(Paragraph(words("audit.no_samples")))
    return Section("method", words("audit.section.method"), tuple(blocks))


def _sample(item: SampleLine, words: Words) -> tuple[Cell, ...]:
    method = words(f"audit.method_of.{item.method}")
    if item.stratum is not None:
        method = f"{method}: {words(f'audit.stratum.{item.stratum}')}"
    told = [Plain(item.id, strong=True), Plain(words(f"audit.population.{item.population}"))]
    told += [Plain(method), *([Plain(item.reason)] if item.reason else [])]
    size = words.number(item.size)
    return (
        Lines(tuple(told)),
        Plain(words("summary.tile.part", n=size, total=words.number(item.population_size))),
        Lines((Code(item.seed), Code(item.population_sha256))),
        Plain(words.joined(item.drawn, most=8)),
    )


def _signatures(data: AuditData, words: Words) -> Section:
    leads = [item for item in data.team if item.role == "lead" and not item.left]
    others = [item for item in data.team if item.role == "auditor" and not item.left]
    columns = (
        Column(words("audit.column.name"), 45),
        Column(words("audit.column.signature"), 35),
        Column(words("audit.column.date"), 20),
    )
    rows = tuple(
        (
            Lines((Plain(item.name, strong=True), Plain(words(f"audit.role.{item.role}")))),
            Lines((Plain(" "),) * SIGNATURE_LINES),
            Plain(""),
        )
        for item in (*leads, *others)
    )
    facts = Facts(
        (
            Fact(words("audit.fact.record"), Code(data.record_sha256 or "–")),
            Fact(
                words("audit.fact.trail"),
                Lines((Plain(words.number(data.trail_position)), Code(data.trail_hash))),
            ),
        )
    )
    blocks: list[Block] = [Paragraph(words("audit.asserted"))]
    if rows:
        blocks.append(Table(words("audit.signatures"), columns, rows))
    blocks.append(facts)
    return Section("signatures", words("audit.section.signatures"), tuple(blocks))
