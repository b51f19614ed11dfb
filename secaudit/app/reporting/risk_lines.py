"""The register's risks and its matrix."""

from sqlalchemy import Connection

from reports.model import RiskBand, RiskLine, RiskMatrix
from secaudit.app.reporting.finding_lines import Dated
from secaudit.app.reporting.request import PackRequest, Span
from secaudit.risk import matrix, register
from secaudit.risk.content import load_scale
from secaudit.risk.register import RiskState

_SHOWN = (RiskState.PROPOSED, RiskState.APPROVED)


def risk_lines(
    connection: Connection,
    request: PackRequest,
    span: Span,
    found: tuple[Dated, ...],
    language: str,
) -> tuple[RiskLine, ...]:
    """The risks known at the end of the period; in a narrowed report those of its findings."""
    ids = {item.finding.id for item in found}
    narrowed = bool(request.zones or request.assets)
    return tuple(
        RiskLine(
            id=risk.id,
            title=risk.title[language],
            reasoning=risk.reasoning[language],
            likelihood=risk.likelihood,
            impact=risk.impact,
            state=risk.state.value,
            owner=risk.owner,
            findings=risk.findings,
            approver=risk.approver or "",
        )
        for risk in register.list_all(connection, _SHOWN)
        if risk.proposed_at < span.end and (not narrowed or ids.intersection(risk.findings))
    )


def matrix_lines(language: str) -> RiskMatrix:
    """The matrix with its words."""
    scale = load_scale()
    return RiskMatrix(
        cells=tuple(
            tuple(matrix.score(likelihood, impact) for impact in matrix.STEPS)
            for likelihood in matrix.STEPS
        ),
        bands=tuple(
            RiskBand(highest, word.in_language(language))
            for highest, word in zip(matrix.LARGEST_OF_LEVEL, scale.level, strict=True)
        ),
        likelihoods=tuple(word.in_language(language) for word in scale.likelihood),
        impacts=tuple(word.in_language(language) for word in scale.impact),
        note=scale.source.in_language(language),
    )
