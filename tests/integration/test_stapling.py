"""Stapled OCSP responses and SCTs of real servers: nginx, OpenSSL; in clear and under TLS 1.3."""

import asyncio
import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from tls_pki import NAME, Issued, Wish, authority, issue, pem
from tls_probing import MemoryEvidence, chains, endpoint_at, free_dialer, judged, survey
from tls_servers import nginx_server, openssl_server, raw_server
from tls_status import (
    DAY,
    MUST_STAPLE,
    OCSP_SCTS,
    Answer,
    TestLog,
    certificate_entry,
    log_list,
    now,
    ocsp_response,
    refusal,
    responder,
    sct_list,
    sources,
    vector,
)

from scanners.base import Sight, Stream, Watched
from scanners.certificate.probe import probe_certificates
from scanners.certificate.trust import TrustStores
from scanners.registry import judge
from secaudit.core.network import Address
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import ProbeClass

ROOT = authority("Akar Kota Contoh")
ISSUING = authority("Penerbit Kota Contoh", ROOT)
ROOTS = (pem(ROOT),)
REVOKED = Answer(ocsp.OCSPCertStatus.REVOKED)
VERSIONS = ("TLSv1.2", "TLSv1.3")


def leaf(**wishes: object) -> Issued:
    return issue(ISSUING, replace(Wish(), **wishes)).sending(ISSUING)  # type: ignore[arg-type]


@contextmanager
def nginx(issued: Issued, folder: Path, staple: bytes | None, version: str) -> Iterator[int]:
    directives = [f"ssl_protocols {version};"]
    if staple is not None:
        file = folder / "staple.der"
        file.write_bytes(staple)
        directives += ["ssl_stapling on;", f"ssl_stapling_file {file};"]
    with nginx_server(issued, folder, *directives) as port:
        yield port


@contextmanager
def openssl(issued: Issued, folder: Path, staple: bytes | None, version: str) -> Iterator[int]:
    flags = ["-tls1_2" if version == "TLSv1.2" else "-tls1_3"]
    if staple is not None:
        file = folder / "staple.der"
        file.write_bytes(staple)
        flags += ["-status_file", str(file)]
    with openssl_server(issued, folder, *flags) as port:
        yield port


SERVERS = {"nginx": nginx, "openssl": openssl}


def shown(port: int, **options: object) -> Observation:
    return chains(port, NAME, roots=ROOTS, **options)[1]  # type: ignore[arg-type]


def outcomes(seen: Observation) -> dict[str, str]:
    names = ("ocsp_invalid", "must_staple", "revoked", "ct_invalid")
    found = judged(seen)
    return {name: found[f"cert.{name}"].outcome.value for name in names}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_good_staple(tmp_path: Path, server: str, version: str) -> None:
    own = leaf(extra=(MUST_STAPLE,))
    staple = ocsp_response(own, ISSUING, Answer(signer=responder(ISSUING)))
    with SERVERS[server](own, tmp_path, staple, version) as port:
        seen = shown(port)
    assert seen.data["protocol"] == version.replace("v", " ")
    assert seen.data["staple"]["signer"] == "delegate"
    assert outcomes(seen) == {
        "ocsp_invalid": "passed",
        "must_staple": "passed",
        "revoked": "passed",
        "ct_invalid": "not_applicable",
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("server", SERVERS)
def test_no_staple(tmp_path: Path, server: str, version: str) -> None:
    with SERVERS[server](leaf(), tmp_path, None, version) as port:
        found = outcomes(shown(port))
    assert found["ocsp_invalid"] == found["must_staple"] == "not_applicable"
    with SERVERS[server](leaf(extra=(MUST_STAPLE,)), tmp_path, None, version) as port:
        found = outcomes(shown(port))
    assert found["must_staple"] == "failed"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_staple_that_says_revoked(tmp_path: Path, version: str) -> None:
    own = leaf()
    with nginx(own, tmp_path, ocsp_response(own, ISSUING, REVOKED), version) as port:
        result = judged(shown(port))["cert.revoked"]
    assert result.outcome == "failed"
    assert "keyCompromise" in result.details["revoked"]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(begin=-9 * DAY, end=-DAY), "stale"),
        (Answer(signer=responder(ROOT)), "unauthorised (not_by_the_issuer)"),
        (Answer(ocsp.OCSPCertStatus.UNKNOWN), "unknown"),
        (None, "other_certificate"),
    ],
)
def test_a_staple_that_nobody_can_rely_on(
    tmp_path: Path, answer: Answer | None, fault: str
) -> None:
    own = leaf()
    staple = ocsp_response(leaf() if answer is None else own, ISSUING, answer)
    with nginx(own, tmp_path, staple, "TLSv1.3") as port:
        result = judged(shown(port))["cert.ocsp_invalid"]
    assert (result.outcome, result.details["fault"]) == ("failed", fault)


def test_an_error_of_the_responder_is_stapled(tmp_path: Path) -> None:
    staple = refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    with openssl(leaf(), tmp_path, staple, "TLSv1.3") as port:
        seen = shown(port)
    assert judged(seen)["cert.ocsp_invalid"].details["fault"] == "unauthorized"


class CountingDialer:
    """Counts the connections of the one that it wraps."""

    def __init__(self) -> None:
        self.count = 0
        self._dialer = free_dialer()

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> Stream:
        self.count += 1
        return await self._dialer.connect(address, port, probe_class)


@pytest.mark.parametrize(("must_staple", "connections"), [(False, 1), (True, 2)])
def test_asking_costs_no_further_connection(
    tmp_path: Path, must_staple: bool, connections: int
) -> None:
    """But where a staple is obligatory and missing: some servers fetch it only when asked."""
    own = leaf(extra=(MUST_STAPLE,) if must_staple else ())
    staple = None if must_staple else ocsp_response(own, ISSUING)
    dialer, kept = CountingDialer(), MemoryEvidence()
    with nginx(own, tmp_path, staple, "TLSv1.2 TLSv1.3") as port:
        trust = TrustStores.of(ROOTS)
        asyncio.run(probe_certificates(endpoint_at(port), dialer, kept, trust, now()))
    assert dialer.count == connections
    assert (staple in kept.values()) is not must_staple


def test_a_server_that_fetches_its_staple_when_it_is_first_asked(tmp_path: Path) -> None:
    answer = b""

    def respond(connection: socket.socket) -> None:
        connection.recv(8192)
        head = "HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n"
        connection.sendall(f"{head}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)

    with raw_server(respond) as responding:
        at = sources(ocsp_at=f"http://127.0.0.1:{responding}/")
        own = leaf(extra=(MUST_STAPLE, *at))
        answer = ocsp_response(own, ISSUING)
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(pem(ROOT) + pem(ISSUING))
        stapling = ("ssl_stapling on;", f"ssl_trusted_certificate {trusted};")
        with nginx_server(own, tmp_path, *stapling) as port:
            seen = chains(port, roots=ROOTS)[0]
    assert outcomes(seen)["must_staple"] == "passed"
    assert seen.data["staple"]["status"] == "good"


def test_scts_in_the_ocsp_response(tmp_path: Path) -> None:
    own = leaf()
    log = TestLog("Log Satu", "Operator Satu")
    content = sct_list(log.sct(certificate_entry(own)))
    assert len(content) < 128
    extension = x509.UnrecognizedExtension(OCSP_SCTS, bytes([4, len(content)]) + content)
    staple = ocsp_response(own, ISSUING, extra=(extension,))
    with nginx(own, tmp_path, staple, "TLSv1.3") as port:
        seen = shown(port, trust=TrustStores.of(ROOTS, log_list(log)))
    assert [(item["source"], item["verdict"]) for item in seen.data["scts"]] == [("ocsp", "valid")]


@pytest.mark.parametrize("version", VERSIONS)
def test_scts_in_the_tls_extension(tmp_path: Path, version: str) -> None:
    own = leaf()
    first, second = TestLog("Log Satu", "Operator Satu"), TestLog("Log Dua", "Operator Dua")
    listed = sct_list(*(log.sct(certificate_entry(own)) for log in (first, second)))
    # SSL_SERVERINFOV2: a context (ClientHello, the hellos and certificates that answer it), then
    # the extension as it is sent.
    context = 0x80 | 0x100 if version == "TLSv1.2" else 0x80 | 0x1000
    content = context.to_bytes(4) + (18).to_bytes(2) + vector(2, listed)
    file = tmp_path / "serverinfo.pem"
    text = base64.encodebytes(content).decode()
    label = "SERVERINFOV2 FOR SIGNED CERTIFICATE TIMESTAMPS"
    file.write_text(f"-----BEGIN {label}-----\n{text}-----END {label}-----\n")
    flag = "-tls1_2" if version == "TLSv1.2" else "-tls1_3"
    trust = TrustStores.of(ROOTS, log_list(first, second))
    with openssl_server(own, tmp_path, "-serverinfo", str(file), flag) as port:
        seen = shown(port, trust=trust)
    assert [item["source"] for item in seen.data["scts"]] == ["tls", "tls"]
    assert outcomes(seen)["ct_invalid"] == "passed"


def test_the_enumeration_is_not_disturbed_by_a_staple(tmp_path: Path) -> None:
    own = leaf()
    with nginx(own, tmp_path, ocsp_response(own, ISSUING), "TLSv1.2 TLSv1.3") as port:
        assert survey(port, NAME).data["protocols"]["TLS 1.2"] == "accepted"


@pytest.mark.parametrize("check", ["cert.ocsp_invalid", "cert.must_staple"])
def test_what_is_no_longer_there_is_repaired(tmp_path: Path, check: str) -> None:
    with nginx(leaf(), tmp_path, None, "TLSv1.3") as port:
        seen = shown(port)
    assert isinstance(seen.subject, Subject)
    watched = (Watched(check, seen.subject),)
    sight = Sight((seen,), watched=watched)
    found = {item.check: item.outcome for item in judge(sight, watched, now())}
    assert found[check] == "passed"
    assert found["cert.ct_invalid"] == "not_applicable"
