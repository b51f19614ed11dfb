"""What is known about an endpoint before anything is sent: its versions and suites."""

from collections.abc import Callable
from dataclasses import dataclass

from scanners.tls.session import SESSION_PROTOCOLS, session_suites
from scanners.tls.suites import Suite, suites_by_name
from scanners.tls.version import Protocol
from secaudit.core.observation import Observation
from secaudit.core.vocabulary import Reason

OLD = (Protocol.TLS1_2, Protocol.TLS1_1, Protocol.TLS1_0, Protocol.SSL3)
"""Every version but TLS 1.3, the newest first."""
OLD_TLS = (Protocol.TLS1_2, Protocol.TLS1_1, Protocol.TLS1_0)


@dataclass(frozen=True)
class Ground:
    """Reads a ``tls.endpoint`` observation. Pure."""

    endpoint: Observation

    def accepts(self, protocol: Protocol) -> bool:
        """The version is spoken."""
        return bool(self.endpoint.data["protocols"].get(protocol.value) == "accepted")

    def suites(self, protocol: Protocol) -> list[Suite]:
        """The suites accepted in a version, in the observation's order."""
        table = suites_by_name()
        names = self.endpoint.data["suites"].get(protocol.value, ())
        return [table[name] for name in names if name in table]

    def accepted(
        self, wanted: Callable[[Suite], bool], among: tuple[Protocol, ...] = OLD
    ) -> dict[str, list[str]]:
        """Version -> names of the accepted suites that are ``wanted``; only versions with some."""
        found = {
            protocol.value: [suite.name for suite in self.suites(protocol) if wanted(suite)]
            for protocol in among
        }
        return {protocol: names for protocol, names in found.items() if names}

    def doubt(self, among: tuple[Protocol, ...] = OLD) -> Reason | None:
        """Why a version or a suite among these may have been missed; None where none may."""
        data = self.endpoint.data
        for protocol in among:
            state = data["protocols"].get(protocol.value, "inconclusive")
            if state == "inconclusive":
                return Reason(data["reasons"].get(protocol.value, Reason.NO_OBSERVATION))
            if protocol.value in data["incomplete"]:
                return Reason(data["incomplete"][protocol.value])
        return None

    def session(
        self, wanted: Callable[[Suite], bool] = lambda _: True
    ) -> tuple[Protocol, tuple[int, ...]] | None:
        """The newest version before TLS 1.3 and its wanted suites that a session can speak."""
        for protocol in SESSION_PROTOCOLS:
            speakable = set(session_suites(protocol))
            suites = tuple(
                suite.code
                for suite in self.suites(protocol)
                if suite.code in speakable and wanted(suite)
            )
            if suites:
                return protocol, suites
        return None
