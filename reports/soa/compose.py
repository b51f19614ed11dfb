"""The statement as a document: what it is, the sums, and a table for each theme of controls."""

from reports.document import (
    Badge,
    Block,
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
from reports.soa.model import ControlLine, SoaData, references
from reports.soa.spreadsheet import applicable_key, file_words, version_words
from reports.words import Words

HASH_SHOWN = 16
FINDINGS_SHOWN = 8
_TEST_TONE: dict[str, Tone] = {
    "contradicted": "bad",
    "tested": "info",
    "never_tested": "mute",
    "no_test": "mute",
}
_IMPLEMENTED_TONE: dict[str, Tone] = {
    "implemented": "good",
    "partly": "warn",
    "planned": "info",
    "no": "bad",
}


def compose_soa(data: SoaData) -> Document:
    """Lay the statement out in its language."""
    words = Words(data.language, data.timezone)
    groups = tuple(dict.fromkeys(line.group for line in data.controls))
    labels = {
        key: words(f"layout.{key}")
        for key in ("contents", "page", "of", "skip", "period", "identity", "made_with")
    }
    return Document(
        language=data.language,
        title=words("soa.title"),
        subtitle=data.framework_title,
        organisation=data.organisation,
        unit=data.unit,
        identity=data.identity,
        mark=words("soa.draft_mark") if data.state == "draft" else "",
        cover=_cover(data, words),
        sections=(
            _summary(data, words),
            *(_theme(data, words, group, index) for index, group in enumerate(groups)),
        ),
        labels=labels | {"period_value": version_words(data, words), "version": data.tool_version},
    )


def _cover(data: SoaData, words: Words) -> Facts:
    rows = [
        Fact(words("cover.organisation"), Plain(data.organisation, strong=True)),
        Fact(words("soa.cover.framework"), Plain(data.framework_title)),
        Fact(words("soa.cover.version"), Plain(version_words(data, words))),
        Fact(words("soa.cover.tests_of"), Plain(words.day(data.day))),
        Fact(words("cover.identity"), Plain(data.identity)),
        Fact(words("cover.class"), Plain(words("cover.class_value"))),
    ]
    if data.unit:
        rows.insert(1, Fact(words("cover.unit"), Plain(data.unit)))
    if data.approver:
        rows.append(Fact(words("soa.cover.approver"), Plain(data.approver, strong=True)))
        rows.append(Fact(words("soa.cover.approved_at"), Plain(words.instant(data.approved_at))))
    if data.document:
        proof = Lines((Plain(file_words(data.document, words)), Code(data.document.sha256)))
        rows.append(Fact(words("soa.cover.document"), proof))
    return Facts(tuple(rows))


def _summary(data: SoaData, words: Words) -> Section:
    tiles = [
        Tile(words.number(data.count(True)), words("soa.tile.applicable")),
        Tile(words.number(data.count(False)), words("soa.tile.excluded")),
    ]
    undecided = data.count(None)
    if undecided:
        tiles.append(Tile(words.number(undecided), words("soa.tile.undecided"), "warn"))
    contradicted = sum(
        1 for line in data.controls if line.applicable is not False and line.test == "contradicted"
    )
    tone: Tone = "bad" if contradicted else "plain"
    tiles.append(Tile(words.number(contradicted), words("soa.tile.contradicted"), tone))
    counted = data.implementations()
    blocks: list[Block] = [
        Paragraph(words("soa.intro")),
        Tiles(tuple(tiles)),
        Callout("info", words("soa.limit.title"), words("soa.limit.text")),
    ]
    if counted:
        rows = tuple(
            (_implementation(key, words), Plain(words.number(counted[key])))
            for key in ("implemented", "partly", "planned", "no", "")
            if key in counted
        )
        columns = (
            Column(words("soa.column.implementation"), 70),
            Column(words("soa.column.controls"), 30, "right"),
        )
        blocks.append(Table(words("soa.implementations"), columns, rows))
    return Section("summary", words("soa.summary"), tuple(blocks))


def _theme(data: SoaData, words: Words, group: str, index: int) -> Section:
    rows = tuple(_row(line, words) for line in data.controls if line.group == group)
    columns = (
        Column(words("soa.column.control"), 22),
        Column(words("soa.column.why"), 33),
        Column(words("soa.column.implementation"), 14),
        Column(words("soa.column.test"), 15),
        Column(words("soa.column.owner_evidence"), 16),
    )
    caption = words("soa.controls_of", group=group or words("soa.unknown_group"))
    title = group or words("soa.unknown_group")
    return Section(f"theme-{index}", title, (Table(caption, columns, rows),), new_page=index == 0)


def _row(line: ControlLine, words: Words) -> tuple[Cell, ...]:
    return (
        Lines((Plain(line.number, strong=True), Plain(line.title))),
        _why(line, words),
        _implementation(line.implementation or "", words) if line.applicable else Plain("–"),
        _test(line, words),
        _owner(line, words),
    )


def _why(line: ControlLine, words: Words) -> Cell:
    tone: Tone = "warn" if line.applicable is None else ("info" if line.applicable else "mute")
    shown: list[Plain | Code | Badge] = [
        Badge(words(f"soa.applicable.{applicable_key(line)}"), tone)
    ]
    if line.justification:
        shown.append(Plain(line.justification))
    for kind in ("risk", "law", "contract", "good_practice"):
        for proposed in (False, True):
            found = [
                item for item in line.reasons if item.kind == kind and item.proposed is proposed
            ]
            if found:
                name = words(f"soa.reason.{kind}")
                text = "; ".join(references(found))
                said = f"{name}: {text}" if text else name
                shown.append(Plain(words("soa.proposed", text=said) if proposed else said))
    return Lines(tuple(shown))


def _implementation(key: str, words: Words) -> Cell:
    if not key:
        return Badge(words("soa.implementation.unstated"), "warn")
    return Badge(words(f"soa.implementation.{key}"), _IMPLEMENTED_TONE[key])


def _test(line: ControlLine, words: Words) -> Cell:
    shown: list[Plain | Code | Badge] = [
        Badge(words(f"soa.test.{line.test}"), _TEST_TONE[line.test])
    ]
    if line.last_tested is not None:
        shown.append(Plain(words("soa.last_tested", day=words.day_of(line.last_tested))))
        shown.append(
            Plain(
                words(
                    "soa.support", n=words.number(line.supported), total=words.number(line.assets)
                )
            )
        )
    if line.findings:
        shown.append(Plain(words.joined(line.findings, most=FINDINGS_SHOWN)))
    return Lines(tuple(shown))


def _owner(line: ControlLine, words: Words) -> Cell:
    shown: list[Plain | Code | Badge] = [Plain(line.owner or "–")]
    for item in line.evidence:
        shown += [
            Plain(file_words(item, words), strong=item.missing),
            Code(item.sha256[:HASH_SHOWN], item.sha256),
        ]
    return Lines(tuple(shown))
