"""Make a workspace: settings, database, folders, and the first row of the audit trail."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template

from secaudit import __version__
from secaudit.app.settings import Settings
from secaudit.app.workspace import (
    BACKUP_FOLDER,
    DATABASE_FILE,
    EVIDENCE_FOLDER,
    SETTINGS_FILE,
    Workspace,
    load_settings,
)
from secaudit.content.yaml import parse_document, validate
from secaudit.core.errors import InternalError, RefusedError, VerificationError
from secaudit.core.os_words import os_words
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry import holidays, zones
from secaudit.store.migrate import Migration, upgrade


def init_workspace(
    folder: Path,
    organisation: str,
    language: str = "id",
    *,
    unit: str = "",
    timezone: str = "Asia/Jakarta",
    zone: str = "kantor",
) -> Workspace:
    """Make a workspace in ``folder`` (made when absent, only for its owner to read: mode 0700).

    Raises RefusedError where one exists, InputError for a setting that cannot be, and
    InternalError when the disk refuses; then nothing that was made stays behind.
    """
    settings = _settings_text(organisation, language, unit, timezone, zone)
    validate(parse_document(settings.encode("utf-8"), SETTINGS_FILE), Settings)
    for name in (SETTINGS_FILE, DATABASE_FILE, EVIDENCE_FOLDER):
        if (folder / name).exists():
            raise RefusedError(
                "{folder} has a workspace, or part of one: {name} exists",
                hint="choose another folder; an existing workspace is never overwritten",
                folder=folder,
                name=name,
            )
    with _undone_on_failure(folder) as made:
        for name in (EVIDENCE_FOLDER, "trust", "content"):
            _make_folder(folder / name, made)
        _write(folder / "holidays.yaml", holidays.indonesia(), made)
        made += [folder / f"{DATABASE_FILE}{end}" for end in ("", "-wal", "-shm")]
        upgrade(folder / DATABASE_FILE, folder / BACKUP_FOLDER)
        (folder / DATABASE_FILE).chmod(0o600)
        # The settings come last: it is they that make the folder a workspace.
        _write(folder / SETTINGS_FILE, settings, made)
        workspace = Workspace(folder, load_settings(folder))
        with workspace.change() as change:
            zones.put(change.connection, zone, ZoneKind.IT)
            change.record(
                "workspace.init",
                folder.resolve().name,
                {"organisation": organisation, "zone": zone, "tool_version": __version__},
            )
    return workspace


def migrate_workspace(folder: Path) -> Migration:
    """Bring the workspace's database to this version, after a backup into its ``backups``.

    Raises RefusedError for a newer database, VerificationError where there is none.
    """
    workspace = Workspace(folder, load_settings(folder))
    path = folder / DATABASE_FILE
    if not path.is_file():
        raise VerificationError(
            "{path} is missing",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
        )
    done = upgrade(path, folder / BACKUP_FOLDER)
    if done.changed:
        with workspace.change() as change:
            change.record("workspace.migrate", done.after, {"from": done.before})
    return done


def _settings_text(organisation: str, language: str, unit: str, timezone: str, zone: str) -> str:
    template = files("secaudit.app").joinpath("templates", f"secaudit.{language}.yaml")
    values = {
        "organisation": organisation,
        "unit": unit,
        "language": language,
        "timezone": timezone,
        "zone": zone,
    }
    # A JSON string is a YAML string too, but for three letters that YAML takes for line ends.
    quoted = {
        key: json.dumps(value, ensure_ascii=not value.isprintable())
        for key, value in values.items()
    }
    return Template(template.read_text(encoding="utf-8")).substitute(quoted)


@contextmanager
def _undone_on_failure(folder: Path) -> Iterator[list[Path]]:
    made: list[Path] = []
    try:
        _make_folder(folder, made)
        yield made
    except BaseException as error:
        for path in reversed(made):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InternalError(
                "{folder}: a workspace cannot be made here: {why}",
                hint="choose a folder that this account may write to, on a disk with free space",
                folder=folder,
                why=os_words(error),
            ) from error
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    if not folder.exists():
        folder.mkdir(parents=True)
        made.append(folder)
    folder.chmod(0o700)


def _write(path: Path, text: str, made: list[Path]) -> None:
    made.append(path)
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
