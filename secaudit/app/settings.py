"""``secaudit.yaml``: what one workspace decides for itself."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from secaudit.app.notices.settings import Notices
from secaudit.content.faults import said
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity


def time_zone(name: str) -> tzinfo:
    """The time zone of this name. Raises ValueError for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise said("{name!r} is not a time zone such as Asia/Jakarta", name=name) from None


def _known_zone(name: str) -> str:
    time_zone(name)
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise said("must not be empty")
    return text


def _resolver(text: str) -> str:
    if text:
        # Only here: a stranger's package named scanners must not keep doctor from saying so.
        from scanners.dns.server import parse_server

        try:
            parse_server(text)
        except InputError:
            raise said(
                "{text!r} is no resolver such as 192.0.2.53 or 192.0.2.53:53", text=text
            ) from None
    return text


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Days = Annotated[int, Field(ge=1, le=3650)]


class ByCriticality(_Section):
    """Working days for one severity, by how critical the asset is."""

    high: Days
    """Confidentiality, integrity or availability is 3."""
    medium: Days
    """The highest of the three is 2; also where the asset is not known."""
    low: Days
    """All three are 1."""

    def days(self, criticality: int) -> int:
        """Working days for a criticality of 1 to 3."""
        return (self.low, self.medium, self.high)[criticality - 1]


Allowed = Days | ByCriticality
"""One number for every asset, or one for each criticality."""


class Sla(_Section):
    """Working days in which a finding is to be repaired, by severity and criticality."""

    critical: Allowed = 3
    high: Allowed = 10
    medium: Allowed = 30
    low: Allowed = 90
    info: Allowed = 365

    def days(self, severity: Severity, criticality: int = 2) -> int:
        """Working days for one severity on an asset of this criticality (1 to 3)."""
        allowed: int | ByCriticality = getattr(self, severity.value)
        return allowed if isinstance(allowed, int) else allowed.days(criticality)


class EscalationLevel(_Section):
    """Who is told when a repair is so many working days late."""

    after: Annotated[int, Field(ge=1, le=3650)]
    to: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_not_blank)]


def _rising(levels: tuple[EscalationLevel, ...]) -> tuple[EscalationLevel, ...]:
    days = [level.after for level in levels]
    if days != sorted(set(days)):
        raise said("the levels must come in the order of their days, each day once")
    return levels


class Binding(_Section):
    """Which catalogues bind this organisation, besides the standards and laws in force.

    It decides on the calendar of obligations, on the articles that a Statement of Applicability may
    name as law, and on what coverage and reports count.
    """

    add: tuple[str, ...] = ()
    """Catalogues that bind although they are marked as for comparison or superseded; no draft."""
    drop: tuple[str, ...] = ()
    """Catalogues, or single requirements by their whole id, that do not bind here."""
    other_bearers: tuple[str, ...] = ("bssn",)
    """Duty-bearers outside the organisation: what only they have to do is not on its calendar."""


class RiskMethod(_Section):
    """How risks are scored, and from which magnitude on they are treated."""

    scale: Annotated[str, Field(min_length=1)] = "product-5x5"
    """A scale that ships with secaudit, or the id of one in ``content/risk/``."""
    appetite: Mapping[str, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    """The least magnitude to treat, by category; ``default`` for all others."""
    review_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """After how many days an approved risk is to be reviewed."""


class Settings(_Section):
    """The whole file. Every key has a default but the name of the organisation."""

    schema_version: Literal[1] = 1
    organisation: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_not_blank)]
    unit: str = ""
    """The unit that runs secaudit, shown on reports."""
    language: Literal["id", "en"] = "id"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Jakarta"
    default_zone: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = "kantor"
    sla: Sla = Sla()
    acceptance_days_at_most: Annotated[int, Field(ge=1, le=3650)] = 365
    """How many days from its day on a finding may be accepted for, before people look again."""
    escalation: Annotated[tuple[EscalationLevel, ...], AfterValidator(_rising)] = ()
    """Whom a late repair is escalated to, level by level; without any, nobody."""
    pause_days_at_most: Annotated[int, Field(ge=1, le=3650)] = 90
    """How many days one pause of a finding's clock may last."""
    holidays: str = "holidays.yaml"
    """A file beside this one; an Indonesian list is put there when the workspace is made."""
    trust_roots: str = "trust"
    """A folder of PEM files: the workspace's own roots."""
    signature_roots: str = "trust/signatures"
    """A folder of PEM files: whose signatures on documents are believed. Nobody else's are."""
    content: str = "content"
    """A folder of overlays: catalogues, mappings, severities."""
    resolver: Annotated[str, AfterValidator(_resolver)] = ""
    """The DNS resolver that scans ask where their letter permits it; empty: the system's."""
    binding: Binding = Binding()
    risk: RiskMethod = RiskMethod()
    notices: Notices = Notices()
    """Who is told what without asking; nobody unless a channel is named."""
    tls_policies: tuple[str, ...] = ()
    """Policy profiles that this organisation has chosen: its scans judge TLS servers by them."""

    @property
    def time_zone(self) -> tzinfo:
        """The time zone of dates that are written without a time."""
        return time_zone(self.timezone)
