"""Asking whether certificates are revoked, where the authorisation permits it.

Observation ``certificate.revocation``, about the same subject as its ``certificate.chain``:

- ``asked_name``; ``certificates``: for each certificate of the path below its root (the server's
  own first): ``subject``, ``sha256``, ``status`` (``good``, ``revoked``, or null where no source
  decided it) and ``sources``.
- a source: ``kind`` (``ocsp``, ``crl``), ``url``, ``address``, ``http_status``, ``problem`` (a
  reason code where nothing came) and ``says`` (the facts of :mod:`scanners.certificate.ocsp` or
  :mod:`scanners.certificate.crl`), ``sound``: signed, about this certificate, and in date.

Only a path that leads to a known root is asked about: an address in any other certificate was put
there by whoever made it, and what is answered there proves nothing. The raw answers are evidence.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, ClassVar, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from scanners.base import Dialer
from scanners.certificate import crl as crl_room
from scanners.certificate import ocsp as ocsp_room
from scanners.certificate.facts import certificate_facts
from scanners.certificate.retrieval import Resolver, Retrieved, Retriever, system_addresses
from secaudit.core.instant import parse_instant
from secaudit.core.observation import EvidenceSink
from secaudit.core.vocabulary import Reason

KIND = "certificate.revocation"
_REQUEST_TYPE = "application/ocsp-request"
_MOST_CERTIFICATES = 4
_MOST_SOURCES = 2
"""Addresses of one kind that are tried for one certificate."""
_MOST_KEPT = 32 * 2**20
"""Bytes of answers that one scan keeps for certificates seen again."""
CLOCKS = timedelta(minutes=5)
"""How far two clocks may differ."""
Kind = Literal["ocsp", "crl"]


@dataclass
class Answers:
    """What the responders of one scan have answered: each question is asked once."""

    resolver: Resolver = system_addresses
    _kept: dict[bytes, Retrieved] = field(default_factory=dict)
    _locks: dict[bytes, asyncio.Lock] = field(default_factory=dict)
    _size: int = 0

    async def ask(self, dialer: Dialer, kind: Kind, url: str, question: bytes) -> Retrieved:
        """Return the answer to a question, from before where there is one."""
        key = sha256(f"{kind} {url} ".encode("utf-8", "replace") + question).digest()
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._kept:
                return self._kept[key]
            retriever = Retriever(dialer, self.resolver)
            if kind == "ocsp":
                answer = await retriever.post(url, question, _REQUEST_TYPE, ocsp_room.LARGEST)
            else:
                answer = await retriever.get(url, crl_room.LARGEST)
            size = len(answer.content or b"")
            if self._size + size <= _MOST_KEPT:
                self._kept[key] = answer
                self._size += size
            return answer


@dataclass(frozen=True)
class Lookup:
    """Looks up one path's certificates."""

    kind: ClassVar[str] = KIND

    dialer: Dialer
    answers: Answers
    evidence: EvidenceSink

    async def look_up(
        self, path: Sequence[x509.Certificate], at: datetime
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the observation's ``certificates``, and the evidence.

        ``path`` leads from the server's certificate to a known root.
        """
        found: list[dict[str, Any]] = []
        digests: list[str] = []
        for certificate, issuer in list(pairwise(path))[:_MOST_CERTIFICATES]:
            sources: list[dict[str, Any]] = []
            for kind, url in _places(certificate):
                if any(source["sound"] for source in sources) or _enough(sources, kind):
                    continue
                source, digest = await self._ask(kind, url, certificate, issuer, at)
                sources.append(source)
                digests += digest
            sound = [source["says"]["status"] for source in sources if source["sound"]]
            facts = certificate_facts(certificate.public_bytes(Encoding.DER))
            found.append(
                {
                    "subject": facts["subject"],
                    "sha256": facts["sha256"],
                    "status": sound[0] if sound else None,
                    "sources": sources,
                }
            )
        return {"certificates": found}, tuple(dict.fromkeys(digests))

    async def _ask(
        self,
        kind: Kind,
        url: str,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        at: datetime,
    ) -> tuple[dict[str, Any], list[str]]:
        question = _question(certificate, issuer) if kind == "ocsp" else b""
        if question is None:
            answer = Retrieved(problem=Reason.PROBE_FAILED)
        else:
            answer = await self.answers.ask(self.dialer, kind, url, question)
        source: dict[str, Any] = {
            "kind": kind,
            "url": url,
            "address": answer.address,
            "http_status": answer.status,
            "problem": None if answer.problem is None else answer.problem.value,
            "says": None,
            "sound": False,
        }
        if answer.content is None:
            return source, []
        if kind == "ocsp":
            says = ocsp_room.ocsp_facts(answer.content, certificate, (issuer,), at)
            media_type = ocsp_room.OCSP_TYPE
        else:
            says = crl_room.crl_facts(answer.content, certificate, (issuer,), url)
            media_type = crl_room.CRL_TYPE
        decided = says["status"] in ("good", "revoked") and fault_of(says, at) is None
        digest = self.evidence.put(answer.content, media_type)
        return source | {"says": says, "sound": decided}, [digest]


def fault_of(says: dict[str, Any], at: datetime) -> str | None:
    """Say why an OCSP response or a CRL does not count at ``at``; None where it does.

    Codes: ``malformed``, the response status, ``other_certificate``, ``signature``,
    ``unauthorised``, ``unverifiable``, ``not_yet``, ``stale``.
    """
    if says["malformed"] is not None:
        return "malformed"
    if says.get("response_status", "successful") != "successful":
        return str(says["response_status"])
    if says["signature"] != "valid":
        return "signature" if says["signature"] == "invalid" else str(says["signature"])
    if not says["concerns_certificate"]:
        return "other_certificate"
    if says["this_update"] is None or parse_instant(says["this_update"]) > at + CLOCKS:
        return "not_yet"
    if says["next_update"] is not None and parse_instant(says["next_update"]) < at - CLOCKS:
        return "stale"
    return None


def _places(certificate: x509.Certificate) -> list[tuple[Kind, str]]:
    facts = certificate_facts(certificate.public_bytes(Encoding.DER))
    places: list[tuple[Kind, str]] = [("ocsp", url) for url in facts["ocsp_addresses"]]
    return places + [("crl", url) for url in facts["crl_addresses"]]


def _enough(sources: Sequence[dict[str, Any]], kind: Kind) -> bool:
    return len([source for source in sources if source["kind"] == kind]) >= _MOST_SOURCES


def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes | None:
    """An OCSP request; None for a key that it cannot be made of.

    SHA-1 only points to the issuer, and is what every responder knows.
    """
    try:
        builder = ocsp.OCSPRequestBuilder().add_certificate(
            certificate,
            issuer,
            hashes.SHA1(),  # noqa: S303  (RFC 5019, section 2.1.1)
        )
        return builder.build().public_bytes(Encoding.DER)
    except (ValueError, UnsupportedAlgorithm):
        return None
