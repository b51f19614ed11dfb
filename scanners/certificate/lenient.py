"""The basic fields of a certificate that a strict parser refuses, each read on its own."""

from collections.abc import Callable
from typing import Any

from asn1crypto import x509

from secaudit.core.instant import format_instant

_KEY_TYPES = {"rsa": "RSA", "ec": "EC", "dsa": "DSA", "ed25519": "Ed25519", "ed448": "Ed448"}
_TEXT_KEPT = 1000
_NAMES_KEPT = 500
_USAGES = {"server_auth": "1.3.6.1.5.5.7.3.1", "client_auth": "1.3.6.1.5.5.7.3.2"}


def lenient_facts(der: bytes) -> dict[str, Any]:
    """Read what can be read; a field that cannot is null or empty. Never raises."""
    try:
        # asn1crypto reads on demand: a cut certificate shows it here, not when it is loaded.
        certificate = x509.Certificate.load(der)
        body = certificate["tbs_certificate"]
        signature = certificate["signature_algorithm"]["algorithm"]
    except Exception:
        return dict(_UNREADABLE)
    names = _read(lambda: certificate.subject_alt_name_value, None)
    facts = dict(_UNREADABLE)
    facts |= {
        "subject": _read(lambda: _name(certificate.subject), None),
        "issuer": _read(lambda: _name(certificate.issuer), None),
        "common_names": _read(lambda: _common_names(certificate.subject), []),
        "serial": _read(lambda: f"{certificate.serial_number:x}", None),
        "version": _read(lambda: int(body["version"]) + 1, None),
        "not_before": _read(lambda: format_instant(certificate.not_valid_before), None),
        "not_after": _read(lambda: format_instant(certificate.not_valid_after), None),
        "key": _read(lambda: _key(certificate.public_key), _UNREADABLE["key"]),
        "signature": {
            "oid": _read(lambda: signature.dotted, None),
            "name": _read(lambda: signature.native, None),
            "hash": _read(lambda: certificate["signature_algorithm"].hash_algo, None),
        },
        "dns_names": _read(lambda: _general_names(names, "dns_name"), []),
        "ip_addresses": _read(lambda: _general_names(names, "ip_address"), []),
        "has_san": names is not None,
        "is_ca": _read(lambda: bool(certificate.ca), False),
        "extended_key_usage": _read(lambda: _extended_key_usage(certificate), None),
        "self_signed": _read(lambda: certificate.self_issued, False),
    }
    return facts


_UNREADABLE: dict[str, Any] = {
    "subject": None,
    "issuer": None,
    "common_names": [],
    "serial": None,
    "version": None,
    "not_before": None,
    "not_after": None,
    "key": {"type": "unknown", "bits": None, "curve": None, "oid": None},
    "signature": {"oid": None, "name": None, "hash": None},
    "dns_names": [],
    "ip_addresses": [],
    "other_names": 0,
    "has_san": False,
    "is_ca": False,
    "path_length": None,
    "key_usage": None,
    "extended_key_usage": None,
    "authority_key": None,
    "subject_key": None,
    "issuer_addresses": [],
    "ocsp_addresses": [],
    "crl_addresses": [],
    "must_staple": False,
    "self_signed": False,
}


def _read(field: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return field()
    except Exception:
        return otherwise


def _short(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()[:_TEXT_KEPT]


def _name(name: Any) -> str:
    return _short(name.human_friendly)


def _common_names(name: Any) -> list[str]:
    found = name.native.get("common_name", [])
    return [_short(item) for item in ([found] if isinstance(found, str) else found)]


def _key(key: Any) -> dict[str, Any]:
    curve = key.curve[1] if key.algorithm == "ec" else None
    return {
        "type": _KEY_TYPES.get(key.algorithm, "unknown"),
        "bits": key.bit_size,
        "curve": None if curve is None else _short(curve),
        "oid": key["algorithm"]["algorithm"].dotted,
    }


def _general_names(names: Any, kind: str) -> list[str]:
    found = [item.native for item in names or () if item.name == kind]
    return [_short(item) for item in found[:_NAMES_KEPT]]


def _extended_key_usage(certificate: Any) -> list[str] | None:
    usage = certificate.extended_key_usage_value
    return None if usage is None else [_USAGES.get(item, _short(item)) for item in usage.native]
