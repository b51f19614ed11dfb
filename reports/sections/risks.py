"""The risks, and where they stand in the 5 x 5 matrix."""

from reports.charts import MatrixCell, matrix
from reports.document import Badge, Block, Column, Figure, Lines, Paragraph, Plain, Section, Table
from reports.document import Tone as ToneName
from reports.facts import Facts
from reports.model import RiskLine, RiskMatrix
from reports.sections.cells import prose, text
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
            Paragraph(data.matrix.note or words("risks.matrix_note"), "small"),
            _table(data.risks, data.matrix, words),
        )
    return Section("risks", words("section.risks"), blocks, new_page=True)


def _figure(items: tuple[RiskLine, ...], scale: RiskMatrix, words: Words) -> Figure:
    cells = [
        [
            MatrixCell(
                scale.magnitude(likelihood, impact),
                scale.band(scale.magnitude(likelihood, impact)),
                tuple(
                    risk.id
                    for risk in items
                    if (risk.likelihood, risk.impact) == (likelihood, impact)
                ),
            )
            for impact in range(1, 6)
        ]
        for likelihood in range(1, 6)
    ]
    drawn = matrix(
        cells,
        scale.likelihoods,
        scale.impacts,
        words("risks.likelihood"),
        words("risks.impact"),
    )
    said = "; ".join(
        words("risks.place", risk=risk.id, likelihood=risk.likelihood, impact=risk.impact)
        for risk in items[:40]
    )
    return Figure(drawn, words("risks.figure"), said, width=88)


def _table(items: tuple[RiskLine, ...], scale: RiskMatrix | None, words: Words) -> Table:
    ordered = sorted(items, key=lambda risk: (-_size(risk, scale), risk.id))
    rows = tuple(
        (
            Plain(risk.id, strong=True),
            _what(risk),
            Plain(f"{risk.likelihood} × {risk.impact}"),
            _level(risk, scale),
            text(risk.owner),
            Lines(
                (
                    Plain(words.of("risk_state", risk.state)),
                    *((Plain(risk.approver),) if risk.approver else ()),
                )
            ),
            text(words.joined(risk.findings, most=8)),
        )
        for risk in ordered
    )
    columns = (
        Column(words("column.number"), 9),
        Column(words("column.risk"), 46),
        Column(words("column.likelihood_impact"), 9, "center"),
        Column(words("column.level"), 13),
        Column(words("column.owner"), 15),
        Column(words("column.state"), 13),
        Column(words("column.finding_ids"), 13),
    )
    return Table(words("risks.caption"), columns, rows)


def _what(risk: RiskLine) -> Lines:
    reasoning = prose(risk.reasoning)
    lines = reasoning.items if isinstance(reasoning, Lines) else (reasoning,)
    return Lines((Plain(risk.title, strong=True), *lines))


def _size(risk: RiskLine, scale: RiskMatrix | None) -> int:
    if scale is None:
        return risk.likelihood * risk.impact
    return scale.magnitude(risk.likelihood, risk.impact)


def _level(risk: RiskLine, scale: RiskMatrix | None) -> Lines | Plain:
    if scale is None:
        return Plain("–")
    magnitude = scale.magnitude(risk.likelihood, risk.impact)
    band = scale.band(magnitude)
    tone = _BAND_TONE[min(band, len(_BAND_TONE) - 1)]
    return Lines((Badge(scale.bands[band].name, tone), Plain(str(magnitude))))
