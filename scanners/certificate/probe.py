"""The certificate probe: which chain one endpoint shows for each name. It never judges.

Observation ``certificate.chain``, about ``zone/address:port/tcp`` (no name was sent) or
``...#name``:

- ``asked_name``: the name sent, or null. ``protocol``: the version in which the chain came.
- ``restricted_to``: null, or the kind of key (``RSA``, ``ECDSA``, ``EdDSA``) that alone was
  offered: a server with certificates of several kinds has one observation of each, about the same
  subject.
- ``chain``: the facts of each certificate as sent (see :mod:`scanners.certificate.facts`), the
  server's own first. Empty where none came: ``problem`` then says why (a reason code) and ``alert``
  holds the server's alert.
- ``verification``: store name -> ``trusted``, and ``problem`` in words where it is not.
- ``publicly_rooted``: leads to a root of Mozilla's programme. ``ordered``, ``complete`` (null where
  a certificate is malformed), ``missing_issuer``, ``extra`` (how many certificates lead nowhere).
- ``name_matches``: a subject alternative name covers the name; null when no name was sent.
- ``asks_client``: the server asks for a client certificate.
- ``path``: subjects along the way up that was judged, and ``path_faults`` on it (see
  :mod:`scanners.certificate.constraints`); empty where the server's own certificate is malformed.
- What came beside the chain: see :mod:`scanners.certificate.status`.

The DER of each certificate, the stapled OCSP response, the list of SCTs in the TLS extension and
the transcript are evidence.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509

from scanners.base import Dialer, Endpoint
from scanners.certificate.constraints import path_faults
from scanners.certificate.facts import certificate_facts, load_strictly
from scanners.certificate.families import KeyFamily, family_of
from scanners.certificate.fetch import ChainFetcher, SentChain
from scanners.certificate.names import names_match
from scanners.certificate.ocsp import OCSP_TYPE
from scanners.certificate.sct import Shown
from scanners.certificate.status import NOTHING as NO_STATUS
from scanners.certificate.status import status_data
from scanners.certificate.trust import MOZILLA, TrustStores
from scanners.certificate.verify import Path, Trust, find_path, trust_in
from scanners.tls.exchange import TRANSCRIPT_TYPE
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.probe import sni_of
from secaudit.core.canonical import sha256_hex
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

if TYPE_CHECKING:
    from scanners.certificate.revocation import Lookup

KIND = "certificate.chain"
CERTIFICATE_TYPE = "application/pkix-cert"
TIMESTAMPS_TYPE = "application/octet-stream"
_DEFAULT = TlsSettings()
_TO_FETCH_A_STAPLE = 1.0
"""Seconds."""
_LONGEST_CHAIN = 50
"""Certificates of one chain that are looked at; the rest are counted."""


async def probe_certificates(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    trust: TrustStores,
    at: datetime,
    settings: TlsSettings = _DEFAULT,
    lookup: "Lookup | None" = None,
    families: frozenset[KeyFamily] = frozenset(),
) -> list[Observation]:
    """Ask once without a name and once for each of the endpoint's names. ``at`` is now.

    With ``lookup`` it is also asked whether the certificates are revoked. ``families`` are the
    kinds of keys that the server is known to have: what it did not show by itself is asked for,
    one connection each. Raises ScopeRefusedError alone.
    """
    meter = Meter(settings)
    asking = _Asking(endpoint, evidence, trust, at, lookup)
    for name in (None, *dict.fromkeys(endpoint.names)):
        fetcher = ChainFetcher(endpoint, dialer, meter)
        shown_name = sni_of((name,)) if name else None
        sent = await _fetch(fetcher, shown_name)
        usual = await asking.keep(sent, fetcher, name)
        if not usual["chain"]:
            continue
        shown = {usual["chain"][0]["sha256"]}
        for family in sorted(families - {family_of(usual["chain"][0])}):
            fetcher = ChainFetcher(endpoint, dialer, meter)
            sent = await fetcher.fetch_of(family, shown_name)
            # What is not there as a whole chain was announced by another means than by itself.
            if sent.certificates and sha256_hex(sent.certificates[0]) not in shown:
                shown.add(sha256_hex(sent.certificates[0]))
                await asking.keep(sent, fetcher, name, family.value)
    return asking.observations + asking.answered


@dataclass
class _Asking:
    """What was observed of one endpoint, chain by chain."""

    endpoint: Endpoint
    evidence: EvidenceSink
    trust: TrustStores
    at: datetime
    lookup: "Lookup | None"
    observations: list[Observation] = field(default_factory=list)
    answered: list[Observation] = field(default_factory=list)
    _judged: dict[SentChain, dict[str, Any]] = field(default_factory=dict)

    async def keep(
        self, sent: SentChain, fetcher: ChainFetcher, name: str | None, family: str | None = None
    ) -> Mapping[str, Any]:
        """Tell what was sent, and ask about its revocation where that is permitted."""
        if sent.certificates and sent not in self._judged:
            self._judged[sent] = sent_data(sent, self.trust, self.at)
        data = self._judged.get(sent, _NOTHING) | _circumstances(sent, name, family)
        if name is not None and data["chain"]:
            data["name_matches"] = names_match(data["chain"][0], name)
        digests = (
            *_keep(sent, self.evidence),
            self.evidence.put(fetcher.transcript.content(), TRANSCRIPT_TYPE),
        )
        subject = self.endpoint.subject.named(name)
        self.observations.append(Observation(KIND, subject, self.at, data, digests))
        if self.lookup is not None and _trusted(data):
            path = path_of(sent, self.trust, self.at)
            facts, digests = await self.lookup.look_up(path, self.at)
            answer = facts | {"asked_name": name}
            self.answered.append(Observation(self.lookup.kind, subject, self.at, answer, digests))
        return data


def _trusted(data: Mapping[str, Any]) -> bool:
    return any(verdict["trusted"] for verdict in data["verification"].values())


def path_of(sent: SentChain, trust: TrustStores, at: datetime) -> tuple[x509.Certificate, ...]:
    """The path of a chain that leads to a known root; empty where it does not."""
    parsed = [item for der in sent.certificates[:_LONGEST_CHAIN] if (item := load_strictly(der))]
    verdicts = (trust_in(parsed, roots, at) for roots in trust.stores)
    return next((verdict.path for verdict in verdicts if verdict.problem is None), ())


async def _fetch(fetcher: ChainFetcher, name: str | None) -> SentChain:
    """Fetch a chain, and once more where an obligatory staple is missing.

    Some servers (nginx) begin to fetch their OCSP response when they are first asked for it: they
    are given a moment.
    """
    sent = await fetcher.fetch(name)
    if not sent.certificates or not sent.asked_status or sent.staple is not None:
        return sent
    if not certificate_facts(sent.certificates[0])["must_staple"]:
        return sent
    await asyncio.sleep(_TO_FETCH_A_STAPLE)
    again = await fetcher.fetch(name)
    return again if again.certificates else sent


def _keep(sent: SentChain, evidence: EvidenceSink) -> list[str]:
    kept = [
        evidence.put(der, CERTIFICATE_TYPE)
        for der in dict.fromkeys(sent.certificates[:_LONGEST_CHAIN])
    ]
    if sent.staple is not None:
        kept.append(evidence.put(sent.staple, OCSP_TYPE))
    if sent.timestamps is not None:
        kept.append(evidence.put(sent.timestamps, TIMESTAMPS_TYPE))
    return kept


_NOTHING: dict[str, Any] = {
    "chain": [],
    "length": 0,
    "verification": {},
    "publicly_rooted": None,
    "ordered": None,
    "complete": None,
    "missing_issuer": None,
    "extra": 0,
    "path": [],
    "path_faults": [],
} | NO_STATUS


def _circumstances(sent: SentChain, name: str | None, family: str | None) -> dict[str, Any]:
    problem = None if sent.certificates else (sent.reason or Reason.NO_OBSERVATION).value
    return {
        "asked_name": name,
        "restricted_to": family,
        "protocol": None if sent.protocol is None else sent.protocol.value,
        "problem": problem,
        "alert": sent.alert,
        "asks_client": sent.asks_client,
        "name_matches": None,
    }


def sent_data(sent: SentChain, trust: TrustStores, at: datetime) -> dict[str, Any]:
    """Return all that can be told from what was sent, as JSON values: it may be told again later.

    Only for a chain in which there is a certificate.
    """
    kept = sent.certificates[:_LONGEST_CHAIN]
    facts = [certificate_facts(der) for der in kept]
    data = _NOTHING | {"chain": facts, "length": len(sent.certificates)}
    if facts[0]["malformed"] is not None:
        return data | status_data(sent, Shown(None, ()), trust, at)
    parsed = [
        certificate
        for der, fact in zip(kept, facts, strict=True)
        if fact["malformed"] is None and (certificate := load_strictly(der)) is not None
    ]
    relations, path = _relations(parsed, len(kept), trust, at)
    shown = Shown(path[0], path[1:2])
    return data | relations | status_data(sent, shown, trust, at)


def chain_data(chain: Sequence[bytes], trust: TrustStores, at: datetime) -> dict[str, Any]:
    """Return what can be told from certificates that came with nothing beside them."""
    return sent_data(SentChain(tuple(chain)), trust, at)


def _relations(
    sent: Sequence[x509.Certificate], length: int, trust: TrustStores, at: datetime
) -> tuple[dict[str, Any], tuple[x509.Certificate, ...]]:
    path = find_path(sent, trust.stores)
    verdicts = {roots.name: trust_in(sent, roots, at) for roots in trust.stores}
    trusted = [verdict for verdict in verdicts.values() if verdict.problem is None]
    whole = len(sent) == length
    complete = path.complete or bool(trusted)
    way = _way(sent, path, trusted)
    anchored = bool(trusted) or path.root is not None
    public = verdicts.get(MOZILLA)
    relations = {
        "verification": {
            name: {"trusted": verdict.problem is None, "problem": verdict.problem}
            for name, verdict in verdicts.items()
        },
        "publicly_rooted": public is not None and public.problem is None,
        "ordered": path.ordered() if whole else None,
        "complete": True if complete else (False if whole else None),
        "missing_issuer": None if complete else path.missing_issuer,
        "extra": len(sent) - len(path.indexes),
        "path": [item.subject.rfc4514_string()[:300] for item in way],
        "path_faults": list(path_faults(way, anchored=anchored)),
    }
    return relations, way


def _way(
    sent: Sequence[x509.Certificate], path: Path, trusted: Sequence[Trust]
) -> tuple[x509.Certificate, ...]:
    """The way up that is judged: that of the first store that trusts it, else what was sent."""
    if trusted:
        return trusted[0].path
    climbed = tuple(sent[index] for index in path.indexes)
    return climbed if path.root is None else (*climbed, path.root)
