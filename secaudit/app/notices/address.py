"""The address of a channel is a secret: where it is read from, and what is never said of it."""

import os
import stat
from pathlib import Path

from secaudit.app.notices.settings import SECRETS_FOLDER, Channel
from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words

VARIABLE = "SECAUDIT_NOTICE_"
_LARGEST = 16 * 1024
_SCHEME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def variable_of(name: str) -> str:
    """The environment variable of a channel."""
    return f"{VARIABLE}{name.upper()}"


def address_of(folder: Path, name: str, channel: Channel) -> str:
    """Read the Apprise address of a channel of the workspace in ``folder``.

    Raises InputError, which never says the address, where it is missing, where others may read
    its file, or where it is not one line that is an address.
    """
    if channel.secret:
        text, source = _read(folder, name, channel.secret), "file"
    else:
        text, source = os.environ.get(variable_of(name), ""), "environment"
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines and source == "environment":
        raise InputError(
            "channel {channel} has no address",
            hint="write it to a file in the folder {folder} (chmod 600) and name that file in"
            " secaudit.yaml (notices.channels.{channel}.secret), or set {variable}",
            channel=name,
            folder=SECRETS_FOLDER,
            variable=variable_of(name),
        )
    if len(lines) != 1 or service_of(lines[0]) == "":
        raise InputError(
            "the address of channel {channel} is not one line such as json://HOST/PATH",
            hint="one address for each channel, as Apprise writes them; lines with # are remarks",
            channel=name,
        )
    return lines[0]


def service_of(address: str) -> str:
    """The kind of service, such as ``mailtos``; empty where the text is no address."""
    scheme, mark, rest = address.partition("://")
    fits = bool(mark and rest and scheme) and _SCHEME_LETTERS.issuperset(scheme.lower())
    return scheme.lower() if fits and address.isprintable() else ""


def _read(folder: Path, name: str, secret: str) -> str:
    path = folder / SECRETS_FOLDER / secret
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(
            "the address of channel {channel} cannot be read from {path}: {why}",
            hint="write it there, and close it: chmod 600 {path}",
            channel=name,
            path=path,
            why=os_words(error),
        ) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            raise InputError(
                "{path} of channel {channel} is not a small plain file", channel=name, path=path
            )
        if found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), 0):
            raise InputError(
                "other accounts may read the address of channel {channel}: {path}",
                hint="close it: chmod 600 {path}; it must belong to the account that runs secaudit",
                channel=name,
                path=path,
            )
        return os.read(descriptor, _LARGEST).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
