"""The workspace's list of Certificate Transparency logs: a file that people bring in by hand.

Nothing is fetched, and nothing ships with the program: logs come and go within months. Google
publishes the list as ``log_list.json``, version 3 of its format; others keep copies of it.
"""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from scanners.certificate.ct_logs import LARGEST_LIST, LogList, read_log_list
from secaudit.app.files import write_whole
from secaudit.app.scanning.order import CT_LOGS
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.instant import format_instant
from secaudit.core.os_words import os_words


def import_ct_logs(workspace: Workspace, source: Path) -> LogList:
    """Check a list and put it among the workspace's content. Raises InputError.

    An older list than the one there is taken too, since somebody may have a reason; the audit trail
    says which one it was.
    """
    content = _content(source)
    found = _read(content, source)
    target = place(workspace)
    with workspace.change() as change:
        change.record(
            "check.import_ct_logs",
            CT_LOGS,
            {
                "file": source.name,
                "sha256": sha256_hex(content),
                "version": found.version,
                "made_at": _instant(found.made_at),
                "logs": len(found.logs),
            },
        )
        write_whole(target, content)
    return found


def current_ct_logs(workspace: Workspace) -> LogList:
    """The list that scans use. Raises NotFoundError where there is none."""
    path = place(workspace)
    if not path.is_file():
        raise NotFoundError(
            "the workspace has no list of CT logs",
            hint="import one with: secaudit check ct-logs import log_list.json",
        )
    return _read(_content(path), path)


def place(workspace: Workspace) -> Path:
    """Where the list is kept."""
    return workspace.folder / workspace.settings.content / CT_LOGS


def told(found: LogList) -> dict[str, Any]:
    """The list in short, as a record to print."""
    states = Counter(log.state or "-" for log in found.logs.values())
    return {
        "version": found.version,
        "made_at": _instant(found.made_at),
        "logs": len(found.logs),
        "operators": list(found.operators),
        "tiled": sum(log.tiled for log in found.logs.values()),
        "states": dict(sorted(states.items())),
    }


def rows(found: LogList) -> list[dict[str, Any]]:
    """Each log as a row."""
    return [
        {
            "log_id": log.log_id.hex(),
            "description": log.description,
            "operator": log.operator,
            "kind": "static-ct-api" if log.tiled else "rfc6962",
            "state": log.state or "-",
            "since": _instant(log.since),
        }
        for log in found.logs.values()
    ]


def _instant(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_LIST + 1)
    except OSError as error:
        raise InputError("{path}: {why}", path=path, why=os_words(error)) from error


def _read(content: bytes, path: Path) -> LogList:
    try:
        return read_log_list(content)
    except InputError as error:
        error.source = str(path)
        raise
