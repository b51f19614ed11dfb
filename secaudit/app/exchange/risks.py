"""Risks as rows: what they say, how they are scored, a treatment more; new ones by a person."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from reports.words import Words
from secaudit.app.exchange.fields import Edit, Field, Kind, Plain, names_in
from secaudit.app.exchange.noun import Applied, Edited, Entry
from secaudit.app.exchange.report import Statement
from secaudit.app.exchange.savepoint import attempt
from secaudit.app.risk_decisions import RiskText, Who, add_in, score_in, set_in, treat_in
from secaudit.app.risk_view import Viewpoint
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.risk import register
from secaudit.risk.content import load_categories
from secaudit.risk.decisions import NewScores
from secaudit.risk.model import STANDING, Risk, RiskState, Score, TreatmentKind
from secaudit.risk.treatment import Intent
from secaudit.text.language import N_, current_language


def _states(language: str) -> Mapping[str, str]:
    return {state.value: Words(language).of("risk_state", state) for state in RiskState}


def _treatments(language: str) -> Mapping[str, str]:
    words = Words(language)
    return {kind.value: words.of("exchange.treatment", kind) for kind in TreatmentKind}


def _offered(language: str) -> Sequence[str]:
    words = _treatments(language)
    return [words[kind.value] for kind in TreatmentKind if kind is not TreatmentKind.ACCEPT]


def _categories(language: str) -> Mapping[str, str]:
    known = load_categories()
    return {name: known.word(name, language) for name in known.categories}


def _grid(_language: str) -> Sequence[str]:
    return [f"{likelihood}x{impact}" for likelihood in range(1, 6) for impact in range(1, 6)]


FIELDS: tuple[Field, ...] = (
    Field("id", Kind.LINE, width=10),
    Field("state", Kind.WORD, Edit.STATE, 14, words=_states),
    Field("level", Kind.LINE, width=14),
    Field("title", Kind.LINE, Edit.FREE, 40),
    Field("owner", Kind.LINE, Edit.FREE, 28),
    Field(
        "category",
        Kind.WORD,
        Edit.FREE,
        24,
        words=_categories,
        offered=lambda language: list(_categories(language).values()),
    ),
    Field("threat", Kind.TEXT, Edit.FREE, 40, may_be_empty=True),
    Field("vulnerability", Kind.TEXT, Edit.FREE, 40, may_be_empty=True),
    Field("consequence", Kind.TEXT, Edit.FREE, 40, may_be_empty=True),
    Field("inherent", Kind.SCORE, Edit.FREE, 12, offered=_grid),
    Field("current", Kind.SCORE, Edit.FREE, 12, offered=_grid),
    Field("residual", Kind.SCORE, Edit.FREE, 12, offered=_grid),
    Field("assets", Kind.NAMES, Edit.FREE, 24),
    Field("review_on", Kind.DAY, Edit.FREE, 14),
    Field("findings", Kind.IDS, Edit.NEW_ONLY, 32),
    Field("treatments", Kind.TEXT, width=44),
    Field("treatment", Kind.WORD, Edit.ADDED, 14, words=_treatments, offered=_offered),
    Field("treatment_action", Kind.TEXT, Edit.ADDED, 40),
    Field("treatment_owner", Kind.LINE, Edit.ADDED, 28),
    Field("treatment_due", Kind.DAY, Edit.ADDED, 14),
    Field("treatment_cost", Kind.AMOUNT, Edit.ADDED, 16),
    Field("reason", Kind.TEXT, Edit.ADDED, 32),
    Field("approver", Kind.LINE, width=24),
    Field("version", Kind.NUMBER, width=8),
)
_TEXTS = ("title", "owner", "category", "threat", "vulnerability", "consequence")
_SCORES = ("inherent", "current", "residual")
_NEEDED = ("title", "owner", "category", "current")
_STATE_HINTS: Mapping[str, str] = {
    RiskState.APPROVED.value: N_("it is approved with: secaudit risk approve"),
    RiskState.REJECTED.value: N_("it is sent back with: secaudit risk reject"),
    RiskState.RETIRED.value: N_("it is taken out with: secaudit risk retire"),
}


class RiskNoun:
    """The risk register."""

    name = "risk"
    letter = "R"
    fields = FIELDS
    makes_new = True

    def entries(
        self, workspace: Workspace, connection: Connection, ids: Sequence[str]
    ) -> dict[str, Entry]:
        """Risks, their prose in the current language."""
        view = Viewpoint.of(workspace, connection, datetime.now(UTC))
        wanted = set(ids)
        return {
            risk.id: Entry(risk.id, risk.version, _values(risk, view.record(risk)))
            for risk in register.list_all(connection)
            if risk.id in wanted
        }

    def standing(self, workspace: Workspace, connection: Connection) -> Sequence[str]:
        """What the register shows."""
        return [risk.id for risk in register.list_all(connection, STANDING)]

    def closed_word(self, code: Any) -> str:
        """How a risk comes to a state."""
        return _STATE_HINTS.get(str(code), "")

    def missing(self, values: Mapping[str, Plain]) -> Sequence[str]:
        """What a new risk lacks."""
        return [key for key in _NEEDED if values.get(key) is None]

    def apply(
        self, workspace: Workspace, change: Change, rows: Sequence[Edited], reason: str
    ) -> Applied:
        """Edit, score and treat risks, and add new ones; each row whole or not at all."""
        refused: dict[int, list[Statement]] = {}
        made: dict[int, str] = {}
        already: list[int] = []
        notes: dict[int, list[Exception]] = {}
        there = {(risk.owner, *risk.title.values()): risk.id
                 for risk in register.list_all(change.connection, STANDING)}  # fmt: skip
        for row in rows:
            try:
                with attempt(change):
                    if row.id is None:
                        title, owner = str(row.values["title"]), str(row.values["owner"])
                        same = there.get((owner, title, title))
                        made[row.row] = same or self._add(workspace, change, row, reason)
                        if same:
                            already.append(row.row)
                    else:
                        before, after = self._change(workspace, change, row, reason)
                        if before.version == after.version:
                            already.append(row.row)
                        if (before.state, after.state) == (RiskState.APPROVED, RiskState.PROPOSED):
                            notes[row.row] = [
                                InputError("{risk} waits for approval again", risk=row.id)
                            ]
            except SecauditError as error:
                refused[row.row] = [error]
        return Applied(refused, made, already, notes)

    def _add(self, workspace: Workspace, change: Change, row: Edited, reason: str) -> str:
        scores = _scores(row)
        who = Who(reason=_why(row, reason))
        identity = add_in(
            workspace,
            change,
            _text_of(row, list(row.values)),
            scores,
            who,
            names_in(row.values.get("findings")),
        )
        self._treat(workspace, change, identity, row, who)
        return identity

    def _change(
        self, workspace: Workspace, change: Change, row: Edited, reason: str
    ) -> tuple[Risk, Risk]:
        """Do what a row says; the risk before and after."""
        identity = str(row.id)
        before = register.get(change.connection, identity)
        who = Who(reason=str(row.added.get("reason") or reason))
        emptied = [key for key in row.values if row.values[key] is None]
        for key in emptied:
            if key in ("assets", "review_on", *_SCORES):
                raise RefusedError(
                    "{field} of {risk} cannot be emptied by a file",
                    hint="give another value, or see: secaudit risk --help",
                    field=_heading(key),
                    risk=identity,
                )
        texts = [key for key in row.values if key in (*_TEXTS, "assets", "review_on")]
        if texts:
            set_in(workspace, change, identity, _text_of(row, texts), who)
        if (scores := _scores(row)) != NewScores():
            score_in(workspace, change, identity, scores, Who(reason=_why(row, reason)))
        self._treat(workspace, change, identity, row, who)
        return before, register.get(change.connection, identity)

    def _treat(
        self, workspace: Workspace, change: Change, identity: str, row: Edited, who: Who
    ) -> None:
        kind = row.added.get("treatment")
        said = {
            key: row.added.get(f"treatment_{key}") for key in ("action", "owner", "due", "cost")
        }
        if kind is None:
            if any(value is not None for value in said.values()):
                raise InputError(
                    "a treatment of {risk} has no kind",
                    hint="write mitigate, avoid or transfer into the column of new treatments",
                    risk=identity,
                )
            return
        if kind == TreatmentKind.ACCEPT.value:
            raise RefusedError(
                "{risk} cannot be accepted by a file",
                hint="it takes an approver and the signed document: secaudit risk treat {risk}"
                " --how accept --approver NAME --proof FILE",
                risk=identity,
            )
        due, cost = said["due"], said["cost"]
        intent = Intent(
            kind=TreatmentKind(str(kind)),
            action=str(said["action"] or ""),
            owner=str(said["owner"] or ""),
            due=None if due is None else date.fromisoformat(str(due)),
            cost=None if cost is None else int(cost),
        )
        risk = register.get(change.connection, identity)
        owner = intent.owner or risk.owner
        if not any(
            (item.kind, item.action, item.owner, item.due, item.cost)
            == (intent.kind, intent.action, owner, intent.due, intent.cost)
            for item in risk.treatments
        ):
            treat_in(workspace, change, identity, intent, who)


def _values(risk: Risk, record: Mapping[str, Any]) -> dict[str, Plain]:
    language = current_language().value
    values: dict[str, Plain] = {
        field.key: record[field.key]
        for field in FIELDS
        if isinstance(record.get(field.key), str | int)
    }
    kinds = _treatments(language)
    return {
        **{field.key: None for field in FIELDS},
        **values,
        "level": record["level_word"],
        "inherent": str(risk.inherent),
        "current": str(risk.current),
        "residual": None if risk.residual is None else str(risk.residual),
        "assets": ", ".join(risk.named_assets) or None,
        "findings": ", ".join(risk.findings) or None,
        "review_on": None if risk.review_on is None else risk.review_on.isoformat(),
        "approver": record["approver"],
        "version": risk.version,
        "treatments": "\n".join(
            f"{item.id}: {kinds[item.kind.value]} - {item.action or item.reason}"
            f" ({item.owner}, {item.due or item.expires_on or '-'}, {item.state.value})"
            for item in risk.treatments
        )
        or None,
    }


def _heading(key: str) -> str:
    language = current_language().value
    return next(field.heading(language) for field in FIELDS if field.key == key)


def _text_of(row: Edited, keys: Sequence[str]) -> RiskText:
    values = {key: str(row.values[key] or "") for key in keys if key in _TEXTS}
    day = row.values.get("review_on") if "review_on" in keys else None
    return RiskText(
        **values,  # type: ignore[arg-type]
        assets=names_in(row.values.get("assets")) if "assets" in keys else (),
        review_on=None if day is None else date.fromisoformat(str(day)),
    )


def _scores(row: Edited) -> NewScores:
    current, inherent, residual = (
        _score(row.values.get(key)) for key in ("current", "inherent", "residual")
    )
    return NewScores(current, inherent, residual)


def _score(value: Plain) -> Score | None:
    if value is None:
        return None
    likelihood, impact = str(value).split("x")
    return Score(int(likelihood), int(impact))


def _why(row: Edited, reason: str) -> str:
    why = str(row.added.get("reason") or reason)
    if not why.strip():
        raise InputError(
            "a score needs a reason",
            hint="write it into the column of reasons, or give it once with: --reason TEXT",
        )
    return why
