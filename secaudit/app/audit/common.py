"""What the use cases of the audit share: ids as people type them, files, today."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from secaudit.app.approvals import Approval
from secaudit.app.attestations import keep_files, require_past
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.audit.proofs import Proof
from secaudit.audit.vocabulary import ProofKind
from secaudit.core.canonical import to_json
from secaudit.text.language import current_language

_ASSET = re.compile(r"a-\d+", re.IGNORECASE | re.ASCII)


def asset_identity(text: str) -> str:
    """An asset's id as the inventory writes it; anything else as it was typed."""
    typed = text.strip()
    return typed.upper() if _ASSET.fullmatch(typed) else typed


def identity(text: str) -> str:
    """An id as it is kept, however somebody typed it."""
    return text.strip().upper()


def kept(workspace: Workspace, paths: Iterable[Path]) -> tuple[Proof, ...]:
    """Put files into the evidence store, as proofs. Raises InputError."""
    return tuple(
        Proof(ProofKind.FILE, item.name, (item.sha256,))
        for item in keep_files(workspace, tuple(paths))
    )


def kept_one(workspace: Workspace, path: Path | None) -> Proof | None:
    """The same for one document, or none."""
    return None if path is None else kept(workspace, (path,))[0]


def proof_of(approval: Approval) -> Proof | None:
    """The signed document of an approval, which is kept already."""
    if approval.document is None:
        return None
    return Proof(ProofKind.FILE, approval.document_name, (approval.document,))


def this_day(workspace: Workspace) -> date:
    """Today, where the workspace is."""
    return today(workspace, datetime.now(UTC))


def past_day(workspace: Workspace, day: date | None) -> date:
    """A day that somebody named, or today. Raises InputError for one to come."""
    now = this_day(workspace)
    require_past(day or now, now)
    return day or now


def account(change: Change) -> str:
    """Who acts, as it is kept."""
    return str(change.actor)


def text_of(texts: Mapping[str, str]) -> str:
    """A text in the current language."""
    return texts[current_language().value]


def row_of(value: Any) -> dict[str, Any]:
    """A record as JSON values."""
    row = to_json(value)
    if not isinstance(row, dict):
        raise TypeError("a record becomes an object")
    return row
