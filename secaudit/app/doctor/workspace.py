"""Is the workspace whole: settings, rights, database, evidence, holidays and audit trail."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from secaudit.app.doctor.notices import examine_notices
from secaudit.app.doctor.people import look_at_roles
from secaudit.app.doctor.row import Row, State, fault_of
from secaudit.app.kept_evidence import examine_evidence, require_kept
from secaudit.app.sla import holiday_calendar
from secaudit.app.workspace import DATABASE_FILE, SETTINGS_FILE, Workspace, load_settings
from secaudit.content.yaml import read_document, validate
from secaudit.core.errors import SecauditError, VerificationError
from secaudit.ledger import findings, trail
from secaudit.ledger.findings import LIVE, FindingFilter
from secaudit.ledger.working_days import HolidayFile
from secaudit.registry.authorisations import list_all as letters_of
from secaudit.store.revisions import current_revision, require_newest
from secaudit.text.language import N_, gettext

_AFTER = N_("does not follow the entry before it")
_CHANGED = N_("was changed after it was written")
_BREAKS = {_AFTER: _AFTER, _CHANGED: _CHANGED}
"""What :mod:`secaudit.core.chain` says of a break: the core knows no languages."""


MOST_DIFFERENCES = 500
"""So many differences between trail and tables are said one by one; all are counted."""


def examine_workspace(folder: Path, *, all_evidence: bool = False) -> list[Row]:
    """Look at everything in a workspace. Nothing is changed, and nothing raises."""
    try:
        workspace = Workspace(folder, load_settings(folder))
    except SecauditError as error:
        return [fault_of("settings", error)]
    rows = [
        Row("settings", State.OK, str(folder / SETTINGS_FILE)),
        _rights(folder),
        _guarded("database", lambda: _database(workspace)),
    ]
    if rows[-1].state is State.OK:
        rows += [
            _guarded("evidence", lambda: _evidence(workspace, all_evidence)),
            _guarded("letters", lambda: _letters(workspace)),
            _guarded("roles", lambda: look_at_roles(workspace)),
            *examine_ledger(workspace),
            _guarded("due_days", lambda: _due_days(workspace)),
            _guarded("conformity_reports", lambda: _reports(workspace)),
            _guarded("notices", lambda: examine_notices(workspace)),
        ]
    rows.append(_guarded("holidays", lambda: _holidays(workspace)))
    workspace.database.close()
    return rows


def examine_trail(workspace: Workspace) -> Row:
    """Verify the whole audit trail. Raises SecauditError when the database cannot be read."""
    with workspace.view() as connection:
        fault = trail.verify(connection)
        position, head = trail.head(connection)
    if fault is not None:
        return Row(
            "audit_trail",
            State.FAULT,
            gettext("The audit trail is broken: row {position} {reason}").format(
                position=fault.position, reason=gettext(_BREAKS[fault.reason])
            ),
            gettext("Keep this workspace as it is, and compare it with the last backup and pack."),
        )
    return Row(
        "audit_trail",
        State.OK,
        gettext("The audit trail is whole: {count} rows, head {head}").format(
            count=position, head=head
        ),
    )


def examine_ledger(workspace: Workspace) -> list[Row]:
    """Verify the audit trail, and hold the findings and risks against what it tells of them.

    The first row is about the chain; a broken one tells nothing of the rest. Then one row for all
    that agrees, and one for each difference.
    """
    rows = [_guarded("audit_trail", lambda: examine_trail(workspace))]
    if rows[0].state is not State.OK:
        return rows
    try:
        return rows + _held(workspace)
    except SecauditError as error:
        return [*rows, fault_of("ledger", error)]


def _held(workspace: Workspace) -> list[Row]:
    from secaudit.app.doctor.replay import hold

    with workspace.view() as connection:
        held = hold(connection, workspace.evidence.get)
    said = [
        gettext("The trail tells of {findings} findings and {risks} risks.").format(
            findings=held.findings, risks=held.risks
        )
    ]
    if held.not_replayable:
        said.append(
            gettext("{count} older events cannot be replayed: rows sealed less then.").format(
                count=held.not_replayable
            )
        )
    if held.waiting:
        said.append(
            gettext("{count} events of scans that have not ended wait to be sealed.").format(
                count=held.waiting
            )
        )
    if not held.differences:
        said.insert(1, gettext("The tables agree with it."))
        return [Row("ledger", State.OK, " ".join(said))]
    said.insert(
        1,
        gettext("The tables differ from it in {count} places.").format(count=len(held.differences)),
    )
    remedy = gettext("Keep this workspace as it is, and compare it with the last backup and pack.")
    return [
        Row("ledger", State.FAULT, " ".join(said), remedy),
        *(
            Row(
                "ledger",
                State.FAULT,
                gettext(
                    "{object}: {field} is {trail} in the trail, and {table} in the table"
                ).format(object=one.object, field=one.what, trail=one.trail, table=one.table),
                "",
            )
            for one in held.differences[:MOST_DIFFERENCES]
        ),
    ]


def _guarded(name: str, look: Callable[[], Row]) -> Row:
    try:
        return look()
    except SecauditError as error:
        return fault_of(name, error)


def _rights(folder: Path) -> Row:
    if folder.stat().st_mode & 0o077:
        return Row(
            "rights",
            State.FAULT,
            gettext("Other accounts of this machine may look into {folder}.").format(folder=folder),
            gettext("Close it: chmod 700 {folder}").format(folder=folder),
        )
    return Row("rights", State.OK, gettext("Only its owner may look into the workspace."))


def _database(workspace: Workspace) -> Row:
    path = workspace.folder / DATABASE_FILE
    if not path.is_file():
        raise VerificationError(
            "{path} is missing",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
        )
    with workspace.view() as connection:
        revision = current_revision(connection)
        require_newest(path, revision)
        said = connection.execute(text("PRAGMA integrity_check(1)")).scalar()
        stray = connection.execute(text("PRAGMA foreign_key_check")).first()
    if said != "ok" or stray is not None:
        raise VerificationError(
            "{path} is damaged: {why}",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
            why=said if said != "ok" else stray,
        )
    return Row(
        "database",
        State.OK,
        gettext("The database is whole, revision {revision}.").format(revision=revision),
    )


def _evidence(workspace: Workspace, everything: bool) -> Row:
    with workspace.view() as connection:
        found = examine_evidence(workspace, connection, everything=everything)
    require_kept(found)
    return Row(
        "evidence",
        State.OK,
        gettext(
            "{referred} pieces of evidence that the records name are there; {read} of {count} were"
            " read again and agree."
        ).format(referred=found.referred, read=found.read, count=found.kept),
    )


def _letters(workspace: Workspace) -> Row:
    now = datetime.now(UTC)
    with workspace.view() as connection:
        letters = letters_of(connection)
    standing = [letter for letter in letters if letter.standing_refusal(now) is None]
    if not standing:
        return Row(
            "letters",
            State.MISSING,
            gettext("No authorisation is in force: only this machine itself may be scanned."),
            gettext("Record the surat tugas: secaudit scope add"),
        )
    return Row(
        "letters",
        State.OK,
        gettext("{count} authorisations are in force.").format(count=len(standing)),
    )


def _holidays(workspace: Workspace) -> Row:
    path = workspace.folder / workspace.settings.holidays
    listed = validate(read_document(path), HolidayFile).holidays
    year = datetime.now(workspace.settings.time_zone).year
    doubtful = sum(not day.confirmed for day in listed if day.date.year >= year)
    if not any(day.date.year == year for day in listed):
        return Row(
            "holidays",
            State.MISSING,
            gettext("{path} has no holiday of {year}: due days are counted too short.").format(
                path=path, year=year
            ),
            gettext("Add the holidays of the joint decree (SKB) to it."),
        )
    if doubtful:
        return Row(
            "holidays",
            State.MISSING,
            gettext("{count} holidays from {year} on are not confirmed.").format(
                count=doubtful, year=year
            ),
            gettext("Compare {path} with the joint decree (SKB), and set confirmed: true.").format(
                path=path
            ),
        )
    last = max(day.date.year for day in listed)
    return Row(
        "holidays",
        State.OK,
        gettext("{count} holidays; holidays are listed until {year}").format(
            count=len(listed), year=last
        ),
    )


def _reports(workspace: Workspace) -> Row:
    # Only here: it loads the rooms that reports are drawn from.
    from secaudit.app.conformity_report.verify import require_whole

    count = require_whole(workspace)
    return Row(
        "conformity_reports",
        State.OK,
        gettext("{count} conformity reports are as they were issued.").format(count=count),
    )


def _due_days(workspace: Workspace) -> Row:
    last = holiday_calendar(workspace).last_year
    with workspace.view() as connection:
        due = [item.due for item in findings.list_all(connection, FindingFilter(states=LIVE))]
    beyond = sum(day is not None and (last is None or day.year > last) for day in due)
    if beyond:
        return Row(
            "due_days",
            State.MISSING,
            gettext(
                "Holidays are listed until {year}: {count} findings are due later, counted without."
            ).format(year=last or "-", count=beyond),
            gettext("Add the holidays of the joint decree (SKB) to {path}.").format(
                path=workspace.folder / workspace.settings.holidays
            ),
        )
    return Row(
        "due_days",
        State.OK,
        gettext("No finding is due after the last year with listed holidays."),
    )
