"""Reading the binary structures of TLS (RFC 8446, section 3): bounded, strict about lengths."""

from scanners.base import ProbeError
from secaudit.core.vocabulary import Reason


class MalformedError(ProbeError):
    """The peer's bytes are not what the protocol says. The one error of all parsers here."""

    def __init__(self, message: str) -> None:
        super().__init__(Reason.MALFORMED_ANSWER, message)


class Reader:
    """Walks through bytes that a peer sent; whatever is too short raises MalformedError."""

    __slots__ = ("_at", "_content")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        end = self._at + count
        if end > len(self._content):
            raise MalformedError("a structure ends before its declared length")
        piece = self._content[self._at : end]
        self._at = end
        return piece

    def number(self, width: int) -> int:
        """Return the next ``width`` bytes as an unsigned integer."""
        # Not by way of take: a hello has dozens of these.
        start, self._at = self._at, self._at + width
        if self._at > len(self._content):
            raise MalformedError("a structure ends before its declared length")
        return int.from_bytes(self._content[start : self._at])

    def vector(self, width: int) -> bytes:
        """Return a vector whose length stands before it in ``width`` bytes."""
        return self.take(self.number(width))

    @property
    def left(self) -> int:
        """How many bytes are unread."""
        return len(self._content) - self._at

    def expect_end(self) -> None:
        """Raise MalformedError when bytes are left over."""
        if self.left:
            raise MalformedError("bytes follow after the end of a structure")


def vector(width: int, content: bytes) -> bytes:
    """Write a vector: its length in ``width`` bytes, then ``content``."""
    return len(content).to_bytes(width) + content
