"""Which groups one protocol version takes, found by the same shrinking offer as its suites.

A hello can leave out a suite and a group at once. When such a hello is refused, nobody knows which
of the two was missed: one more hello, with every group again, tells.
"""

from dataclasses import dataclass, field
from typing import Literal

from scanners.tls.hello import GROUPS, GROUPS_TLS1_3
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

Order = Literal["server", "client"]
_CERTIFIED = (23, 24, 25)
"""Curves that an ECDSA certificate is likely to be on: leaving its curve out of a hello of TLS 1.2
would forbid the certificate too (RFC 8422, section 5.1)."""


def groups_for(protocol: Protocol) -> tuple[int, ...]:
    """Every group that may be offered in ``protocol``."""
    return GROUPS_TLS1_3 if protocol is Protocol.TLS1_3 else GROUPS


@dataclass
class GroupSearch:
    """How far the search for the groups of one version has come."""

    protocol: Protocol
    found: list[int] = field(default_factory=list)
    """In the order in which the server chose them."""
    done: bool = False
    incomplete: Reason | None = None
    preference: Order | None = None
    keeps: bool = False
    """The certificate is of ECDSA: its curve has to stay in the offer."""
    _kept_in_vain: bool = False

    def left(self) -> list[int]:
        """What to offer next: what was not chosen yet, then what has to stay."""
        fresh = [code for code in groups_for(self.protocol) if code not in self.found]
        return fresh + self._kept()

    def _kept(self) -> list[int]:
        if not self.keeps or self._kept_in_vain or self.protocol is Protocol.TLS1_3:
            return []
        return [code for code in self.found if code in _CERTIFIED]

    def take(self, code: int) -> None:
        """Note the group that the server chose from :meth:`left`.

        Where one that was kept is chosen again, the server does not know the others, or likes them
        less. It is left out from then on: if nothing is accepted without it either, no client can
        ever get one of the others.
        """
        if code not in self.found:
            self.found.append(code)
        elif code in self._kept():
            self._kept_in_vain = True
        else:
            self.give_up(Reason.MALFORMED_ANSWER)

    def give_up(self, reason: Reason) -> None:
        """Note that the list may be too short."""
        self.done = True
        self.incomplete = self.incomplete or reason

    def backwards(self) -> list[int]:
        """The groups found, the last one first."""
        return self.found[::-1]

    def judge_backwards(self, chosen: int | None) -> None:
        """Note what the server chose from :meth:`backwards`."""
        if chosen is not None and len(self.found) > 1:
            if chosen == self.found[0]:
                self.preference = "server"
            elif chosen == self.found[-1]:
                self.preference = "client"
