"""A risk of the register: what may happen, how large it is, and what people decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from secaudit.core.canonical import to_json
from secaudit.core.instant import parse_instant


class RiskState(StrEnum):
    """How a risk stands."""

    PROPOSED = "proposed"
    """It waits for the approver: it is new, or was changed since it was approved."""
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """It was proposed, nobody decided, and no finding suggests it any more."""
    RETIRED = "retired"


STANDING = (RiskState.PROPOSED, RiskState.APPROVED)
"""The risks that a register shows and a matrix counts."""


class Origin(StrEnum):
    """Who brought a risk into the register."""

    FINDINGS = "findings"
    PERSON = "person"


class TreatmentKind(StrEnum):
    """What is done about a risk (ISO/IEC 27005: modify, retain, avoid, share)."""

    MITIGATE = "mitigate"
    ACCEPT = "accept"
    AVOID = "avoid"
    TRANSFER = "transfer"


class TreatmentState(StrEnum):
    """How a treatment stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Score:
    """Steps of likelihood and impact, both from 1."""

    likelihood: int
    impact: int

    def __str__(self) -> str:
        """Write ``3x4``."""
        return f"{self.likelihood}x{self.impact}"


@dataclass(frozen=True)
class OwnScore:
    """A person's score of the current risk. It stays until a person changes it or takes it back."""

    score: Score
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Treatment:
    """What is done about a risk, by whom, until when and at what cost.

    ``plans`` are ids of remediation plans, ``findings`` of findings, ``controls`` of requirements.
    The last fields are those of an acceptance.
    """

    id: str
    kind: TreatmentKind
    action: str
    owner: str
    due: date | None
    state: TreatmentState = TreatmentState.PLANNED
    cost: int | None = None
    """In rupiah."""
    plans: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    at: datetime | None = None
    by: str = ""
    ended_reason: str = ""
    approver: str = ""
    requested_by: str = ""
    reason: str = ""
    proof: str | None = None
    expires_on: date | None = None

    def expired(self, day: date) -> bool:
        """Tell whether an acceptance has run out before ``day``."""
        return self.expires_on is not None and self.expires_on < day

    def stands(self, day: date) -> bool:
        """Tell whether it still answers for the risk on ``day``."""
        return self.state is not TreatmentState.CANCELLED and not self.expired(day)


@dataclass(frozen=True)
class Approval:
    """Who approved which version, when and why. ``document`` is the SHA-256 of the signed file."""

    approver: str
    at: datetime
    reason: str
    version: int
    document: str | None = None


@dataclass(frozen=True)
class Rejection:
    """Who sent a risk back, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Risk:
    """One entry of the register. Texts are in both languages, ``id`` and ``en``.

    ``scale`` is the digest of the scale that all its scores are on.
    """

    schema_version: ClassVar[int] = 2

    id: str
    key: str
    origin: Origin
    state: RiskState
    version: int
    theme: str
    category: str
    owner: str
    zone: str
    title: Mapping[str, str]
    threat: Mapping[str, str]
    vulnerability: Mapping[str, str]
    consequence: Mapping[str, str]
    concerns: tuple[str, ...]
    consequences: tuple[str, ...]
    assets: tuple[str, ...]
    """Ids of assets; those of the findings, and those that a person named."""
    reasoning: Mapping[str, str]
    facts: Mapping[str, Any]
    scale: str
    inherent: Score
    computed: Score | None
    """By the rule, from the findings; None where there are none."""
    own: OwnScore | None
    residual: Score | None
    proposed_at: datetime
    updated_at: datetime
    updated_by: str
    proposed_by: str = ""
    """The account that brought it in; empty where that is not on record."""
    inherent_own: bool = False
    """Whether a person gave the inherent score; else it follows the findings, and never falls."""
    named_assets: tuple[str, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    review_on: date | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str = ""
    approval: Approval | None = None
    rejection: Rejection | None = None
    findings: tuple[str, ...] = field(default=())

    @property
    def current(self) -> Score:
        """What counts now: a person's score, else the rule's, else the inherent one."""
        if self.own is not None:
            return self.own.score
        return self.computed or self.inherent

    @property
    def likelihood(self) -> int:
        """The current likelihood."""
        return self.current.likelihood

    @property
    def impact(self) -> int:
        """The current impact."""
        return self.current.impact

    @property
    def decided(self) -> bool:
        """Tell whether a person has put anything into it, so that it cannot lapse by itself."""
        return bool(
            self.origin is Origin.PERSON
            or self.approval
            or self.own
            or self.treatments
            or self.residual
            or self.reviewed_at
        )

    def standing_treatments(self, day: date) -> tuple[Treatment, ...]:
        """The treatments that answer for it on a day."""
        return tuple(item for item in self.treatments if item.stands(day))


def content_of(risk: Risk) -> dict[str, Any]:
    """The JSON form that the register keeps: all but the findings, which it keeps apart."""
    content = to_json(risk)
    if not isinstance(content, dict):
        raise TypeError("a risk is an object")
    del content["findings"]
    return content


def risk_from(content: Mapping[str, Any], findings: tuple[str, ...] = ()) -> Risk:
    """Read the JSON form back."""
    values = {item.name: content[item.name] for item in fields(Risk) if item.name in content}
    for name in ("concerns", "consequences", "assets", "named_assets"):
        values[name] = tuple(values.get(name, ()))
    own = values["own"]
    return Risk(
        **{
            **values,
            "origin": Origin(values["origin"]),
            "state": RiskState(values["state"]),
            "inherent": Score(**values["inherent"]),
            "computed": _score(values["computed"]),
            "residual": _score(values["residual"]),
            "own": None
            if own is None
            else OwnScore(
                Score(**own["score"]), own["by"], parse_instant(own["at"]), own["reason"]
            ),
            "proposed_at": parse_instant(values["proposed_at"]),
            "updated_at": parse_instant(values["updated_at"]),
            "reviewed_at": _instant(values.get("reviewed_at")),
            "review_on": _day(values.get("review_on")),
            "treatments": tuple(_treatment(item) for item in values.get("treatments", ())),
            "approval": _signed(Approval, values.get("approval")),
            "rejection": _signed(Rejection, values.get("rejection")),
            "findings": findings,
        }
    )


def _score(value: Mapping[str, int] | None) -> Score | None:
    return None if value is None else Score(**value)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _signed(kind: type[Any], value: Mapping[str, Any] | None) -> Any:
    return None if value is None else kind(**{**value, "at": parse_instant(value["at"])})


def _treatment(value: Mapping[str, Any]) -> Treatment:
    return Treatment(
        **{
            **value,
            "kind": TreatmentKind(value["kind"]),
            "state": TreatmentState(value["state"]),
            "due": _day(value["due"]),
            "at": _instant(value["at"]),
            "expires_on": _day(value["expires_on"]),
            **{name: tuple(value[name]) for name in ("plans", "findings", "controls")},
        }
    )
