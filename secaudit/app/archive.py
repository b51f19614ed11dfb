"""The file of a backup: a tar.gz whose last member lists every other with its SHA-256.

Members are plain files with relative names. The manifest comes last, because files are hashed as
they are written; a restore checks it both ways before anything is put in place.
"""

import gzip
import hashlib
import io
import json
import re
import shutil
import tarfile
import time
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from secaudit.core.canonical import pretty_json
from secaudit.core.errors import VerificationError

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 * 2**20
_CHUNK = 2**20
_EVIDENCE = re.compile(r"evidence/[0-9a-f]{2}/([0-9a-f]{64})")
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FileEntry(BaseModel):
    """One file of the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    size: int
    sha256: _Digest


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    tool_version: str
    created_at: str
    created_by: str
    organisation: str
    revision: str
    trail_position: int
    trail_head: _Digest
    files: tuple[FileEntry, ...]


class _HashingReader:
    """Hashes what tarfile reads from a file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.digest.update(content)
        return content


def put_file(archive: tarfile.TarFile, path: Path, name: str) -> FileEntry:
    """Add one file as it is now. Raises OSError when it cannot be read, or shrinks meanwhile."""
    with path.open("rb") as stream:
        entry = tarfile.TarInfo(name)
        entry.size = path.stat().st_size
        entry.mtime = int(path.stat().st_mtime)
        entry.mode = 0o600
        reader = _HashingReader(stream)
        archive.addfile(entry, reader)
    return FileEntry(path=name, size=entry.size, sha256=reader.digest.hexdigest())


def put_manifest(archive: tarfile.TarFile, manifest: Manifest) -> None:
    """Close the archive with its list."""
    content = pretty_json(manifest.model_dump()).encode("utf-8")
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(content)
    entry.mtime = int(time.time())
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(content))


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into an empty folder, and check every file against the manifest.

    Raises VerificationError that names what is wrong: a member that would leave the folder, is no
    plain file, was changed, is missing, or was added.
    """
    found: dict[str, FileEntry] = {}
    manifest: Manifest | None = None
    try:
        with gzip.open(source) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                name = _safe_name(source, member)
                if name in found or manifest is not None:
                    raise _fault(source, "{source}: {name} stands twice or after the list", name)
                content = archive.extractfile(member)
                if content is None:
                    raise _fault(source, "{source}: {name} is not a plain file", name)
                if member.size > shutil.disk_usage(folder).free:
                    raise _fault(source, "{source}: there is no room to unpack {name}", name)
                if name == MANIFEST:
                    manifest = _manifest(source, content.read(LARGEST_MANIFEST + 1))
                else:
                    found[name] = _take(content, folder / name, name)
            for _ in _chunks(stream):
                # Only the end of the stream has the checksum that tells a cut file.
                pass
    except (tarfile.TarError, EOFError, ValueError, zlib.error) as error:
        raise VerificationError(
            "{source} is not a whole backup: {why}", source=source, why=error
        ) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise VerificationError(
            "{source} is not a whole backup: {why}", source=source, why=error
        ) from None
    if manifest is None:
        raise _fault(source, "{source} has no {name}: it is no backup, or was cut short", MANIFEST)
    _compare(source, manifest, found)
    return manifest


def _safe_name(source: Path, member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name)
    harmless = not any(unicodedata.category(letter) == "Cc" for letter in member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts or not harmless:
        raise _fault(source, "{source}: {name!r} would leave the folder", member.name)
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise _fault(source, "{source}: {name} is not a plain file", member.name)
    return str(path)


def _take(stream: IO[bytes], target: Path, name: str) -> FileEntry:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as copy:
        target.chmod(0o600)
        for chunk in _chunks(stream):
            digest.update(chunk)
            size += len(chunk)
            copy.write(chunk)
    return FileEntry(path=name, size=size, sha256=digest.hexdigest())


def _chunks(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _manifest(source: Path, content: bytes) -> Manifest:
    if len(content) > LARGEST_MANIFEST:
        raise _fault(source, "{source}: {name} is too large", MANIFEST)
    try:
        return Manifest.model_validate(json.loads(content))
    except (ValidationError, ValueError, RecursionError):
        raise _fault(source, "{source}: {name} cannot be read", MANIFEST) from None


def _compare(source: Path, manifest: Manifest, found: dict[str, FileEntry]) -> None:
    listed = {entry.path: entry for entry in manifest.files}
    for name, entry in listed.items():
        if name not in found:
            raise _fault(source, "{source}: {name} is missing", name)
        evidence = _EVIDENCE.fullmatch(name)
        if found[name] != entry or (evidence and evidence[1] != entry.sha256):
            raise _fault(source, "{source}: {name} was changed", name)
    for name in found:
        if name not in listed:
            raise _fault(source, "{source}: {name} was added", name)


def _fault(source: Path, message: str, name: str) -> VerificationError:
    return VerificationError(message, source=source, name=name)
