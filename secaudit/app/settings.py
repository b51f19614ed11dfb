"""``secaudit.yaml``: what one workspace decides for itself."""

from datetime import tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from scanners.dns.server import parse_server
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
        try:
            parse_server(text)
        except InputError:
            raise said(
                "{text!r} is no resolver such as 192.0.2.53 or 192.0.2.53:53", text=text
            ) from None
    return text


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sla(_Section):
    """Working days in which a finding is to be repaired, by severity."""

    critical: Annotated[int, Field(ge=1, le=3650)] = 3
    high: Annotated[int, Field(ge=1, le=3650)] = 10
    medium: Annotated[int, Field(ge=1, le=3650)] = 30
    low: Annotated[int, Field(ge=1, le=3650)] = 90
    info: Annotated[int, Field(ge=1, le=3650)] = 365

    def days(self, severity: Severity) -> int:
        """Working days for one severity."""
        return int(getattr(self, severity.value))


class Binding(_Section):
    """Which catalogues bind this organisation, besides the standards and laws in force.

    It decides on the calendar of obligations and on the articles that a Statement of Applicability
    may name as law.
    """

    add: tuple[str, ...] = ()
    """Catalogues that bind although they are marked as for comparison or superseded; no draft."""
    drop: tuple[str, ...] = ()
    """Catalogues, or single requirements by their whole id, that do not bind here."""
    other_bearers: tuple[str, ...] = ("bssn",)
    """Duty-bearers outside the organisation: what only they have to do is not on its calendar."""


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
    holidays: str = "holidays.yaml"
    """A file beside this one; an Indonesian list is put there when the workspace is made."""
    trust_roots: str = "trust"
    """A folder of PEM files: the workspace's own roots."""
    content: str = "content"
    """A folder of overlays: catalogues, mappings, severities."""
    resolver: Annotated[str, AfterValidator(_resolver)] = ""
    """The DNS resolver that scans ask where their letter permits it; empty: the system's."""
    binding: Binding = Binding()
    tls_policies: tuple[str, ...] = ()
    """Policy profiles that this organisation has chosen: its scans judge TLS servers by them."""

    @property
    def time_zone(self) -> tzinfo:
        """The time zone of dates that are written without a time."""
        return time_zone(self.timezone)
