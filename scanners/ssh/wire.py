"""The data types of SSH (RFC 4251, section 5): bounded, strict about lengths."""

import re

from scanners.tls.wire import MalformedError, Reader

LONGEST_NAME = 64
"""RFC 4251, section 6: names of algorithms are not longer."""
_MOST_NAMES = 256
_NAME = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}")


class SshReader(Reader):
    """Walks through a payload that a peer sent; whatever is wrong raises MalformedError."""

    __slots__ = ()

    def string(self) -> bytes:
        """Return a ``string``: bytes with their length before them."""
        return self.vector(4)

    def text(self) -> str:
        """Return a ``string`` that must be printable US-ASCII, such as the name of an algorithm."""
        content = self.string()
        if not all(0x20 <= byte < 0x7F for byte in content):
            raise MalformedError("a name is not printable")
        return content.decode("ascii")

    def names(self) -> tuple[str, ...]:
        """Return a ``name-list``, each name once, in the order in which it came."""
        content = self.text()
        names = content.split(",") if content else []
        if len(names) > _MOST_NAMES:
            raise MalformedError("a list of names is too long")
        if not all(_NAME.fullmatch(name) for name in names):
            raise MalformedError("a name is empty or too long")
        return tuple(dict.fromkeys(names))

    def mpint(self) -> int:
        """Return an ``mpint``; a negative one raises MalformedError, as none here may be."""
        content = self.string()
        if content and content[0] & 0x80:
            raise MalformedError("a negative number")
        return int.from_bytes(content)


def string(content: bytes) -> bytes:
    """Write a ``string``."""
    return len(content).to_bytes(4) + content


def name_list(names: tuple[str, ...]) -> bytes:
    """Write a ``name-list``."""
    return string(",".join(names).encode("ascii"))


def mpint(number: int) -> bytes:
    """Write a number that is not negative as an ``mpint``."""
    return string(number.to_bytes(number.bit_length() // 8 + 1) if number else b"")


def uint32(number: int) -> bytes:
    """Write a ``uint32``."""
    return number.to_bytes(4)
