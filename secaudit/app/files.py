"""Writing a file for a person: whole or not at all, and never over another one unasked."""

import os
import secrets
from pathlib import Path

from secaudit.core.errors import InternalError, RefusedError
from secaudit.core.os_words import os_words


def require_free(target: Path, *, overwrite: bool) -> None:
    """Raise RefusedError if the file is there and may not be replaced."""
    if target.exists() and not overwrite:
        raise RefusedError(
            "{path} is there already", path=target, hint="name another one, or add --force"
        )


def write_whole(target: Path, content: bytes) -> None:
    """Write a file and flush it to disk. Raises InternalError when the disk refuses it."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        raise InternalError("{path}: {why}", path=target, why=os_words(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
