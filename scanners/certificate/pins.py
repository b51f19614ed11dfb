"""Digests by which a certificate or its key is named elsewhere, as in TLSA records (RFC 6698)."""

import hashlib
from typing import Any

from scanners.certificate.der import DerError, public_key_info


def pin_facts(der: bytes) -> dict[str, Any]:
    """``sha512`` of the certificate, and both digests of its key as it is encoded in it.

    Those of the key are null where it cannot be found.
    """
    try:
        key: bytes | None = public_key_info(der)
    except DerError:
        key = _loosely(der)
    return {
        "sha512": hashlib.sha512(der).hexdigest(),
        "spki_sha256": hashlib.sha256(key).hexdigest() if key else None,
        "spki_sha512": hashlib.sha512(key).hexdigest() if key else None,
    }


def _loosely(der: bytes) -> bytes | None:
    """The key of a certificate that is not quite DER."""
    # Takes long to load, and hardly any certificate needs it.
    from asn1crypto import x509

    try:
        body = x509.Certificate.load(der)["tbs_certificate"]
        return bytes(body["subject_public_key_info"].dump())
    except Exception:  # asn1crypto raises whatever a malformed certificate makes it raise
        return None
