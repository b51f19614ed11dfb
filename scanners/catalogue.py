"""Checks as they are declared: each once, in the ``checks.yaml`` of the folder that judges it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.bilingual import Bilingual as Bilingual
from secaudit.core.vocabulary import Severity

CheckId = Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[a-z0-9_]+)+$")]


class Reference(BaseModel):
    """Where the check's judgement comes from: an RFC, a standard, a rule, with its address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1)]
    url: Annotated[str, Field(pattern=r"^https://")] | None = None


class Check(BaseModel):
    """One check. ``statement`` is a format string that a result's ``details`` fill."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CheckId
    title: Bilingual
    severity: Severity
    severity_reason: Bilingual
    description: Bilingual
    statement: Bilingual
    remediation: Bilingual
    references: Annotated[tuple[Reference, ...], Field(min_length=1)]
    rule: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    """Name of the rule function in the ``rules.py`` beside the declaration."""
    when_closed: Literal["passed", "not_applicable"] = "not_applicable"
    """What a closed port means for a check that failed there before."""
    when_filtered: Literal["passed", "inconclusive"] = "inconclusive"
    """What a silent port of a host that answers means. A firewall is a remedy for what is only
    exposed, so that this passes, and is confirmed by a second scan; about what is spoken behind
    the port, silence says nothing."""
    parameters: Mapping[str, int | float | str | tuple[str, ...]] = Field(default_factory=dict)
    """Thresholds that a workspace may overlay."""
    aliases: tuple[CheckId, ...] = ()
    """Former ids, so that history carries over."""
