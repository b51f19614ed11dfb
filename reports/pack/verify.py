"""Verify a pack, folder or zip, offline and without a workspace; nothing is ever unpacked to disk.

The judgement is the one that every pack carries itself (:mod:`reports.pack.standalone`).
"""

import hashlib
import json
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.pack.standalone import (
    LARGEST_INDEX,
    MANIFEST,
    SUMS,
    Fault,
    Seen,
    Survey,
    is_safe_path,
    judge,
    survey_folder,
)
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError, NotFoundError

MOST_FILES = 200_000
LARGEST_PACK = 8 * 2**30
"""Bytes that a zipped pack may hold once unpacked."""
_PIECE = 2**20


@dataclass(frozen=True)
class Verification:
    """What was found. ``faults`` empty: the pack is whole."""

    path: Path
    files: int
    faults: tuple[Fault, ...]
    sums_sha256: str | None
    """The SHA-256 of SHA256SUMS: the one number to compare with a record of handover."""
    manifest: dict[str, Any]
    """The manifest as the pack has it; empty when it cannot be read."""

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Names of the files with one kind of fault (``changed``, ``missing``, ``added``, ...)."""
        return tuple(fault.path for fault in self.faults if fault.kind == kind)


def verify_pack(path: Path) -> Verification:
    """Verify a pack. Raises NotFoundError or InputError for what is no pack at all."""
    survey = _survey(path)
    return Verification(
        path,
        len(survey.files),
        tuple(judge(survey)),
        sha256_hex(survey.sums) if survey.sums is not None else None,
        _manifest(survey.manifest),
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a pack, unverified. Raises InputError where there is none."""
    if path.is_dir() and (path / MANIFEST).is_file():
        with (path / MANIFEST).open("rb") as stream:
            manifest = _manifest(stream.read(LARGEST_INDEX + 1))
    else:
        manifest = _manifest(_survey(path).manifest)
    if not manifest:
        raise InputError("{path} has no readable manifest.json", path=path)
    return manifest


def _survey(path: Path) -> Survey:
    if path.is_dir():
        return survey_folder(str(path))
    if not path.is_file():
        raise NotFoundError("no pack at {path}", path=path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _survey_zip(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise InputError(
            "{path} is neither a folder nor a readable zip: {why}", path=path, why=error
        ) from None


def _manifest(content: bytes | None) -> dict[str, Any]:
    try:
        value = json.loads(content) if content and len(content) <= LARGEST_INDEX else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _survey_zip(archive: zipfile.ZipFile) -> Survey:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise InputError("more than {limit} files in the zip", limit=MOST_FILES)
    if sum(member.file_size for member in members) > LARGEST_PACK:
        raise InputError("more than {limit} bytes in the zip", limit=LARGEST_PACK)
    prefix = _common_folder([member.filename for member in members])
    files: dict[str, Seen] = {}
    faults: list[Fault] = []
    indexes: dict[str, bytes] = {}
    for member in members:
        if member.is_dir():
            continue
        path = member.filename.removeprefix(prefix)
        if path in files or not is_safe_path(path) or _is_special(member):
            faults.append(Fault("unsafe", path))
            continue
        try:
            files[path], head = _read(archive, member, keep=path in (SUMS, MANIFEST))
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError):
            files[path] = Seen("", member.file_size)
            faults.append(Fault("unreadable", path))
            continue
        if path in (SUMS, MANIFEST):
            indexes[path] = head
    return Survey(files, indexes.get(SUMS), indexes.get(MANIFEST), tuple(faults))


def _common_folder(names: list[str]) -> str:
    tops = {name.split("/", 1)[0] for name in names if "/" in name}
    if len(tops) != 1 or any("/" not in name for name in names):
        return ""
    return tops.pop() + "/"


def _is_special(member: zipfile.ZipInfo) -> bool:
    mode = member.external_attr >> 16
    return bool(mode) and not stat.S_ISREG(mode) and stat.S_IFMT(mode) != 0


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, keep: bool) -> tuple[Seen, bytes]:
    digest = hashlib.sha256()
    size = 0
    kept = bytearray()
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > member.file_size:
                raise ValueError("more bytes than the zip's directory says")
            digest.update(piece)
            if keep and len(kept) <= LARGEST_INDEX:
                kept += piece
    return Seen(digest.hexdigest(), size), bytes(kept)
