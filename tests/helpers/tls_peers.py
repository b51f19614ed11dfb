"""What sslyze, sslscan and we say about one TLS server, in the same words.

Facts are by name: ``SSL 2.0`` to ``TLS 1.3`` (spoken or not), ``suites TLS 1.2`` (IANA names),
``groups TLS 1.2``, ``groups`` (of any version), ``signatures TLS 1.2``,
``certificate`` (its SHA-256), ``chains`` (the SHA-256 of each certificate of each chain that was
seen under the name) and so on. A fact that a tool does not tell is not there; one that it could not
decide is None.
"""

import asyncio
import json
import ssl
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from tls_probing import MemoryEvidence, endpoint_at, free_dialer

from scanners.certificate.families import families_seen
from scanners.certificate.probe import probe_certificates
from scanners.certificate.trust import TrustStores
from scanners.dialer import utc_now
from scanners.handshake.probe import probe_handshake
from scanners.handshake.signatures import scheme_name
from scanners.tls.limits import TlsSettings
from scanners.tls.messages import GROUP_NAMES
from scanners.tls.probe import probe_tls
from scanners.tls.suites import all_suites
from scanners.weakness.probe import probe_weaknesses
from scanners.weakness.settings import WeaknessSettings
from secaudit.core.observation import Observation

Facts = dict[str, Any]
SSLYZE = Path(sys.executable).with_name("sslyze")
_BRISK = WeaknessSettings(TlsSettings(exchange_seconds=1.5), pause_seconds=0.2)
_SSLYZE_SCANS = (
    "certinfo sslv2 sslv3 tlsv1 tlsv1_1 tlsv1_2 tlsv1_3 elliptic_curves compression reneg fallback"
    " heartbleed early_data ems openssl_ccs robot"
)
_NAMES = {"ssl_2_0": "SSL 2.0", "ssl_3_0": "SSL 3.0"} | {
    f"tls_1_{minor}": f"TLS 1.{minor}" for minor in range(4)
}
_OPENSSL_GROUPS = {"prime256v1": "secp256r1", "prime192v1": "secp192r1"}
"""Curves that OpenSSL calls otherwise than IANA."""


async def _visit(port: int, name: str) -> list[Observation]:
    kept, dialer, endpoint = MemoryEvidence(), free_dialer(), endpoint_at(port, name)
    found = await probe_tls(endpoint, dialer, kept)
    found += await probe_handshake(endpoint, dialer, kept, found[0])
    found += await probe_weaknesses(endpoint, dialer, kept, found, _BRISK)
    families = families_seen(found)
    return found + await probe_certificates(
        endpoint, dialer, kept, TrustStores.of(), utc_now(), families=families
    )


def by_us(port: int, name: str) -> Facts:
    """What our probes observe."""
    endpoint, handshake, weakness, *chains = asyncio.run(_visit(port, name))
    seen, talk = endpoint.data, handshake.data
    facts: Facts = {"SSL 2.0": talk["ssl2"]}
    for version, state in seen["protocols"].items():
        facts[version] = {"accepted": True, "refused": False}.get(state)
        facts[f"suites {version}"] = frozenset(seen["suites"].get(version, ()))
    for version in ("TLS 1.2", "TLS 1.3"):
        facts[f"groups {version}"] = frozenset(seen["groups"].get(version, ()))
        facts[f"signatures {version}"] = frozenset(talk["signature_schemes"].get(version, ()))
    facts["groups"] = facts["groups TLS 1.2"] | facts["groups TLS 1.3"]
    named = [item.data["chain"] for item in chains if item.data["asked_name"] == name]
    facts["chains"] = frozenset(
        tuple(certificate["sha256"] for certificate in chain) for chain in named if chain
    )
    facts["certificate"] = next((chain[0]["sha256"] for chain in named if chain), None)
    compression = talk["compression"]
    facts |= {
        "compression": None if compression is None else compression != "none",
        "secure renegotiation": talk["secure_renegotiation"],
        "client renegotiation": talk["client_renegotiation"],
        "extended master secret": talk["extended_master_secret"],
        "fallback": talk["fallback_scsv"],
        "resumption by id": talk["resumption_id"],
        "resumption by ticket": talk["resumption_ticket"],
        "stapled": None if talk["ocsp"] is None else bool(talk["ocsp"].get("stapled")),
        "early data": None if talk["early_data"] is None else talk["early_data"] > 0,
        "asks for a certificate": talk["asks_client"],
    }
    for ours in ("heartbleed", "ccs_injection", "robot"):
        state = weakness.data["weaknesses"][ours]["state"]
        facts[ours] = {"proved": True, "absent": False}.get(state)
    return facts


def by_sslyze(port: int, name: str) -> Facts:
    """What sslyze says in its JSON."""
    # Beside and after its other scans, sslyze finds sessions or loses them as it happens.
    done = _run_sslyze(port, name, "resum") | _run_sslyze(port, name, _SSLYZE_SCANS)
    if not done:
        return {}
    facts: Facts = {}
    for scan, version in _NAMES.items():
        answer = done[f"{scan}_cipher_suites"]
        facts[version] = answer["is_tls_version_supported"]
        if version != "SSL 2.0":
            names = {item["cipher_suite"]["name"] for item in answer["accepted_cipher_suites"]}
            facts[f"suites {version}"] = frozenset(names)
    if "elliptic_curves" in done:
        curves = done["elliptic_curves"]["supported_curves"] or ()
        facts["groups"] = frozenset(_curve(item["name"]) for item in curves)
    if "certificate_info" in done:
        deployments = done["certificate_info"]["certificate_deployments"]
        facts["chains"] = frozenset(
            tuple(_fingerprint(item["as_pem"]) for item in deployment["received_certificate_chain"])
            for deployment in deployments
        )
        facts["stapled"] = any(item["ocsp_response"] is not None for item in deployments)
    for scan, key, fact in _SSLYZE_FACTS:
        if scan in done:
            facts[fact] = done[scan][key]
    if "session_resumption" in done:
        for key, fact in (("session_id", "id"), ("tls_ticket", "ticket")):
            result = done["session_resumption"][f"{key}_resumption_result"]
            facts[f"resumption by {fact}"] = result != "NOT_SUPPORTED"
    if "robot" in done:
        facts["robot"] = done["robot"]["robot_result"].startswith("VULNERABLE")
    return facts


def _run_sslyze(port: int, name: str, scans: str) -> dict[str, Any]:
    """The results of the scans that were completed."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = [
            "--quiet",
            "--mozilla_config",
            "disable",
            "--sni",
            name,
            "--json_out",
            str(report),
        ]
        command = [str(SSLYZE), *(f"--{scan}" for scan in scans.split()), *options]
        command += [f"127.0.0.1:{port}"]
        subprocess.run(command, capture_output=True, check=False, timeout=300)
        (server,) = json.loads(report.read_bytes())["server_scan_results"]
    return {
        scan: answer["result"]
        for scan, answer in (server["scan_result"] or {}).items()
        if answer["status"] == "COMPLETED"
    }


_SSLYZE_FACTS = (
    ("tls_compression", "supports_compression", "compression"),
    ("tls_1_3_early_data", "supports_early_data", "early data"),
    ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection", "ccs_injection"),
    ("tls_fallback_scsv", "supports_fallback_scsv", "fallback"),
    ("heartbleed", "is_vulnerable_to_heartbleed", "heartbleed"),
    ("session_renegotiation", "supports_secure_renegotiation", "secure renegotiation"),
    ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos", "client renegotiation"),
    ("tls_extended_master_secret", "supports_ems_extension", "extended master secret"),
)


def by_sslscan(port: int, name: str) -> Facts:
    """What sslscan says in its XML."""
    options = [
        "--no-colour",
        "--xml=-",
        "--show-certificate",
        "--ocsp",
        "--show-sigs",
        "--timeout=1",
    ]
    command = ["sslscan", *options, f"--sni-name={name}", f"127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    text = done.stdout[done.stdout.index(b"<?xml") :]
    tree = ElementTree.fromstring(text.decode("utf-8", "replace"))  # noqa: S314  (of our own)
    test = tree.find("ssltest")
    if test is None:
        return {}
    facts: Facts = {}
    for item in test.iterfind("protocol"):
        kind, version = item.attrib["type"], item.attrib["version"]
        label = f"SSL {version}.0" if kind == "ssl" else f"TLS {version}"
        facts[label] = item.attrib["enabled"] == "1"
        if label != "SSL 2.0":
            facts[f"suites {label}"] = frozenset()
    table = all_suites()
    for item in test.iterfind("cipher"):
        label = _label(item)
        code = int(item.attrib["id"], 16)
        suite = table[code].name if code in table else item.attrib["id"]
        facts[f"suites {label}"] = facts.get(f"suites {label}", frozenset()) | {suite}
    for version in ("TLS 1.2", "TLS 1.3"):
        facts[f"groups {version}"] = frozenset(
            GROUP_NAMES[int(item.attrib["id"], 16)]
            for item in test.iterfind("group")
            if _label(item) == version
        )
        facts[f"signatures {version}"] = frozenset(
            scheme_name(int(item.attrib["id"], 16))
            for item in test.iterfind("connection-signature-algorithm")
            if _label(item) == version
        )
    blobs = [item.text or "" for item in test.iter("certificate-blob")]
    facts["certificate"] = next((_fingerprint(blob.strip() + "\n") for blob in blobs), None)
    for tag, key, fact in _SSLSCAN_FACTS:
        if (found := test.find(tag)) is not None:
            facts[fact] = found.attrib[key] == "1"
    bleeding = [item.attrib["vulnerable"] == "1" for item in test.iterfind("heartbleed")]
    if bleeding:
        facts["heartbleed"] = any(bleeding)
    return facts


_SSLSCAN_FACTS = (
    ("compression", "supported", "compression"),
    ("fallback", "supported", "fallback"),
    ("renegotiation", "secure", "secure renegotiation"),
)


def _label(item: ElementTree.Element) -> str:
    """``TLSv1.2`` as we write it."""
    kind, _, version = item.attrib["sslversion"].partition("v")
    return f"{kind} {version}" if "." in version else f"{kind} {version}.0"


def _curve(name: str) -> str:
    plain = _OPENSSL_GROUPS.get(name, name)
    return plain.lower() if plain.startswith("X") else plain


def _fingerprint(pem: str) -> str:
    return sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
