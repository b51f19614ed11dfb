"""``notices:`` in ``secaudit.yaml``: who is told what, when, and how long before."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from secaudit.app.notices.kinds import Kind
from secaudit.content.faults import said
from secaudit.core.vocabulary import Severity

SECRETS_FOLDER = "secrets"
"""Inside the workspace, with the addresses of channels: in no backup and no pack."""
AT_ONCE = "at_once"
_DAILY = re.compile(r"daily ([01][0-9]|2[0-3]):([0-5][0-9])")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


def _digest(text: str) -> str:
    if text != AT_ONCE and _DAILY.fullmatch(text) is None:
        raise said("must be at_once, or daily and a time such as: daily 07:30")
    return text


def _quiet(text: str) -> str:
    found = _QUIET.fullmatch(text)
    if text and (found is None or found.group(1, 2) == found.group(3, 4)):
        raise said("must be two times of a day such as 21:00-06:00")
    return text


def _not_an_address(text: str) -> str:
    # The text itself is never said: it may be the secret.
    if "://" in text:
        raise said("names a file; the address of a channel never stands in secaudit.yaml")
    if "\x00" in text or ".." in text.split("/"):
        raise said("must be the name of a file inside the folder secrets, or a whole path")
    return text


def _falling(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(days), reverse=True))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Label = Annotated[str, Field(min_length=1, max_length=200)]
DaysBefore = Annotated[
    tuple[Annotated[int, Field(ge=0, le=365)], ...],
    Field(max_length=20),
    AfterValidator(_falling),
]
"""Calendar days before a day; each is one stage. Empty: told only when it is too late."""


class Channel(_Section):
    """One way to one group of people."""

    secret: Annotated[str, Field(max_length=400), AfterValidator(_not_an_address)] = ""
    """The file with the Apprise address, in the folder ``secrets``; empty: from the environment."""
    recipients: tuple[Label, ...] = ()
    """Whom it reaches, in words, for lists; never addresses that are secret."""
    kinds: tuple[Kind, ...] = tuple(kind for kind in Kind if kind is not Kind.NEW_HIGH)
    minimum_severity: Severity = Severity.INFO
    """For notices about findings: this severity or worse."""
    owners: tuple[Label, ...] = ()
    """Only what these owners answer for; empty: everything."""
    digest: Annotated[str, AfterValidator(_digest)] = AT_ONCE
    quiet: Annotated[str, AfterValidator(_quiet)] = ""
    """Hours in which nothing is sent, in the time zone of the workspace; empty: none."""
    critical_at_once: bool = True
    """Critical findings that are new or late wait neither for a digest nor for quiet hours."""
    detail: Literal["full", "brief"] = "full"
    """``brief`` tells ids and days, but not what is wrong where: for services of others."""
    language: Literal["id", "en"] | None = None
    """That of the workspace, if it is not given."""
    longest: Annotated[int, Field(ge=300, le=50_000)] = 3500
    """Characters in one message, at most."""
    enabled: bool = True

    @property
    def digest_time(self) -> time | None:
        """When the day's message is sent; None where each is sent at once."""
        found = _DAILY.fullmatch(self.digest)
        return None if found is None else time(int(found[1]), int(found[2]))

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """From when until when nothing is sent."""
        found = _QUIET.fullmatch(self.quiet)
        if found is None:
            return None
        hours = [int(part) for part in found.groups()]
        return time(hours[0], hours[1]), time(hours[2], hours[3])


ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Notices(_Section):
    """The whole section. Without a channel nothing is ever sent."""

    channels: Mapping[ChannelName, Channel] = Field(default_factory=dict)
    sla_days: DaysBefore = (3, 1)
    certificate_days: DaysBefore = (30, 14, 7, 1)
    acceptance_days: DaysBefore = (14, 7, 1)
    obligation_days: DaysBefore = (30, 7, 1)
    timeout_seconds: Annotated[int, Field(ge=2, le=300)] = 30
    """How long one message may take."""
