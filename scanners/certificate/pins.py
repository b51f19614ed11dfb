"""Digests by which a certificate or its key is named elsewhere, as in TLSA records (RFC 6698)."""

import hashlib
from typing import Any

from asn1crypto import x509


def pin_facts(der: bytes) -> dict[str, Any]:
    """``sha512`` of the certificate, and both digests of its key as it is encoded in it.

    Those of the key are null where it cannot be found.
    """
    try:
        body = x509.Certificate.load(der)["tbs_certificate"]
        key = body["subject_public_key_info"].dump()
    except Exception:  # asn1crypto raises whatever a malformed certificate makes it raise
        key = None
    return {
        "sha512": hashlib.sha512(der).hexdigest(),
        "spki_sha256": hashlib.sha256(key).hexdigest() if key else None,
        "spki_sha512": hashlib.sha512(key).hexdigest() if key else None,
    }
