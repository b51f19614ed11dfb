"""The checks as this workspace sees them: ours, with the severities that it has set itself."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from scanners.catalogue import Check
from scanners.registry import load_checks, load_declarations
from secaudit.app.workspace import Change, Workspace
from secaudit.content.pruning import valid_part
from secaudit.content.yaml import read_document, validate
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity
from secaudit.ledger import findings

SEVERITIES_FILE = "severities.yaml"


class SeverityOverlay(BaseModel):
    """``content/severities.yaml``: check id to severity, with the reason why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    class Row(BaseModel):
        """One changed severity."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        severity: Severity
        reason: str = Field(min_length=1)

    schema_version: Literal[1] = 1
    severities: Mapping[str, Row] = Field(default_factory=dict)


def checks_of(workspace: Workspace) -> Mapping[str, Check]:
    """Return all checks. Raises InputError with the lines of the faults in the overlay."""
    return load_checks(_own_severities(workspace))


def shown_checks(workspace: Workspace) -> Mapping[str, Check]:
    """Return the same to who only shows them: it is quicker than to be ready to judge by them."""
    return load_declarations(_own_severities(workspace))


def _own_severities(workspace: Workspace) -> Mapping[str, Severity]:
    if faults := severity_faults(workspace):
        raise InputError.together(faults)
    path = workspace.folder / workspace.settings.content / SEVERITIES_FILE
    if not path.is_file():
        return {}
    overlay = validate(read_document(path), SeverityOverlay)
    return {check: row.severity for check, row in overlay.severities.items()}


def severity_faults(workspace: Workspace) -> list[InputError]:
    """All that is wrong with the severities of a workspace; nothing where there are none."""
    path = workspace.folder / workspace.settings.content / SEVERITIES_FILE
    if not path.is_file():
        return []
    try:
        document = read_document(path)
    except InputError as error:
        return [error]
    part = valid_part(document, SeverityOverlay)
    known = load_declarations()
    return [
        *part.faults,
        *(
            document.error(("severities", check), "there is no check {id!r}", id=check)
            for check in (part.value.severities if part.value is not None else ())
            if check not in known
        ),
    ]


def follow_renames(change: Change, checks: Mapping[str, Check], today: date) -> None:
    """Carry findings over to their check's present id, and withdraw those whose check is gone."""
    aliases = {alias: check.id for check in checks.values() for alias in check.aliases}
    carried = findings.carry_over(change.connection, checks.keys(), aliases, change.at, today)
    if carried.renamed or carried.withdrawn:
        change.record("check.carry_over", "checks", to_json(carried))
