"""A workspace: one folder with settings, database and evidence; and changes that leave a trace."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from secaudit.app import sealing
from secaudit.app.account import account_of_process
from secaudit.app.authority import Approval, Authority
from secaudit.app.settings import Settings
from secaudit.content.yaml import read_document, validate
from secaudit.core.canonical import to_json
from secaudit.core.errors import NotFoundError, VerificationError
from secaudit.ledger import trail
from secaudit.registry import approvals, people
from secaudit.registry.approvals import KeptApproval
from secaudit.store.database import Database
from secaudit.store.evidence import EvidenceStore
from secaudit.store.revisions import current_revision, require_newest

SETTINGS_FILE = "secaudit.yaml"
DATABASE_FILE = "secaudit.sqlite"
EVIDENCE_FOLDER = "evidence"
BACKUP_FOLDER = "backups"


@dataclass(frozen=True)
class Actor:
    """Who acts: the operating system's account on this machine. Asserted, not proved."""

    account: str
    host: str

    def __str__(self) -> str:
        """Write ``account@host``."""
        return f"{self.account}@{self.host}"

    @classmethod
    def of_this_process(cls) -> "Actor":
        """The account that runs this process."""
        return cls(account_of_process(), socket.gethostname())


@dataclass
class Change:
    """One transaction by one person: what it writes and what it records stand or fall together.

    ``authority`` is how people and roles stood when it began.
    """

    connection: Connection
    actor: Actor
    at: datetime
    authority: Authority
    put: sealing.Put
    """Keeps what a row of the trail seals and is too large for it."""
    recorded: list[str] = field(default_factory=list)

    def record(
        self,
        action: str,
        object_id: str,
        details: Mapping[str, Any] | None = None,
        *,
        reason: str = "",
        approval: Approval | None = None,
        objects: Iterable[str] = (),
    ) -> None:
        """Append to the audit trail: ``action`` is ``noun.verb``, ``reason`` the person's why.

        The row seals what happened to findings and risks since the row before it: they are changed
        first, and recorded then.

        ``approval`` is kept with the row, and for each of ``objects`` (without them, for
        ``object_id``). Raises RefusedError where the table of roles does not allow the act.
        """
        self.authority.require_approval(action, approval)
        facts = dict(details or {})
        sealed = sealing.seal(self.connection, self.at, self.put)
        if sealed is not None:
            facts[sealing.KEY] = sealed
        if approval is not None:
            facts["approval"] = to_json(approval)
            self._keep(approval, tuple(objects) or (object_id,))
        trail.append(
            self.connection,
            actor=str(self.actor),
            at=self.at,
            action=action,
            object_id=object_id,
            details=facts,
            reason=reason,
        )
        self.recorded.append(action)

    def _keep(self, approval: Approval, objects: Iterable[str]) -> None:
        signature = None if approval.signature is None else to_json(approval.signature)
        fields = {**vars(approval), "signature": signature}
        approvals.add(self.connection, KeptApproval(number=0, at=self.at, **fields), objects)


class Workspace:
    """An open workspace. ``open_workspace`` checks that its database is of this version."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """The database."""
        return Database(self.folder / DATABASE_FILE)

    @cached_property
    def evidence(self) -> EvidenceStore:
        """The raw evidence."""
        return EvidenceStore(self.folder / EVIDENCE_FOLDER)

    @contextmanager
    def view(self) -> Iterator[Connection]:
        """One consistent view of the database."""
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction that must record at least one action in the audit trail."""
        with self.database.write() as connection:
            change = self.change_in(connection, datetime.now(UTC))
            yield change
            if not change.recorded:
                raise AssertionError("a change by a person leaves a row in the audit trail")

    def change_in(self, connection: Connection, at: datetime) -> Change:
        """A change inside a transaction that somebody else ends."""
        actor = Actor.of_this_process()
        authority = self.authority(connection, at, actor)
        return Change(connection, actor, at, authority, self.evidence.put)

    def authority(
        self, connection: Connection, at: datetime | None = None, actor: Actor | None = None
    ) -> Authority:
        """Who is registered, and what the acting account may do now."""
        day = (at or datetime.now(UTC)).astimezone(self.settings.time_zone).date()
        who = actor or Actor.of_this_process()
        return Authority(str(who), day, people.list_all(connection))

    def require(self, act: str) -> None:
        """Raise RefusedError where the acting account may not do an act, before it costs anything.

        What :meth:`Change.record` asks again; for whatever writes files or takes long first.
        """
        with self.view() as connection:
            self.authority(connection).require(act)


def find_workspace(start: Path) -> Path:
    """Find the nearest folder with ``secaudit.yaml``, from ``start`` upwards."""
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise NotFoundError(
        "no {file} in {folder} or above it",
        hint="make a workspace with: secaudit init FOLDER, or name one with --workspace",
        file=SETTINGS_FILE,
        folder=start,
    )


def load_settings(folder: Path) -> Settings:
    """Read ``secaudit.yaml``. Raises InputError that names the line."""
    path = folder / SETTINGS_FILE
    if not path.is_file():
        raise NotFoundError(
            "{folder} is not a workspace: it has no {file}",
            hint="make one with: secaudit init {folder}",
            file=SETTINGS_FILE,
            folder=folder,
        )
    return validate(read_document(path), Settings)


def open_workspace(folder: Path) -> Workspace:
    """Open the workspace at ``folder``, whose database must be of this version.

    Raises RefusedError for an older or a newer database, VerificationError where it is missing.
    """
    workspace = Workspace(folder, load_settings(folder))
    path = folder / DATABASE_FILE
    if not path.is_file():
        raise VerificationError(
            "{path} is missing",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
        )
    with workspace.view() as connection:
        require_newest(path, current_revision(connection))
    return workspace
