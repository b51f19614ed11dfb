"""Two people, one risk: who edits what another has changed meanwhile is told what changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from secaudit.core.errors import RefusedError
from secaudit.core.persons import same_account
from secaudit.risk import register
from secaudit.risk.model import Risk, Treatment
from secaudit.text.language import N_, current_language, gettext

_EDITS = frozenset({"edited", "scored", "treated"})
"""Events by which a person changes what a risk says."""
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


def require_nobody_between(
    connection: Connection, risk_id: str, actor: str, seen: int | None
) -> None:
    """Refuse an edit that names no version, where it could undo what its account has not read.

    That is what another account edited since this one did last, and what anybody edited since
    ``seen``, the version that was there when the command began. Raises RefusedError that tells it.
    """
    risk = register.get(connection, risk_id)
    last = risk.version if seen is None else seen
    edits = [event for event in register.history(connection, risk_id) if event["kind"] in _EDITS]
    mine = [event["version"] for event in edits if same_account(event["actor"], actor)]
    known = max((version for version in mine if version <= last), default=1)
    for event in edits:
        if event["version"] > last:
            require_version(connection, risk, last)
        if event["version"] > known and not same_account(event["actor"], actor):
            require_version(connection, risk, known)


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
