"""The register's risks as they were at the end of the period, and its matrix."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from reports.model import RiskBand, RiskLine, RiskMatrix
from secaudit.app.approvals import SignedNames
from secaudit.app.reporting.finding_lines import Dated
from secaudit.app.reporting.request import PackRequest, Span
from secaudit.app.risk_view import Viewpoint, drawn_scale, score_record, standing_risks
from secaudit.app.workspace import Workspace
from secaudit.risk.content import load_categories
from secaudit.risk.model import Risk, Score, Treatment, TreatmentKind, TreatmentState
from secaudit.risk.scale import Scale
from secaudit.risk.words import treatment_state_word, treatment_word
from secaudit.text.format import date_words
from secaudit.text.language import gettext


def risks_of(
    workspace: Workspace,
    connection: Connection,
    request: PackRequest,
    span: Span,
    found: tuple[Dated, ...],
) -> tuple[tuple[RiskLine, ...], RiskMatrix]:
    """The risks at the end of the period, and the matrix that they are drawn in.

    In a narrowed report they are those of its findings.
    """
    now = datetime.now(UTC)
    at = span.final if span.end <= now else None
    view = Viewpoint.of(workspace, connection, now, at)
    risks = standing_risks(connection, at)
    scale = drawn_scale(risks, view)
    ids = {item.finding.id for item in found}
    narrowed = bool(request.zones or request.assets)
    signed = SignedNames.of(connection)
    lines = tuple(
        _line(risk, view, scale, signed)
        for risk in risks
        if not narrowed or ids.intersection(risk.findings)
    )
    return lines, _matrix(view, scale)


def _line(risk: Risk, view: Viewpoint, drawn: Scale, signed: SignedNames) -> RiskLine:
    language, scale = view.language, view.scale_of(risk)
    record = view.record(risk)
    current = score_record(risk.current, scale, language) or {}
    residual = record["scores"]["residual"]
    elsewhere = scale.digest != drawn.digest
    return RiskLine(
        id=risk.id,
        title=record["title"],
        reasoning=record["reasoning"],
        likelihood=risk.likelihood,
        impact=risk.impact,
        state=risk.state.value,
        owner=risk.owner,
        findings=risk.findings,
        approver=signed.name(risk.approval.approver, risk.approval.document)
        if risk.approval
        else "",
        category=load_categories().word(risk.category, language),
        inherent=_pair(risk.inherent),
        residual=_pair(risk.residual),
        residual_estimate=residual is None or residual["estimate"],
        treatments=tuple(_said(item, signed) for item in risk.standing_treatments(view.day)),
        above=record["above"],
        review_on=risk.review_on,
        other_scale=scale.title.in_language(language) if elsewhere else "",
        level=f"{current['level_word']} ({current['score']})" if elsewhere else "",
    )


def _pair(score: Score | None) -> tuple[int, int] | None:
    return None if score is None else (score.likelihood, score.impact)


def _said(item: Treatment, signed: SignedNames) -> str:
    """A treatment in one sentence."""
    kind = treatment_word(item.kind)
    if item.kind is TreatmentKind.ACCEPT and item.expires_on is not None:
        return gettext("{kind}: by {name}, until {day}").format(
            kind=kind,
            name=signed.name(item.approver, item.proof),
            day=date_words(item.expires_on),
        )
    said = f"{kind}: {item.action}" if item.action else str(kind)
    if item.owner:
        said += f"; {item.owner}"
    if item.state is not TreatmentState.PLANNED:
        return f"{said}; {treatment_state_word(item.state)}"
    if item.due is not None:
        return gettext("{said}; by {day}").format(said=said, day=date_words(item.due))
    return said


def _matrix(view: Viewpoint, scale: Scale) -> RiskMatrix:
    language = view.language
    return RiskMatrix(
        cells=scale.cells,
        bands=tuple(
            RiskBand(level.up_to, level.word.in_language(language)) for level in scale.levels
        ),
        likelihoods=tuple(word.in_language(language) for word in scale.likelihood),
        impacts=tuple(word.in_language(language) for word in scale.impact),
        note=scale.source.in_language(language),
        appetite=view.usual_appetite(scale),
        appetites=view.own_appetites(scale),
        confirmed=scale.confirmed,
    )
