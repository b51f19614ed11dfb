"""Signature schemes and application protocols, by offers that shrink in both at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scanners.base import ProbeError
from scanners.handshake.current import ModernTalk
from scanners.handshake.extensions import ALPN, alpn, alpn_chosen
from scanners.handshake.facts import Facts, alert_of
from scanners.handshake.offered import NO_APPLICATION_PROTOCOL, OfferedNames
from scanners.tls.exchange import Answer
from scanners.tls.hello import SIGNATURE_ALGORITHMS, Offer
from scanners.tls.modern import open_modern
from scanners.tls.records import AlertError
from scanners.tls.suites import all_suites
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

SCHEME_NAMES: Mapping[int, str] = {
    0x0101: "rsa_pkcs1_md5", 0x0201: "rsa_pkcs1_sha1", 0x0202: "dsa_sha1", 0x0203: "ecdsa_sha1",
    0x0301: "rsa_pkcs1_sha224", 0x0302: "dsa_sha224", 0x0303: "ecdsa_sha224",
    0x0401: "rsa_pkcs1_sha256", 0x0402: "dsa_sha256", 0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384", 0x0502: "dsa_sha384", 0x0503: "ecdsa_secp384r1_sha384",
    0x0601: "rsa_pkcs1_sha512", 0x0602: "dsa_sha512", 0x0603: "ecdsa_secp521r1_sha512",
    0x0708: "sm2sig_sm3", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256", 0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512", 0x0904: "mldsa44", 0x0905: "mldsa65",
    0x0906: "mldsa87", 0x0911: "slhdsa_sha2_128s", 0x0912: "slhdsa_sha2_128f",
}  # fmt: skip
"""IANA "TLS SignatureScheme", and the pairs of hash and signature that TLS 1.2 had."""
_POST_QUANTUM = (0x0904, 0x0905, 0x0906, 0x0911, 0x0912)
SCHEMES = (*_POST_QUANTUM, *SIGNATURE_ALGORITHMS, 0x081A, 0x081B, 0x081C, 0x0708)


def scheme_name(code: int) -> str:
    """The registered name of a scheme, or its number."""
    return SCHEME_NAMES.get(code, f"0x{code:04x}")


SCHEMES_ASKED = "signature schemes:"
"""How the transcript calls these questions, with the number of schemes behind it."""


class SchemeWalk:
    """The schemes of one version, the first of which a whole handshake showed already."""

    def __init__(
        self, facts: Facts, names: OfferedNames, protocol: Protocol, first: int | None
    ) -> None:
        self._facts = facts
        self._names = names
        self._protocol = protocol
        self._found = [first] if first in SCHEMES else []
        self._incomplete: Reason | None = None

    async def run(self, talk: ModernTalk | None = None) -> None:
        """Ask until the server refuses what is left; ``talk`` says how to speak TLS 1.3."""
        left = [code for code in SCHEMES if code not in self._found]
        while left and self._incomplete is None:
            chosen = await self._step(left, talk)
            if chosen is None:
                break
            if chosen not in left:
                self._incomplete = Reason.MALFORMED_ANSWER
                break
            self._found.append(chosen)
            left.remove(chosen)
        self._keep()
        while not self._names.done and self._incomplete is None:
            if await self._step(SCHEMES, talk) is None:
                break

    def _keep(self) -> None:
        data, version = self._facts.data, self._protocol.value
        data["signature_schemes"][version] = [scheme_name(code) for code in self._found]
        if self._incomplete is not None:
            data["schemes_incomplete"][version] = self._incomplete.value

    def _cut_short(self, reason: Reason) -> None:
        """The server did not answer again after it had refused some schemes."""
        self._incomplete = self._incomplete or reason
        self._keep()

    async def _step(self, left: Sequence[int], talk: ModernTalk | None) -> int | None:
        """The scheme chosen out of ``left``; None where the server takes none of them."""
        chosen: list[int | None] = []

        async def ask() -> None:
            chosen.append(
                await (self._ask_legacy(left) if talk is None else self._ask_modern(left, talk))
            )

        with_names = not self._names.done
        error = await self._facts.attempt(ask)
        if alert_of(error) == NO_APPLICATION_PROTOCOL and with_names:
            self._names.refuse()
            error = await self._facts.attempt(ask)
        if error is not None and alert_of(error) is None:
            self._incomplete = error.reason
        elif error is not None:
            self._facts.exchanger.liveness.refused(self._cut_short)
        return chosen[0] if chosen else None

    def _alpn(self) -> dict[int, bytes | None]:
        return {} if self._names.done else {ALPN: alpn(self._names.left)}

    async def _ask_legacy(self, left: Sequence[int]) -> int | None:
        facts = self._facts
        suites = ephemeral_suites(facts.known.suites[self._protocol])
        offer = Offer(self._protocol, suites, facts.name, signatures=left, extensions=self._alpn())
        answer: Answer = await facts.exchanger.ask(
            offer, parameters=True, purpose=f"{SCHEMES_ASKED} {len(left)}"
        )
        if answer.alert is not None:
            raise AlertError(answer.alert)
        if answer.hello is None or answer.reason is not None:
            raise ProbeError(answer.reason or Reason.PROBE_FAILED)
        if not self._names.done:
            self._names.note(alpn_chosen(answer.hello.extensions.get(ALPN)))
        if answer.key_exchange is None:
            return None
        facts.keys.append(answer.key_exchange)
        return answer.key_exchange.signature

    async def _ask_modern(self, left: Sequence[int], talk: ModernTalk) -> int | None:
        offer = replace(talk.usual(), signatures=left)
        offer = replace(offer, extensions={**offer.extensions, **self._alpn()})
        purpose = f"{SCHEMES_ASKED} {len(left)}"
        async with open_modern(self._facts.exchanger, offer, purpose) as session:
            await session.greet()
            talk.note(session)
            if not self._names.done:
                self._names.note(alpn_chosen(session.encrypted_extensions.get(ALPN)))
            return session.signature_scheme


def ephemeral_suites(suites: Sequence[int]) -> list[int]:
    """The suites in which the server signs its key exchange."""
    table = all_suites()
    return [
        code
        for code in suites
        if table[code].certified and (table[code].ephemeral_dh or table[code].ephemeral_ec)
    ]
