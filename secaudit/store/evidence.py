"""Raw evidence, kept once under its own SHA-256 and never changed.

Layout: ``evidence/ab/abcdef...`` for the content and ``.json`` beside it for its media type and
size. Written to a temporary file, flushed to disk, then renamed, so that a crash leaves either
nothing or the whole.
"""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import InternalError, NotFoundError, VerificationError
from secaudit.core.os_words import os_words


class EvidenceStore:
    """A content-addressed folder. Safe for several processes: equal content makes equal files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, media_type: str) -> str:
        """Keep ``content``; return its SHA-256. Raises InternalError when the disk refuses it."""
        digest = sha256_hex(content)
        path = self.path_of(digest)
        if not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                note = canonical_json({"media_type": media_type, "size": len(content)})
                _write_atomically(path.with_suffix(".json"), note)
                _write_atomically(path, content)
            except OSError as error:
                raise InternalError("{path}: {why}", path=path, why=os_words(error)) from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content. Raises NotFoundError, or VerificationError if it was changed."""
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                "evidence {digest} is not in {folder}", digest=digest, folder=self.folder
            ) from None
        if sha256_hex(content) != digest:
            raise VerificationError("evidence {path} was changed after it was written", path=path)
        return content

    def media_type(self, digest: str) -> str:
        """The media type that the content was kept with; a general one where none is noted."""
        try:
            note = json.loads(self.path_of(digest).with_suffix(".json").read_bytes())
            return str(note["media_type"])
        except (OSError, ValueError, KeyError, TypeError):
            return "application/octet-stream"

    def path_of(self, digest: str) -> Path:
        """Where the content with this SHA-256 is kept."""
        return self.folder / digest[:2] / digest

    def digests(self) -> Iterator[str]:
        """All digests, in order."""
        for path in sorted(self.folder.glob("??/*")):
            if not path.suffix:
                yield path.name


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
