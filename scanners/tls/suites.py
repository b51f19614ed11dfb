"""Cipher suites by code point, and what their names say about them."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from scanners.tls.version import Protocol

_FILE = Path(__file__).with_name("suites.yaml")
_LINE = re.compile(r'^"(0x[0-9A-F]{4})": ([A-Za-z0-9_]+)$', re.MULTILINE)
"""A reader of YAML takes longer for these few lines than a server for its answers."""
_AEAD = ("GCM", "CCM", "CHACHA20", "MGM", "AEGIS")
_GOST = "GOSTR341112"

Weakness = Literal["null", "export", "anonymous", "rc4", "triple_des", "des"]


@dataclass(frozen=True)
class Suite:
    """One cipher suite. Everything but the code point is derived from the name."""

    code: int
    name: str

    @cached_property
    def only_tls1_3(self) -> bool:
        """The suite names no key exchange: it belongs to TLS 1.3 alone."""
        return "_WITH_" not in self.name

    @cached_property
    def only_tls1_2(self) -> bool:
        """The suite needs what TLS 1.2 brought: an AEAD cipher or a MAC by SHA-2."""
        ends = self.cipher.rsplit("_", 1)[-1]
        return not self.only_tls1_3 and (self.aead or ends in ("SHA256", "SHA384"))

    @cached_property
    def key_exchange(self) -> str:
        """Key exchange and authentication as named, such as ``ECDHE_RSA``; empty in TLS 1.3."""
        if self.only_tls1_3:
            return ""
        return self.name.removeprefix("TLS_").removeprefix("SSL_").partition("_WITH_")[0]

    @cached_property
    def authentication(self) -> str:
        """How the server proves itself: ``RSA``, ``ECDSA``, ``DSS``, ``PSK``, ``anon``, ..."""
        kinds = [
            part
            for part in self.key_exchange.split("_")
            if part != "FIPS" and not part.startswith("EXPORT")
        ]
        if "NULL" in kinds:
            return "anon"
        if _GOST in kinds:
            return "GOST"
        return "PSK" if "PSK" in kinds and kinds[0] != "RSA" else (kinds or [""])[-1]

    @cached_property
    def cipher(self) -> str:
        """Cipher, mode and hash, such as ``AES_128_GCM_SHA256``."""
        return self.name.partition("_WITH_")[2] or self.name.removeprefix("TLS_")

    @cached_property
    def aead(self) -> bool:
        """The cipher protects integrity by itself."""
        return any(mode in self.cipher.split("_") for mode in _AEAD)

    @cached_property
    def cbc(self) -> bool:
        """A block cipher in CBC mode, with the MAC beside it."""
        return "_CBC" in self.cipher

    @cached_property
    def forward_secret(self) -> bool:
        """A key stolen later does not open what is recorded today."""
        if self.only_tls1_3:
            return True
        kinds = self.key_exchange.split("_")
        return "DHE" in kinds or "ECDHE" in kinds or "anon" in kinds or kinds[0] == "ECCPWD"

    @cached_property
    def ephemeral_dh(self) -> bool:
        """The server sends finite-field Diffie-Hellman parameters, unprefixed by a PSK hint."""
        kinds = self.key_exchange.split("_")
        return "PSK" not in kinds and (kinds[0] == "DHE" or self.key_exchange.startswith("DH_anon"))

    @cached_property
    def ephemeral_ec(self) -> bool:
        """The server names a curve in its key exchange, unprefixed by a PSK hint."""
        kinds = self.key_exchange.split("_")
        return "PSK" not in kinds and (kinds[0] == "ECDHE" or self.key_exchange == "ECDH_anon")

    @cached_property
    def certified(self) -> bool:
        """The server sends a certificate with this suite (TLS 1.2 and older)."""
        return self.authentication in ("RSA", "ECDSA", "DSS", "GOST")

    @cached_property
    def weaknesses(self) -> frozenset[Weakness]:
        """What is wrong with the suite by itself."""
        parts = self.cipher.split("_")
        single_des = ("DES" in parts or "DES40" in parts) and "3DES" not in parts
        no_cipher = parts[0] == "NULL" or self.name in ("TLS_SHA256_SHA256", "TLS_SHA384_SHA384")
        found: dict[Weakness, bool] = {
            "null": no_cipher,
            "export": "EXPORT" in self.key_exchange,
            "anonymous": self.authentication == "anon",
            "rc4": parts[0] == "RC4",
            "triple_des": parts[0] in ("3DES", "IDEA"),
            "des": single_des,
        }
        return frozenset(weakness for weakness, holds in found.items() if holds)


@cache
def all_suites() -> MappingProxyType[int, Suite]:
    """Every suite we know, by code point."""
    found = _LINE.findall(_FILE.read_text("ascii"))
    return MappingProxyType({int(code, 16): Suite(int(code, 16), name) for code, name in found})


@cache
def suites_by_name() -> MappingProxyType[str, Suite]:
    """Every suite we know, by name."""
    return MappingProxyType({suite.name: suite for suite in all_suites().values()})


def _strength(suite: Suite) -> tuple[bool, bool, bool, int]:
    return (bool(suite.weaknesses), not suite.forward_secret, not suite.aead, suite.code)


@cache
def suites_for(protocol: Protocol) -> tuple[int, ...]:
    """The suites that may be offered in ``protocol``, the strongest first.

    TLS 1.2's own suites are left out below it, and all others in TLS 1.3 (RFC 5246, appendix A.5;
    RFC 8446, section 4.1.2): an old server may stumble over a long list for no gain.
    """
    if protocol is Protocol.TLS1_3:
        chosen = [suite for suite in all_suites().values() if suite.only_tls1_3]
    else:
        chosen = [
            suite
            for suite in all_suites().values()
            if not suite.only_tls1_3 and (protocol is Protocol.TLS1_2 or not suite.only_tls1_2)
        ]
    return tuple(suite.code for suite in sorted(chosen, key=_strength))


@cache
def common_suites_for(protocol: Protocol) -> tuple[int, ...]:
    """A short list, as browsers of the protocol's time sent it, for servers that choke on more."""
    plain = ("AES_", "CHACHA20", "3DES_EDE_CBC_SHA", "RC4_128", "DES_CBC_SHA")
    exchanges = ("", "RSA", "DHE_RSA", "ECDHE_RSA", "ECDHE_ECDSA")
    table = all_suites()
    return tuple(
        code
        for code in suites_for(protocol)
        if table[code].key_exchange in exchanges
        and table[code].cipher.startswith(plain)
        and "CCM" not in table[code].cipher
        and not table[code].cipher.endswith("OLD")
    )
