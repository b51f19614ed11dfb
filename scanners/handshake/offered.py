"""Application protocols (ALPN): the offer shrinks along with whatever hellos are sent anyway."""

from scanners.handshake.extensions import ALPN_NAMES

NO_APPLICATION_PROTOCOL = 120


class OfferedNames:
    """Which protocols the server chose so far, and what it does about names it does not know."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.left = list(ALPN_NAMES)
        self.done = False
        self.unknown: str | None = None
        """``ignored`` or ``refused``: what became of an offer of nothing that the server knows."""

    def note(self, chosen: str | None) -> None:
        """Take the answer to an offer of :attr:`left`: a name, or none."""
        if self.done:
            return
        if chosen is None:
            self._end("ignored")
        elif chosen in self.left:
            self.found.append(chosen)
            self.left.remove(chosen)
        elif chosen not in self.found:
            self.done = True  # a name that was never offered: nothing more can be learned

    def refuse(self) -> None:
        """Take the alert ``no_application_protocol``."""
        self._end("refused")

    def _end(self, unknown: str) -> None:
        self.done = True
        self.unknown = self.unknown or unknown
