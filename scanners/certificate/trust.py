"""Whom we believe: the roots of this system, of Mozilla (by certifi), of the workspace; CT logs."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification

from scanners.certificate.ct_logs import LogList, read_log_list
from scanners.certificate.facts import load_strictly
from secaudit.core.errors import InputError

_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
SYSTEM, MOZILLA, WORKSPACE = "system", "mozilla", "workspace"


@dataclass(frozen=True)
class Roots:
    """One named set of roots."""

    name: str
    certificates: tuple[x509.Certificate, ...]

    @cached_property
    def store(self) -> verification.Store:
        """The same for the verifier. Only for a set that is not empty."""
        return verification.Store(list(self.certificates))

    @cached_property
    def _by_subject(self) -> Mapping[bytes, tuple[x509.Certificate, ...]]:
        grouped: dict[bytes, tuple[x509.Certificate, ...]] = {}
        for certificate in self.certificates:
            key = certificate.subject.public_bytes()
            grouped[key] = (*grouped.get(key, ()), certificate)
        return grouped

    def named(self, subject: x509.Name) -> tuple[x509.Certificate, ...]:
        """The roots with this subject."""
        return self._by_subject.get(subject.public_bytes(), ())


@dataclass(frozen=True)
class TrustStores:
    """The sets of roots that chains are verified against."""

    stores: tuple[Roots, ...]
    logs: LogList | None = None
    """The logs of Certificate Transparency that are known; None without a list."""

    @classmethod
    def of(
        cls, workspace_roots: Iterable[bytes] = (), ct_logs: bytes | None = None
    ) -> "TrustStores":
        """Take the system's and Mozilla's roots, and the workspace's from PEM (or DER) bytes.

        ``ct_logs`` is a list of logs in Google's format, where the workspace has one. Raises
        InputError for bytes in which there is no readable certificate, or no list.
        """
        own: list[x509.Certificate] = []
        for content in workspace_roots:
            own += read_roots(content)
        stores = (_system(), _mozilla(), Roots(WORKSPACE, tuple(own)))
        logs = None if ct_logs is None else read_log_list(ct_logs)
        return cls(tuple(roots for roots in stores if roots.certificates), logs)


def read_roots(content: bytes) -> tuple[x509.Certificate, ...]:
    """Read all certificates of a PEM bundle, or one in DER. Raises InputError."""
    if _BEGIN not in content:
        certificate = load_strictly(content)
        if certificate is None:
            raise InputError("a trust root is neither PEM nor DER", hint="give a PEM certificate")
        return (certificate,)
    roots = _readable(content)
    if not roots:
        raise InputError("a trust root is not a readable certificate")
    return roots


def _readable(bundle: bytes) -> tuple[x509.Certificate, ...]:
    """Every certificate of a bundle that parses: one odd root must not cost the others."""
    roots = []
    for piece in bundle.split(_BEGIN)[1:]:
        pem = _BEGIN + piece.partition(_END)[0] + _END + b"\n"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                roots.append(x509.load_pem_x509_certificate(pem))
            except ValueError:
                continue
    return tuple(roots)


@lru_cache(maxsize=1)
def _system() -> Roots:
    for path in map(Path, _SYSTEM_BUNDLES):
        try:
            return Roots(SYSTEM, _readable(path.read_bytes()))
        except OSError:
            continue
    return Roots(SYSTEM, ())


@lru_cache(maxsize=1)
def _mozilla() -> Roots:
    import certifi

    return Roots(MOZILLA, _readable(Path(certifi.where()).read_bytes()))
