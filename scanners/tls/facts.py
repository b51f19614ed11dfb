"""What a survey finds out about one protocol version of one endpoint."""

from dataclasses import dataclass, field
from typing import Literal

from scanners.tls.groups import GroupSearch, Order
from scanners.tls.messages import KeyExchange
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

State = Literal["accepted", "refused", "inconclusive"]
_USUAL_TLS1_3 = {0x1301, 0x1302, 0x1303}


@dataclass
class ProtocolFacts:
    """What was found out about one protocol version."""

    protocol: Protocol
    state: State = "inconclusive"
    reason: Reason = Reason.OBSERVED
    suites: list[int] = field(default_factory=list)
    ordered: bool = True
    """The suites stand in the order in which the server chose them, out of one offer."""
    incomplete: Reason | None = None
    """Why the list of suites may be too short."""
    preference: Order | None = None
    exchanges: list[KeyExchange] = field(default_factory=list)
    groups: GroupSearch | None = None
    """In TLS 1.2 and 1.3; None below them, and where no group was ever chosen."""
    speaks_tls: bool = False
    alert: int | None = None
    """The alert that refused the version."""
    dies_of_finite: bool = False
    """Suites of finite fields were hung up on, and the others answered."""

    @property
    def all_usual_found(self) -> bool:
        """TLS 1.3 has three suites that are in use: after them a refusal is to be expected."""
        return self.protocol is Protocol.TLS1_3 and set(self.suites) >= _USUAL_TLS1_3
