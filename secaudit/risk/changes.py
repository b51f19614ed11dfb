"""Two people, one risk: who edits what another has changed meanwhile is told what changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from secaudit.core.errors import RefusedError
from secaudit.risk import register
from secaudit.risk.model import Risk, Treatment
from secaudit.text.language import N_, current_language, gettext

FIELDS: Mapping[str, str] = {
    "state": N_("state"),
    "owner": N_("owner"),
    "category": N_("category"),
    "title": N_("title"),
    "threat": N_("threat"),
    "vulnerability": N_("vulnerability"),
    "consequence": N_("consequence"),
    "concerns": N_("properties"),
    "consequences": N_("kinds of harm"),
    "named_assets": N_("assets"),
    "inherent": N_("inherent"),
    "computed": N_("by the findings"),
    "own": N_("own score"),
    "residual": N_("residual"),
    "treatments": N_("treatment"),
    "review_on": N_("review on"),
}
"""What a person sees of a change, in this order."""


def changed_fields(before: Risk, after: Risk) -> Iterator[tuple[str, str, str]]:
    """Name each field that differs, with what it was and what it is, in the current language."""
    for name, heading in FIELDS.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            show = _SHOW.get(name, _plain)
            yield gettext(heading), show(was), show(now)


def require_version(connection: Connection, risk: Risk, version: int | None) -> None:
    """Refuse an edit of a version that is no longer the last. Raises RefusedError that tells why.

    None asks for nothing: the edit is of what is there now.
    """
    if version is None or version == risk.version:
        return
    before = register.version_of(connection, risk.id, version)
    if before is None:
        raise RefusedError(
            "{risk} has no version {version}: its last one is {last}",
            hint="read it again with: secaudit risk show {risk}",
            risk=risk.id,
            version=version,
            last=risk.version,
        )
    changes = "; ".join(
        f"{name}: {was} -> {now}" for name, was, now in changed_fields(before, risk)
    )
    raise RefusedError(
        "{risk} was changed by {name} since version {version}; version {last} has {changes}",
        hint="read it again with: secaudit risk show {risk}, and then use --version {last}",
        risk=risk.id,
        name=", ".join(_who(connection, risk, version)),
        version=version,
        last=risk.version,
        changes=changes or gettext("the same content"),
    )


def _who(connection: Connection, risk: Risk, version: int) -> list[str]:
    events = register.history(connection, risk.id)
    return list(dict.fromkeys(event["actor"] for event in events if event["version"] > version))


def _plain(value: Any) -> str:
    if value is None or value in ("", ()):
        return "-"
    if isinstance(value, Mapping):
        return str(value.get(current_language().value, "")) or "-"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _treatments(items: tuple[Treatment, ...]) -> str:
    return ", ".join(f"{item.id} {item.kind.value} {item.state.value}" for item in items) or "-"


def _own(value: Any) -> str:
    return "-" if value is None else f"{value.score} ({value.by})"


_SHOW: Mapping[str, Callable[[Any], str]] = {"treatments": _treatments, "own": _own}
