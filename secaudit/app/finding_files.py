"""The files beside findings and plans: listed, and written out again as they came."""

from pathlib import Path
from typing import Any

from secaudit.app.files import write_whole
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import RefusedError
from secaudit.ledger import attachments, findings, plans
from secaudit.ledger.attachments import Attachment
from secaudit.text.escape import file_name


def list_attachments(workspace: Workspace, object_id: str) -> list[dict[str, Any]]:
    """List the files beside a finding or a plan, oldest first. Raises NotFoundError."""
    return [to_json(item) for item in _attached(workspace, object_id)]


def save_attachments(workspace: Workspace, object_id: str, folder: Path) -> list[Path]:
    """Write a copy of each file into a folder; return their paths.

    Names are made harmless, and begin with the id and a number, so that two files of one name do
    not meet. Raises RefusedError where such a file is there, VerificationError where the evidence
    was changed.
    """
    written = []
    for place, item in enumerate(_attached(workspace, object_id), 1):
        target = folder / f"{object_id}-{place:02d}-{file_name(item.name)}"
        if target.exists():
            raise RefusedError(
                "{path} is there already", path=target, hint="name another folder with: --save"
            )
        write_whole(target, workspace.evidence.get(item.sha256))
        written.append(target)
    return written


def _attached(workspace: Workspace, object_id: str) -> list[Attachment]:
    with workspace.view() as connection:
        if object_id.startswith("P-"):
            plans.get(connection, object_id)
        else:
            findings.get(connection, object_id)
        return attachments.attachments_of(connection, object_id)
