"""Locks between processes on one workspace: held by the kernel, so that a crash frees them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secaudit.core.errors import RefusedError


@contextmanager
def exclusive(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock ``name``. Raises RefusedError, which names the holder, when it is taken."""
    path = folder / "locks" / f"{name}.lock"
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "?"
            raise RefusedError(
                "another process (number {holder}) is doing this in {folder}: {name}",
                hint="wait until it ends, then run the command again",
                holder=holder,
                folder=folder,
                name=name,
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
