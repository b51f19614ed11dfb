"""The risks, where they stand in the matrix, and what is done about them."""

from reports.document import Badge, Block, Column, Figure, Lines, Paragraph, Plain, Section, Table
from reports.document import Tone as ToneName
from reports.facts import Facts
from reports.matrix import Drawing, MatrixCell, matrix
from reports.model import RiskLine, RiskMatrix
from reports.sections.cells import text
from reports.words import Words

_BAND_TONE: tuple[ToneName, ...] = ("good", "low", "medium", "high", "critical")


def risks(facts: Facts, words: Words) -> Section:
    """Build the section."""
    data = facts.data
    if not data.risks:
        blocks: tuple[Block, ...] = (Paragraph(words("risks.none")),)
    elif data.matrix is None:
        blocks = (Paragraph(words("risks.no_matrix")), _table(data.risks, None, words))
    else:
        blocks = (
            Paragraph(words("risks.intro")),
            _figure(data.risks, data.matrix, words),
            *(Paragraph(note, "small") for note in _notes(data.risks, data.matrix, words)),
            _table(data.risks, data.matrix, words),
        )
    return Section("risks", words("section.risks"), blocks, new_page=True)


def _notes(items: tuple[RiskLine, ...], scale: RiskMatrix, words: Words) -> list[str]:
    notes = [words("risks.matrix_note")]
    if scale.appetite is not None:
        notes.append(words("risks.appetite", magnitude=scale.appetite))
    if scale.appetites:
        own = [f"{name} {magnitude}" for name, magnitude in scale.appetites]
        notes.append(words("risks.appetites", categories=words.joined(own)))
    if scale.note:
        notes.append(scale.note)
    if not scale.confirmed:
        notes.append(words("risks.unconfirmed"))
    elsewhere = tuple(risk.id for risk in items if risk.other_scale)
    if elsewhere:
        notes.append(words("risks.elsewhere", ids=words.joined(elsewhere)))
    return notes


def _figure(items: tuple[RiskLine, ...], scale: RiskMatrix, words: Words) -> Figure:
    placed = [risk for risk in items if not risk.other_scale]
    cells = [
        [
            MatrixCell(
                magnitude,
                scale.band(magnitude),
                tuple(
                    risk.id
                    for risk in placed
                    if (risk.likelihood, risk.impact) == (likelihood, impact)
                ),
                scale.bands[scale.band(magnitude)].name,
            )
            for impact, magnitude in enumerate(row, 1)
        ]
        for likelihood, row in enumerate(scale.cells, 1)
    ]
    drawn = matrix(
        Drawing(
            cells,
            scale.likelihoods,
            scale.impacts,
            words("risks.likelihood"),
            words("risks.impact"),
            scale.appetite,
        ),
        len(scale.bands),
    )
    said = "; ".join(
        words("risks.place", risk=risk.id, likelihood=risk.likelihood, impact=risk.impact)
        for risk in placed[:40]
    )
    return Figure(drawn, words("risks.figure"), said, width=88)


def _table(items: tuple[RiskLine, ...], scale: RiskMatrix | None, words: Words) -> Table:
    ordered = sorted(items, key=lambda risk: (-_size(risk, scale), risk.id))
    rows = tuple(
        (
            Plain(risk.id, strong=True),
            _what(risk),
            _scores(risk, scale, words),
            _level(risk, scale, words),
            text(risk.owner),
            _treatment(risk, words),
            _state(risk, words),
            text(words.joined(risk.findings, most=6)),
        )
        for risk in ordered
    )
    columns = (
        Column(words("column.number"), 9),
        Column(words("column.risk"), 38),
        Column(words("column.scores"), 19),
        Column(words("column.level"), 13),
        Column(words("column.owner"), 13),
        Column(words("column.treatment"), 21),
        Column(words("column.state"), 13),
        Column(words("column.finding_ids"), 11),
    )
    return Table(words("risks.caption"), columns, rows)


def _what(risk: RiskLine) -> Lines:
    """Title, category and the reasoning as one paragraph: a register is long enough as it is."""
    category = (Plain(risk.category),) if risk.category else ()
    reasoning = Plain(" ".join(risk.reasoning.splitlines()))
    return Lines((Plain(risk.title, strong=True), *category, reasoning))


def _scores(risk: RiskLine, scale: RiskMatrix | None, words: Words) -> Lines:
    def said(likelihood: int, impact: int) -> str:
        if scale is None or risk.other_scale:
            return f"{likelihood}×{impact}"
        return f"{scale.magnitude(likelihood, impact)} ({likelihood}×{impact})"

    lines = [Plain(words("risks.current", score=said(risk.likelihood, risk.impact)), strong=True)]
    if risk.inherent is not None:
        lines.insert(0, Plain(words("risks.inherent", score=said(*risk.inherent))))
    if risk.residual is not None:
        name = "risks.residual_estimate" if risk.residual_estimate else "risks.residual"
        lines.append(Plain(words(name, score=said(*risk.residual))))
    return Lines(tuple(lines))


def _level(risk: RiskLine, scale: RiskMatrix | None, words: Words) -> Lines | Plain:
    if risk.other_scale:
        return Lines((Plain(risk.level), Plain(risk.other_scale)))
    if scale is None:
        return Plain("–")
    magnitude = scale.magnitude(risk.likelihood, risk.impact)
    band = scale.band(magnitude)
    tone = _BAND_TONE[round(band * (len(_BAND_TONE) - 1) / max(len(scale.bands) - 1, 1))]
    above = (Plain(words("risks.above")),) if risk.above else ()
    return Lines((Badge(scale.bands[band].name, tone), Plain(str(magnitude)), *above))


def _treatment(risk: RiskLine, words: Words) -> Lines | Plain:
    if risk.treatments:
        return Lines(tuple(Plain(item) for item in risk.treatments))
    return Plain(words("risks.untreated") if risk.above else "–")


def _state(risk: RiskLine, words: Words) -> Lines:
    lines = [Plain(words.of("risk_state", risk.state))]
    if risk.approver:
        lines.append(Plain(risk.approver))
    if risk.review_on is not None:
        lines.append(Plain(words("risks.review", date=words.day(risk.review_on))))
    return Lines(tuple(lines))


def _size(risk: RiskLine, scale: RiskMatrix | None) -> int:
    if scale is None or risk.other_scale:
        return risk.likelihood * risk.impact
    return scale.magnitude(risk.likelihood, risk.impact)
