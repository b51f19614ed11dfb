"""Trying a part of a change: where it is refused, no trace of it is left."""

from collections.abc import Iterator
from contextlib import contextmanager

from secaudit.app.workspace import Change


@contextmanager
def attempt(change: Change) -> Iterator[None]:
    """Undo what the block did, in the database and on the trail, if it raises."""
    kept = len(change.recorded)
    savepoint = change.connection.begin_nested()
    try:
        yield
    except BaseException:
        savepoint.rollback()
        del change.recorded[kept:]
        raise
    savepoint.commit()
