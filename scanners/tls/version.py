"""The protocol versions and how each is written on the wire."""

from enum import StrEnum


class Protocol(StrEnum):
    """A protocol version by the name that observations use."""

    SSL3 = "SSL 3.0"
    TLS1_0 = "TLS 1.0"
    TLS1_1 = "TLS 1.1"
    TLS1_2 = "TLS 1.2"
    TLS1_3 = "TLS 1.3"

    @property
    def code(self) -> int:
        """The two bytes on the wire: 0x0300 to 0x0304."""
        return _CODES[self]


_CODES = {protocol: 0x0300 + index for index, protocol in enumerate(Protocol)}
_BY_CODE = {code: protocol for protocol, code in _CODES.items()}


def protocol_of(code: int) -> Protocol | None:
    """The version that two bytes on the wire name."""
    return _BY_CODE.get(code)
