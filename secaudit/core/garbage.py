"""When Python looks for garbage that only points at itself, of which a scan makes little.

Everything else is freed at once. So the program looks seldom, and never at what it has loaded.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 20_000
"""New objects after which the youngest are looked at; Python's own default is 700."""


def look_seldom() -> None:
    """For the whole process; loading modules makes many objects, and no garbage.

    Nor is there a last look when it ends, at what the system takes back anyway.
    """
    gc.set_threshold(_SELDOM)
    atexit.register(gc.freeze)


@contextmanager
def settled() -> Iterator[None]:
    """In this block, leave out what is there already: it stays."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
