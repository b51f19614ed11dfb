"""Which account of the operating system acts: what the kernel knows, not what a variable says.

The name is asserted and not proved: whoever administers the machine can act as anybody.
"""

import os
import pwd
from pathlib import Path

_LOGIN_UID = Path("/proc/self/loginuid")
_NO_LOGIN = 2**32 - 1
"""What the kernel shows for a process that nobody logged in for (proc(5): ``(uid_t) -1``)."""


def account_of_process(login_uid: Path = _LOGIN_UID) -> str:
    """Name the account that acts.

    That is the one that logged in, where the kernel keeps it: with ``sudo -u secaudit`` several
    people share an account, and their logins tell them apart. Else, as for a systemd unit, it is
    the one that the process runs as: ``uid-1234`` where that has no name.
    """
    logged_in = _logged_in(login_uid)
    name = None if logged_in is None else _name(logged_in)
    own = os.getuid()
    return name or _name(own) or f"uid-{own}"


def _logged_in(path: Path) -> int | None:
    try:
        uid = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if uid == _NO_LOGIN else uid


def _name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
