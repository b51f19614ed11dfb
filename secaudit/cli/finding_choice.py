"""How findings are named on the command line: by id, or by the same filters as the list.

A filter may find more than a person thinks of: what it would touch is shown first, and the command
asks, or wants ``--yes``.
"""

import re
import sys
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import argument, option
from secaudit.cli.output import say
from secaudit.cli.session import Session
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.text.language import N_, gettext, ngettext

if TYPE_CHECKING:
    from secaudit.app.finding_choice import Choice, FindingQuery

LIVE = frozenset(
    {
        FindingState.OPEN,
        FindingState.PLANNED,
        FindingState.CLAIMED_FIXED,
        FindingState.REOPENED,
    }
)
"""As in the ledger, which a command line that only asks for help does not load."""
SHOWN = LIVE | {FindingState.ACCEPTED}
TO_BE_PLANNED = LIVE - {FindingState.CLAIMED_FIXED}
SHOWN_IDS = 12
"""Ids that are written out before the command asks; the rest is counted."""
_SPAN = re.compile(r"(\d{1,4})([dw]?)")


class DayCount(click.ParamType[int]):
    """A number of days: ``14``, ``14d`` or ``2w``."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it. Raises click.BadParameter."""
        if isinstance(value, int):
            return value
        found = _SPAN.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(
                gettext("{value!r} is not a number of days such as 14d or 2w").format(value=value),
                param,
                ctx,
            )
        return int(found[1]) * (7 if found[2] == "w" else 1)


DAYS = DayCount()
_NAMES = (
    *("states", "severities", "check", "of_owner", "asset", "zone", "plan", "overdue"),
    *("escalated", "paused", "disputed", "due_within", "expiring_within", "everything"),
)


ALL_THAT_FIT = N_("All with which this can be done.")


def filters(*, owner: str = "--owner", everything: str = ALL_THAT_FIT) -> Callable[[Any], Any]:
    """The options that choose findings.

    ``owner`` is another word where ``--owner`` means something else, ``everything`` the help of
    ``--all``.
    """
    options = (
        option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice([state.value for state in FindingState]),
            help=N_("Only these states (repeatable). Default: all that still fail."),
        ),
        option("--all", "everything", is_flag=True, help=everything),
        option(
            "--severity",
            "severities",
            multiple=True,
            type=click.Choice([severity.value for severity in Severity]),
            help=N_("Only these severities (repeatable)."),
        ),
        option("--check", help=N_("Only this check, or all whose id begins so: cert, tls.cipher.")),
        option(
            *dict.fromkeys((owner, "--of-owner")),
            "of_owner",
            help=N_("Only what this owner has to repair."),
        ),
        option("--asset", help=N_("Only this asset: its id or name.")),
        option("--zone", help=N_("Only what was seen from this zone.")),
        option("--plan", help=N_("Only what this plan is about.")),
        option("--overdue", "--late", "overdue", is_flag=True, help=N_("Only what is late.")),
        option("--escalated", is_flag=True, help=N_("Only what was escalated.")),
        option("--paused", is_flag=True, help=N_("Only those whose clock stands still today.")),
        option(
            "--disputed", is_flag=True, help=N_("Only what waits for a second person to settle.")
        ),
        option(
            "--due-in",
            "due_within",
            type=DAYS,
            help=N_("Only what is due within so many days, as 14d; late ones too."),
        ),
        option(
            "--expiring",
            "expiring_within",
            type=DAYS,
            help=N_("Only accepted ones whose acceptance ends within so many days, as 14d."),
        ),
    )

    def decorate(command: Any) -> Any:
        for one in reversed(options):
            command = one(command)
        return command

    return decorate


def query_of(given: Mapping[str, Any]) -> "FindingQuery":
    """Build the query from the options of :func:`filters`."""
    from secaudit.app.finding_choice import FindingQuery

    values = {name: given[name] for name in _NAMES}
    values["owner"] = values.pop("of_owner")
    values["states"] = tuple(FindingState(state) for state in given["states"])
    values["severities"] = tuple(Severity(severity) for severity in given["severities"])
    values["plan"] = given["plan"].upper() if given["plan"] else None
    return FindingQuery(**values)


def several(
    allowed: Collection[FindingState], *, owner: str = "--owner"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command its findings as ``ids``: those that were named, or those that filters find.

    ``allowed`` are the states in which the command can be done; filters leave out all others.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(*arguments: Any, **given: Any) -> Any:
            session = click.get_current_context().ensure_object(Session)
            named = given.pop("findings")
            sure, trial = given.pop("yes"), given.pop("dry_run")
            chosen = {name: given.pop(name) for name in _NAMES}
            ids = _resolved(session, named, chosen, allowed, sure=sure, trial=trial)
            return None if ids is None else command(*arguments, ids=ids, **given)

        for one in (
            option("--dry-run", is_flag=True, help=N_("Only show what it would be about.")),
            option("--yes", is_flag=True, help=N_("Do not ask.")),
            filters(owner=owner),
            argument("findings", nargs=-1, metavar="FINDING..."),
        ):
            run = one(run)
        return run

    return decorate


def _resolved(
    session: Session,
    named: tuple[str, ...],
    chosen: Mapping[str, Any],
    allowed: Collection[FindingState],
    *,
    sure: bool,
    trial: bool,
) -> list[str] | None:
    filtered = any(chosen.values())
    if bool(named) == filtered:
        raise InputError(
            "name findings or choose them by options, not both" if named else "no finding is named",
            hint="name them (F-0001 F-0002), or choose them: --severity, --check, --owner, --zone, "
            "--asset, --state, --late, --all",
        )
    if named:
        ids = list(dict.fromkeys(finding.upper() for finding in named))
        if trial:
            say(", ".join(ids))
        return None if trial else ids
    from secaudit.app.finding_acting import expire
    from secaudit.app.finding_choice import choose

    expire(session.workspace)
    found = choose(session.workspace, query_of(chosen), allowed)
    _show(found)
    if trial:
        say(gettext("Nothing was done."))
        return None
    if not sure:
        _ask()
    return list(found.ids)


def _show(found: "Choice") -> None:
    from secaudit.text.words import word

    count = len(found.ids)
    levels = ", ".join(f"{number} {word(level)}" for level, number in found.severities.items())
    say(
        ngettext(
            "This is about {count} finding: {levels}.",
            "This is about {count} findings: {levels}.",
            count,
        ).format(count=count, levels=levels)
    )
    shown = ", ".join(found.ids[:SHOWN_IDS])
    more = count - SHOWN_IDS
    say(gettext("{ids} and {more} more").format(ids=shown, more=more) if more > 0 else shown)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise RefusedError(
            "nobody is there to be asked",
            hint="look at what it is about with --dry-run, then add --yes",
        )
    click.confirm(gettext("Go on?"), abort=True, err=True)
