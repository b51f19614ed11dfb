"""The own words of an article, where the user imported the regulation that has them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from controls.model import FRAMEWORK_ID
from controls.regulation.skeleton import lines_of
from controls.regulation.tree import (
    PROVISIONS,
    Provision,
    Regulation,
    Unit,
    from_record,
    runs_of,
    span_text,
)
from secaudit.app.workspace import Workspace
from secaudit.core.errors import VerificationError
from secaudit.text.language import N_

REGULATIONS = "regulations"
_NAMED = PROVISIONS | {Unit.ANNEX}
_PREFIX = re.compile(r"(?:[ivxlcdm]+(?:-[a-z]+)?|tanpa-bab(?:-[a-z]+)?)\.(?=pasal-)")


@dataclass(frozen=True)
class ArticleText:
    """A provision in the words of the regulation, as the user imported it."""

    text: str
    elucidation: str
    """Empty where there is none, or it only says that the provision is clear."""
    sha256: str
    """Of the imported file, which is in the evidence store."""
    lines: str
    """Of the text; for a PDF, of the text that was taken out of it."""
    lead: str = ""
    """What stands before it in its article and governs it: ``(5) ... meliputi:``."""
    source: str = ""
    """The name of the imported file."""


def article_text(workspace: Workspace | None, requirement_id: str) -> ArticleText | None:
    """The own words of a requirement's article, where its regulation was imported under its id.

    None where it was not, or where the text has no such article. Raises VerificationError for a
    tree that cannot be read.
    """
    framework, _, local = requirement_id.partition(":")
    if workspace is None or not re.fullmatch(FRAMEWORK_ID, framework):
        return None
    path = workspace.folder / workspace.settings.content / REGULATIONS / f"{framework}.json"
    try:
        about = path.stat()
    except OSError:
        return None
    regulation, source = _load(path, about.st_mtime_ns, about.st_size)
    provision = find_provision(regulation, local)
    if provision is None:
        return None
    explained = regulation.by_id.get(f"{Unit.ELUCIDATION}.{_PREFIX.sub('', provision.id)}")
    elucidation = "" if explained is None else regulation.whole_text(explained)
    return ArticleText(
        text=f"{provision.label} {regulation.whole_text(provision)}".strip(),
        elucidation="" if _says_nothing(elucidation) else elucidation,
        sha256=source["sha256"],
        lines=_whole_lines(regulation, provision),
        lead=_lead(regulation, provision),
        source=source["name"],
    )


@lru_cache(maxsize=16)
def _load(path: Path, _modified: int, _size: int) -> tuple[Regulation, Mapping[str, str]]:
    try:
        record = json.loads(path.read_bytes())
        regulation = from_record(record)
        source = {key: str(record["source"][key]) for key in ("name", "sha256")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VerificationError(
            N_("{path} cannot be read as an imported regulation"),
            hint=N_("import the regulation again with: secaudit control import-regulation"),
            path=path,
        ) from error
    return regulation, source


def find_provision(regulation: Regulation, local_id: str) -> Provision | None:
    """A provision by its id; also one that is named without its BAB, where only one fits."""
    if local_id.startswith("bab-") and ".pasal-" in local_id:
        local_id = local_id.removeprefix("bab-")
    plain = _PREFIX.sub("", local_id)
    for name in (local_id, plain):
        found = regulation.by_id.get(name)
        if found is not None and found.unit in _NAMED and not name.startswith(Unit.ELUCIDATION):
            return found
    if plain != local_id:
        return None
    fitting = [
        item
        for item in regulation.provisions
        if _PREFIX.match(item.id) and _PREFIX.sub("", item.id) == plain
    ]
    return fitting[0] if len(fitting) == 1 else None


def _lead(regulation: Regulation, provision: Provision) -> str:
    rows: list[str] = []
    parent = regulation.by_id.get(provision.parent or "")
    while parent is not None and parent.unit in PROVISIONS:
        if parent.text:
            rows.insert(0, f"{parent.label} {parent.text}".strip())
        parent = regulation.by_id.get(parent.parent or "")
    return "\n".join(rows)


def _whole_lines(regulation: Regulation, provision: Provision) -> str:
    numbers: list[int] = []
    waiting = [provision]
    while waiting:
        item = waiting.pop()
        numbers.extend(piece.line for piece in item.pieces)
        waiting.extend(regulation.children.get(item.id, ()))
    return span_text(runs_of(numbers)) or lines_of(provision)


def _says_nothing(elucidation: str) -> bool:
    return elucidation.strip(" .").casefold() in {"", "cukup jelas"}


def article_record(workspace: Workspace | None, requirement_id: str) -> dict[str, Any] | None:
    """The own words of a requirement's article, as JSON values."""
    found = article_text(workspace, requirement_id)
    return None if found is None else dict(vars(found))
