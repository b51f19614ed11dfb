"""The line by which an SSH server introduces itself (RFC 4253, section 4.2)."""

import re
from dataclasses import dataclass

from secaudit.text.escape import visible_bytes

LONGEST_LINE = 8192
"""RFC 4253 says 255, and OpenSSH's client reads as much as this."""
_SHOWN = 255
LATEST_LINE = 64
"""Lines that may come before it. RFC 4253 sets no bound; OpenSSH's client reads 1,024."""
LONGEST_PREFACE = 16 * 1024
_LINE = re.compile(rb"SSH-(?P<protocol>\d{1,3}\.\d{1,3})-(?P<software>[^ ]*)(?: (?P<comment>.*))?")
_PRODUCTS = (
    ("OpenSSH", re.compile(r"OpenSSH_(\d+(?:\.\d+)*(?:p\d+)?)")),
    ("Dropbear", re.compile(r"dropbear(?:_(\d+\.\d+))?")),
    ("libssh", re.compile(r"libssh[_-](\d+(?:\.\d+)*)")),
    ("AsyncSSH", re.compile(r"AsyncSSH_(\d+(?:\.\d+)*)")),
    ("Paramiko", re.compile(r"paramiko_(\d+(?:\.\d+)*)")),
    ("Cisco", re.compile(r"Cisco-(\d+(?:\.\d+)*)")),
    ("ROSSSH", re.compile(r"ROSSSH()")),
    ("Go", re.compile(r"Go()$")),
)


@dataclass(frozen=True)
class Identification:
    """A server's identification: ``line`` as it goes into the exchange hash, and what it says."""

    line: bytes
    protocol: str
    software: str
    comment: str
    preceded_by: int = 0
    """Lines that the server sent before."""

    @property
    def speaks_2(self) -> bool:
        """``2.0``, or ``1.99`` from a server that knows the old protocol too."""
        return self.protocol in ("2.0", "1.99")

    @property
    def announces_1(self) -> bool:
        """The server says that it speaks protocol 1."""
        return self.protocol.startswith("1.")

    @property
    def product(self) -> str:
        """The name of the software as people write it; empty for one that we do not know."""
        return next((name for name, pattern in _PRODUCTS if pattern.match(self.software)), "")

    @property
    def version(self) -> str:
        """The version of a product that we know; empty where it does not tell."""
        for _name, pattern in _PRODUCTS:
            match = pattern.match(self.software)
            if match is not None:
                return match[1] or ""
        return ""


def parse_identification(line: bytes, preceded_by: int = 0) -> Identification | None:
    """Read a line without its end; None for a line that is no identification.

    RFC 4253 wants printable US-ASCII; some servers break that in the comment.
    """
    if len(line) > LONGEST_LINE:
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    return Identification(
        line,
        match["protocol"].decode("ascii"),
        visible_bytes(match["software"], _SHOWN),
        visible_bytes(match["comment"] or b"", _SHOWN),
        preceded_by,
    )
