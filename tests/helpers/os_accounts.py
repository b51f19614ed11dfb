"""Other accounts of the operating system for commands that a test runs, without making any.

nss_wrapper (libnss-wrapper, preloaded) gives this process's user another name in the password
database, so that the name comes to the program by the same call as a real one.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

LIBRARY = "libnss_wrapper.so"


def as_account(name: str, folder: Path) -> Mapping[str, str]:
    """Environment with which a command runs as the account ``name``; its files go to ``folder``."""
    if not any((place / LIBRARY).exists() for place in _places()):
        pytest.skip("needs libnss-wrapper (names for the accounts of a test)")
    passwd, group = folder / f"passwd-{name}", folder / f"group-{name}"
    uids = {os.getuid(), *_login_uid()}
    passwd.write_text(
        "".join(f"{name}:x:{uid}:{os.getgid()}::/nonexistent:/bin/false\n" for uid in uids),
        encoding="ascii",
    )
    group.write_text(f"{name}:x:{os.getgid()}:\n", encoding="ascii")
    preloaded = os.environ.get("LD_PRELOAD", "")
    return {
        "LD_PRELOAD": f"{preloaded}:{LIBRARY}" if preloaded else LIBRARY,
        "NSS_WRAPPER_PASSWD": str(passwd),
        "NSS_WRAPPER_GROUP": str(group),
    }


def _places() -> tuple[Path, ...]:
    return (Path("/usr/lib"), *Path("/usr/lib").glob("*-linux-gnu*"))


def _login_uid() -> tuple[int, ...]:
    uid = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    return () if uid == 2**32 - 1 else (uid,)
