"""What was observed about one TLS endpoint, as the rules of a profile ask for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from secaudit.core.observation import Observation
from secaudit.core.subject import AnySubject, Subject

ENDPOINT, HANDSHAKE, CHAIN, HTTP = (
    "tls.endpoint",
    "tls.handshake",
    "certificate.chain",
    "http.response",
)


@dataclass(frozen=True)
class EndpointFacts:
    """One endpoint that speaks TLS. What nobody looked at is empty, and then undecided."""

    subject: AnySubject
    tls: Observation
    handshake: Observation | None = None
    leaves: tuple[Mapping[str, Any], ...] = ()
    """The facts of each server certificate that it showed, once each."""
    pages: tuple[Observation, ...] = ()
    seen: tuple[Observation, ...] = field(default=())
    """All observations that the rules may look at."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The SHA-256 of all raw evidence behind these facts."""
        return tuple(dict.fromkeys(digest for item in self.seen for digest in item.evidence))


def endpoints(observations: Sequence[Observation]) -> list[EndpointFacts]:
    """Gather what was observed of one host, endpoint by endpoint, those that speak TLS alone."""
    found = []
    for tls in observations:
        if tls.kind != ENDPOINT or "accepted" not in tls.data["protocols"].values():
            continue
        mine = [item for item in observations if _endpoint_of(item.subject) == tls.subject]
        handshakes = [item for item in mine if item.kind == HANDSHAKE]
        pages = tuple(item for item in mine if item.kind == HTTP)
        chains = [item for item in mine if item.kind == CHAIN]
        found.append(
            EndpointFacts(
                tls.subject,
                tls,
                handshakes[0] if handshakes else None,
                tuple(_leaves(chains)),
                pages,
                (tls, *handshakes, *chains, *pages),
            )
        )
    return found


def _endpoint_of(subject: AnySubject) -> AnySubject:
    return subject.endpoint if isinstance(subject, Subject) else subject


def _leaves(chains: Iterable[Observation]) -> Iterable[Mapping[str, Any]]:
    seen = set()
    for item in chains:
        for leaf in item.data["chain"][:1]:
            if leaf["sha256"] not in seen:
                seen.add(leaf["sha256"])
                yield leaf
