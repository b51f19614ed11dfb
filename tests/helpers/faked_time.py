"""Commands at another time, by the program faketime."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

_SHARED = Path("/dev/shm")  # noqa: S108 (where faketime keeps its clocks)


def faketime(moment: str) -> tuple[str, str]:
    """The beginning of a command line that runs the rest at ``moment``. Skips without faketime.

    A run that was killed leaves its shared clock behind, under its process id; the next run that
    gets this id would refuse to start, so what belongs to no process any more is removed first.
    """
    program = shutil.which("faketime")
    if program is None:
        pytest.skip("needs the program faketime, to let time pass")
    for left in (*_SHARED.glob("faketime_shm_*"), *_SHARED.glob("sem.faketime_sem_*")):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            with suppress(OSError):
                left.unlink()
    return program, moment
