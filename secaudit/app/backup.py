"""A whole workspace in one file, and back: verified before anything is put in place."""

import hashlib
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from secaudit import __version__
from secaudit.app.archive import FileEntry, Manifest, put_file, put_manifest, unpack
from secaudit.app.notices.settings import SECRETS_FOLDER
from secaudit.app.workspace import (
    BACKUP_FOLDER,
    DATABASE_FILE,
    EVIDENCE_FOLDER,
    Actor,
    Workspace,
    load_settings,
)
from secaudit.core.errors import InternalError, RefusedError, VerificationError
from secaudit.core.instant import format_instant
from secaudit.core.os_words import os_words
from secaudit.ledger import trail
from secaudit.store.database import Database
from secaudit.store.revisions import current_revision, require_known
from secaudit.store.snapshot import snapshot

_LEFT_OUT = (BACKUP_FOLDER, SECRETS_FOLDER, "locks")
_DATABASE_FILES = tuple(f"{DATABASE_FILE}{end}" for end in ("", "-wal", "-shm", "-journal"))


@dataclass(frozen=True)
class BackupSummary:
    """What a backup holds. ``size`` is that of the file, in bytes."""

    path: Path
    files: int
    size: int
    manifest: Manifest


def backup(workspace: Workspace, target: Path) -> BackupSummary:
    """Save the workspace into ``target``, a tar.gz that is not there yet.

    Others may go on working: the database is copied as of one moment, and evidence is written
    before the rows that cite it. The folder of earlier database backups, the locks and the secret
    addresses of notices are left out.
    Raises RefusedError where ``target`` exists, InternalError when the disk refuses; then there is
    no ``target``.
    """
    if target.exists() or target.is_symlink():
        raise RefusedError("{target} exists; it is not overwritten", target=target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with (
            _disk_faults(target),
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".secaudit-") as scratch,
        ):
            copy = snapshot(workspace.folder / DATABASE_FILE, Path(scratch) / DATABASE_FILE)
            with tarfile.open(temporary, "x:gz", compresslevel=6) as archive:
                temporary.chmod(0o600)
                entries = [put_file(archive, copy, DATABASE_FILE)]
                entries += [
                    put_file(archive, path, name)
                    for path, name in _files(workspace.folder, {target, temporary})
                ]
                manifest = _describe(workspace, copy, tuple(entries))
                put_manifest(archive, manifest)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return BackupSummary(target, len(entries), target.stat().st_size, manifest)


def restore(source: Path, folder: Path) -> Workspace:
    """Bring a backup back into ``folder``, which must be empty or absent.

    Every hash, the database's integrity and the whole audit trail are verified first; only then
    the folder appears, in one step. Raises VerificationError for a backup that is not whole,
    RefusedError for a folder in use or a database of a newer version.
    """
    if not source.is_file():
        raise RefusedError("{source} is not a file", source=source)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(
            "{folder} is not empty",
            hint="restore into a new folder; nothing is ever overwritten",
            folder=folder,
        )
    parent = folder.absolute().parent
    with _disk_faults(folder):
        parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=parent, prefix=f".{folder.name}."))
        try:
            manifest = unpack(source, scratch)
            settings = load_settings(scratch)
            _verify_database(source, scratch / DATABASE_FILE, manifest)
            workspace = Workspace(scratch, settings)
            with workspace.change() as change:
                change.record(
                    "workspace.restore",
                    folder.absolute().name,
                    {
                        "file": source.name,
                        "created_at": manifest.created_at,
                        "sha256": _sha256_of(source),
                    },
                )
            workspace.database.close()
            for name in (EVIDENCE_FOLDER, settings.trust_roots, settings.content):
                (scratch / name).mkdir(exist_ok=True, mode=0o700)
            # One flush for all the files: only what is safely on disk gets the folder's name.
            os.sync()
            if folder.exists():
                folder.rmdir()
            scratch.rename(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return Workspace(folder, settings)


def _verify_database(source: Path, path: Path, manifest: Manifest) -> None:
    database = Database(path)
    try:
        with database.read() as connection:
            require_known(source, current_revision(connection))
            if connection.execute(text("PRAGMA integrity_check")).scalar() != "ok":
                raise VerificationError("the database in the backup is damaged")
            fault = trail.verify(connection)
            if fault is not None:
                raise VerificationError(
                    "the audit trail in the backup is broken: row {position} {reason}",
                    position=fault.position,
                    reason=fault.reason,
                )
            if trail.head(connection) != (manifest.trail_position, manifest.trail_head):
                raise VerificationError("the audit trail is not the one that the backup lists")
    finally:
        database.close()


def _describe(workspace: Workspace, copy: Path, entries: tuple[FileEntry, ...]) -> Manifest:
    database = Database(copy)
    try:
        with database.read() as connection:
            revision = current_revision(connection)
            position, head = trail.head(connection)
    finally:
        database.close()
    return Manifest(
        tool_version=__version__,
        created_at=format_instant(datetime.now(UTC)),
        created_by=str(Actor.of_this_process()),
        organisation=workspace.settings.organisation,
        revision=revision or "",
        trail_position=position,
        trail_head=head,
        files=entries,
    )


def _files(folder: Path, besides: set[Path]) -> Iterator[tuple[Path, str]]:
    """Every file of the workspace but the database, with its name in the archive, in order."""
    left_out = {path.absolute() for path in besides}
    seen: set[str] = set()
    for top, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        at_root = Path(top) == folder
        folders[:] = sorted(
            name
            for name in folders
            if not (at_root and (name in _LEFT_OUT or name.startswith(".")))
        )
        for name in sorted(names):
            path = Path(top) / name
            if name.startswith(".") or (at_root and name in _DATABASE_FILES):
                continue
            if path.is_file() and path.absolute() not in left_out:
                yield path, path.relative_to(folder).as_posix()


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InternalError(
            "{path} cannot be written: {why}",
            hint="look at the free space and the rights of that folder; nothing was left behind",
            path=path,
            why=os_words(error),
        ) from error
