"""What a mail server can fail, its remediation says for Postfix and for Dovecot."""

from pathlib import Path

import pytest
import yaml

from scanners.catalogue import Check
from scanners.registry import load_checks

SCANNERS = Path(__file__).resolve().parents[2] / "scanners"
ROOMS = ("tls", "handshake", "weakness", "certificate", "policy")
_LIBRARY = "it is in the TLS library, and no setting of the server changes it"
_ISSUE = "the certificate is issued anew; where it is installed says cert.expired"
_CA = "the authority mends it, not the server that shows the certificate"
EXCEPTIONS = {
    "tls.dh.reused": _LIBRARY,
    "tls.renegotiation.insecure": _LIBRARY,
    "tls.extended_master_secret": _LIBRARY,
    "tls.heartbeat": _LIBRARY,
    "tls.heartbleed": _LIBRARY,
    "tls.ccs_injection": _LIBRARY,
    "tls.insecure_renegotiation": "Dovecot has no setting for it",
    "tls.intolerance.version": _LIBRARY,
    "tls.intolerance.extensions": _LIBRARY,
    "tls.ticketbleed": "BIG-IP alone has it",
    "tls.breach": "pages of web servers alone",
    "tls.sni.any_name": "both show their certificate to every name, as mail expects",
    "cert.ocsp_invalid": "neither of them staples",
    "cert.ct_invalid": "neither of them shows SCTs of its own; the authority mends the others",
    "cert.not_yet_valid": "a clock, or the certificate that was there before",
    "cert.missing_san": _ISSUE,
    "cert.weak_signature": _ISSUE,
    "cert.malformed": _ISSUE,
    "cert.not_for_server_auth": _ISSUE,
    "cert.client_auth": _ISSUE,
    "cert.unknown_critical_extension": _ISSUE,
    "cert.name_constraints": _CA,
    "cert.policy_constraints": _CA,
    "cert.issuer_unfit": _CA,
    "cert.revocation_unsound": _CA,
    "cert.ct_policy": _CA,
}
"""Checks without lines for them, each with its reason."""


def _of_rooms() -> list[Check]:
    checks = load_checks()
    told = [yaml.safe_load((SCANNERS / room / "checks.yaml").read_text("utf-8")) for room in ROOMS]
    return [checks[item["id"]] for file in told for item in file["checks"]]


CHECKS = _of_rooms()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_postfix_and_dovecot_are_named_in_both_languages(check: Check) -> None:
    texts = (check.remediation.id, check.remediation.en)
    named = all(name in text for text in texts for name in ("Postfix", "Dovecot"))
    assert named is (check.id not in EXCEPTIONS)


def test_every_exception_is_a_check_of_these_rooms() -> None:
    assert set(EXCEPTIONS) <= {check.id for check in CHECKS}
    assert all(EXCEPTIONS.values())
