"""The content that judgements rest on: catalogues, mappings, checks, risk scales; ours and own."""

from collections.abc import Iterator
from pathlib import Path

import controls
import scanners
import secaudit.risk
from reports.model import ContentVersion
from scanners.registry import DECLARATIONS, FOLDERS
from secaudit import __version__
from secaudit.app.checks import SEVERITIES_FILE
from secaudit.app.risk_look import OWN_SCALES
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import sha256_hex

WORKSPACE = "workspace"


def snapshot_of(workspace: Workspace) -> dict[str, bytes]:
    """Return path in the pack to content, such as ``catalogues/iso27001-2022/people.yaml``."""
    overlay = workspace.folder / workspace.settings.content
    found: dict[str, bytes] = {}
    for kind, folder in (("catalogues", "catalogs"), ("mappings", "mappings")):
        found.update(_tree(Path(controls.__file__).parent / folder, kind))
        found.update(_tree(overlay / folder, f"{kind}/{WORKSPACE}"))
    for name in FOLDERS:
        path = Path(scanners.__file__).parent / name / DECLARATIONS
        found[f"checks/{name}.yaml"] = path.read_bytes()
    risk = Path(secaudit.risk.__file__).parent
    found.update(_tree(risk, "risk"))
    found.update(_tree(overlay / OWN_SCALES, f"risk/{WORKSPACE}"))
    severities = overlay / SEVERITIES_FILE
    if severities.is_file():
        found[f"checks/{WORKSPACE}/{SEVERITIES_FILE}"] = severities.read_bytes()
    return dict(sorted(found.items()))


def versions_of(snapshot: dict[str, bytes]) -> tuple[ContentVersion, ...]:
    """Name, version and hash of each file of a snapshot."""
    return tuple(
        ContentVersion(
            path, WORKSPACE if WORKSPACE in path.split("/") else __version__, sha256_hex(content)
        )
        for path, content in snapshot.items()
    )


def _tree(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.yaml")):
        yield f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes()
