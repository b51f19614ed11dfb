"""The certificate probe: which chain one endpoint shows for each name. It never judges.

Observation ``certificate.chain``, about ``zone/address:port/tcp`` (no name was sent) or
``...#name``:

- ``asked_name``: the name sent, or null. ``protocol``: the version in which the chain came.
- ``chain``: the facts of each certificate as sent (see :mod:`scanners.certificate.facts`), the
  server's own first. Empty where none came: ``problem`` then says why (a reason code) and ``alert``
  holds the server's alert.
- ``verification``: store name -> ``trusted``, and ``problem`` in words where it is not.
- ``publicly_rooted``: leads to a root of Mozilla's programme. ``ordered``, ``complete`` (null where
  a certificate is malformed), ``missing_issuer``, ``extra`` (how many certificates lead nowhere).
- ``name_matches``: a subject alternative name covers the name; null when no name was sent.
- ``asks_client``: the server asks for a client certificate.

The DER of each certificate is evidence; where none came, the transcript is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509

from scanners.base import Dialer, Endpoint
from scanners.certificate.facts import certificate_facts, load_strictly
from scanners.certificate.fetch import ChainFetcher, SentChain
from scanners.certificate.names import names_match
from scanners.certificate.trust import MOZILLA, TrustStores
from scanners.certificate.verify import find_path, trust_problem
from scanners.tls.exchange import TRANSCRIPT_TYPE
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.probe import sni_of
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

KIND = "certificate.chain"
CERTIFICATE_TYPE = "application/pkix-cert"
_DEFAULT = TlsSettings()
_LONGEST_CHAIN = 50
"""Certificates of one chain that are looked at; the rest are counted."""


async def probe_certificates(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    trust: TrustStores,
    at: datetime,
    settings: TlsSettings = _DEFAULT,
) -> list[Observation]:
    """Ask once without a name and once for each of the endpoint's names. ``at`` is now.

    Raises ScopeRefusedError alone.
    """
    meter = Meter(settings)
    judged: dict[tuple[bytes, ...], dict[str, Any]] = {}
    observations = []
    for name in (None, *dict.fromkeys(endpoint.names)):
        fetcher = ChainFetcher(endpoint, dialer, meter)
        sent = await fetcher.fetch(sni_of((name,)) if name else None)
        if sent.certificates:
            kept = sent.certificates[:_LONGEST_CHAIN]
            digests = tuple(evidence.put(der, CERTIFICATE_TYPE) for der in dict.fromkeys(kept))
            if sent.certificates not in judged:
                judged[sent.certificates] = chain_data(sent.certificates, trust, at)
            data = judged[sent.certificates]
        else:
            digests = (evidence.put(fetcher.transcript.content(), TRANSCRIPT_TYPE),)
            data = _NOTHING
        data = data | _circumstances(sent, name)
        if name is not None and data["chain"]:
            data["name_matches"] = names_match(data["chain"][0], name)
        observations.append(Observation(KIND, endpoint.subject.named(name), at, data, digests))
    return observations


_NOTHING: dict[str, Any] = {
    "chain": [],
    "length": 0,
    "verification": {},
    "publicly_rooted": None,
    "ordered": None,
    "complete": None,
    "missing_issuer": None,
    "extra": 0,
}


def _circumstances(sent: SentChain, name: str | None) -> dict[str, Any]:
    problem = None if sent.certificates else (sent.reason or Reason.NO_OBSERVATION).value
    return {
        "asked_name": name,
        "protocol": None if sent.protocol is None else sent.protocol.value,
        "problem": problem,
        "alert": sent.alert,
        "asks_client": sent.asks_client,
        "name_matches": None,
    }


def chain_data(chain: Sequence[bytes], trust: TrustStores, at: datetime) -> dict[str, Any]:
    """Return all that can be told from the certificates alone, as JSON values."""
    kept = chain[:_LONGEST_CHAIN]
    facts = [certificate_facts(der) for der in kept]
    data = _NOTHING | {"chain": facts, "length": len(chain)}
    if facts[0]["malformed"] is not None:
        return data
    parsed = [
        (index, certificate)
        for index, (der, fact) in enumerate(zip(kept, facts, strict=True))
        if fact["malformed"] is None and (certificate := load_strictly(der)) is not None
    ]
    return data | _relations([certificate for _, certificate in parsed], len(kept), trust, at)


def _relations(
    sent: Sequence[x509.Certificate], length: int, trust: TrustStores, at: datetime
) -> dict[str, Any]:
    path = find_path(sent, trust.stores)
    verification = {}
    for roots in trust.stores:
        problem = trust_problem(sent, roots, at)
        verification[roots.name] = {"trusted": problem is None, "problem": problem}
    trusted = any(verdict["trusted"] for verdict in verification.values())
    whole = len(sent) == length
    complete = path.complete or trusted
    return {
        "verification": verification,
        "publicly_rooted": bool(verification.get(MOZILLA, {}).get("trusted", False)),
        "ordered": path.ordered() if whole else None,
        "complete": True if complete else (False if whole else None),
        "missing_issuer": None if complete else path.missing_issuer,
        "extra": len(sent) - len(path.indexes),
    }
