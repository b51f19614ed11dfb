"""Asking OCSP responders and CRLs on loopback, and what may not be asked at all."""

import asyncio
import dataclasses
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from loopback_scans import of_kind, order_for, scanned
from tls_pki import NAME, Issued, Wish, authority, issue, pem
from tls_probing import MemoryEvidence, endpoint_at, judged
from tls_servers import python_server, raw_server, server_context
from tls_status import DAY, Answer, now, ocsp_response, revocation_list, sources

from scanners.base import ScopeRefusedError
from scanners.budget import Budget
from scanners.certificate.facts import certificate_facts
from scanners.certificate.probe import probe_certificates
from scanners.certificate.retrieval import Retrieved, Retriever, place_of
from scanners.certificate.revocation import Answers, Lookup
from scanners.certificate.trust import TrustStores
from scanners.dialer import TcpDialer
from secaudit.core.authorisation import Authorisation, RateCaps, loopback_authorisation
from secaudit.core.canonical import sha256_hex
from secaudit.core.network import parse_address
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, Reason

ROOT = authority("Akar Kota Contoh")
ISSUING = authority("Penerbit Kota Contoh", ROOT)
TRUST = TrustStores.of((pem(ROOT),))
Page = Callable[[bytes], bytes] | bytes
HOST = "pki.kota-contoh.example"


def letter(*classes: ProbeClass) -> Authorisation:
    caps = RateCaps(10**9, 10**9, 16, 256)
    probe_classes = DEFAULT_PROBE_CLASSES | set(classes)
    return dataclasses.replace(
        loopback_authorisation(now()), caps=caps, probe_classes=probe_classes
    )


def dialer(*classes: ProbeClass) -> TcpDialer:
    own = letter(*classes)
    return TcpDialer(own, Budget(own.caps))


def answered(body: bytes, status: str = "200 OK", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65536)
        if not piece:
            return request
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def web(pages: Mapping[str, Page], asked: list[str] | None = None) -> Iterator[int]:
    """A web server with these answers by path; others are 404."""

    def serve(connection: socket.socket) -> None:
        head, _, body = read_request(connection).partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode() if b" " in head else ""
        if asked is not None:
            asked.append(path)
        page = pages.get(path, answered(b"", "404 Not Found"))
        connection.sendall(page if isinstance(page, bytes) else page(body))

    with raw_server(serve) as port:
        yield port


async def at_loopback(name: str) -> tuple[str, ...]:
    return ("127.0.0.1",) if name == HOST else ()


def look(issued: Issued, folder: Path, *, times: int = 1) -> list[list[Observation]]:
    """What the probe sees of a server with this chain, with revocation permitted."""
    own, kept = dialer(ProbeClass.REVOCATION), MemoryEvidence()
    answers = Answers(at_loopback)

    async def probe(port: int) -> list[list[Observation]]:
        lookup = Lookup(own, answers, kept)
        return [
            await probe_certificates(
                endpoint_at(port, NAME), own, kept, TRUST, now(), lookup=lookup
            )
            for _ in range(times)
        ]

    with python_server(server_context(issued, folder)) as port:
        found = asyncio.run(probe(port))
    assert all(digest in kept for seen in found for item in seen for digest in item.evidence)
    return found


def results(issued: Issued, folder: Path) -> dict[str, CheckResult]:
    seen = look(issued, folder)[0]
    return judged(*(item for item in seen if item.data["asked_name"] == NAME))


def leaf_at(port: int, *, by_ocsp: str = "", by_crl: str = "") -> Issued:
    base = f"http://{HOST}:{port}"
    extra = sources(ocsp_at=by_ocsp and base + by_ocsp, crl_at=by_crl and base + by_crl)
    return issue(ISSUING, Wish(extra=extra)).sending(ISSUING)


def test_an_ocsp_responder_is_asked(tmp_path: Path) -> None:
    pages: dict[str, Page] = {}
    with web(pages) as port:
        own = leaf_at(port, by_ocsp="/ocsp")
        questions = []

        def respond(body: bytes) -> bytes:
            questions.append(ocsp.load_der_ocsp_request(body))
            return answered(ocsp_response(own, ISSUING))

        pages["/ocsp"] = respond
        found = results(own, tmp_path)
        assert found["cert.revoked"].outcome == "passed"
        assert found["cert.revocation_unsound"].outcome == "passed"
        assert questions[0].serial_number == own.certificate.serial_number
        assert not list(questions[0].extensions)  # no nonce: responders answer from their cache
        revoked = Answer(ocsp.OCSPCertStatus.REVOKED)
        pages["/ocsp"] = answered(ocsp_response(own, ISSUING, revoked))
        assert results(own, tmp_path)["cert.revoked"].outcome == "failed"


def test_a_crl_is_asked_where_there_is_no_responder_or_none_that_counts(tmp_path: Path) -> None:
    pages: dict[str, Page] = {"/ca.crl": answered(revocation_list(ISSUING))}
    asked: list[str] = []
    with web(pages, asked) as port:
        own = leaf_at(port, by_crl="/ca.crl")
        assert results(own, tmp_path)["cert.revoked"].outcome == "passed"
        pages["/ca.crl"] = answered(revocation_list(ISSUING, [own]))
        assert results(own, tmp_path)["cert.revoked"].outcome == "failed"
        both = leaf_at(port, by_ocsp="/ocsp", by_crl="/ca.crl")
        stale = Answer(begin=-9 * DAY, end=-DAY)
        pages["/ocsp"] = answered(ocsp_response(both, ISSUING, stale))
        found = results(both, tmp_path)
    assert asked[-2:] == ["/ocsp", "/ca.crl"]
    assert found["cert.revoked"].outcome == "passed"
    assert found["cert.revocation_unsound"].outcome == "failed"
    assert "stale" in found["cert.revocation_unsound"].details["faults"]


def test_a_revoked_intermediate(tmp_path: Path) -> None:
    pages: dict[str, Page] = {}
    with web(pages) as port:
        at = sources(crl_at=f"http://{HOST}:{port}/root.crl")
        middle = issue(ROOT, Wish("Penerbit Dicabut", None, ca=True, extra=at))
        pages["/root.crl"] = answered(revocation_list(ROOT, [middle]))
        result = results(issue(middle).sending(middle), tmp_path)["cert.revoked"]
        listed = pages["/root.crl"]
    assert result.outcome == "failed"
    assert "Penerbit Dicabut" in result.details["revoked"]
    assert isinstance(listed, bytes)
    assert sha256_hex(listed.partition(b"\r\n\r\n")[2]) in result.evidence


@pytest.mark.parametrize(
    ("page", "revoked", "unsound"),
    [
        (answered(b"", "404 Not Found"), "inconclusive", "failed"),
        (answered(b"", "503 Busy"), "inconclusive", "inconclusive"),
        (answered(b"", "302 Found", "Location: http://192.0.2.7/\r\n"), *["inconclusive"] * 2),
        (answered(b"<html>"), "inconclusive", "failed"),
        (answered(revocation_list(ROOT)), "inconclusive", "failed"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", *["inconclusive"] * 2),
        (b"", *["inconclusive"] * 2),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", *["inconclusive"] * 2),
    ],
)
def test_sources_that_do_not_help(tmp_path: Path, page: bytes, revoked: str, unsound: str) -> None:
    with web({"/ca.crl": page}) as port:
        found = results(leaf_at(port, by_crl="/ca.crl"), tmp_path)
    assert found["cert.revoked"].outcome == revoked
    assert found["cert.revocation_unsound"].outcome == unsound


def test_each_question_is_asked_once_a_scan(tmp_path: Path) -> None:
    asked: list[str] = []
    with web({"/ca.crl": answered(revocation_list(ISSUING))}, asked) as port:
        look(leaf_at(port, by_crl="/ca.crl"), tmp_path, times=3)
    assert asked == ["/ca.crl"]


def test_an_untrusted_chain_sends_nobody_anywhere(tmp_path: Path) -> None:
    asked: list[str] = []
    with web({}, asked) as port:
        at = sources(ocsp_at=f"http://{HOST}:{port}/ocsp", crl_at=f"http://{HOST}:{port}/crl")
        seen = look(issue(None, Wish(extra=at)), tmp_path)[0]
    assert not asked
    assert {item.kind for item in seen} == {"certificate.chain"}
    assert judged(seen[1])["cert.revoked"].outcome == "not_applicable"


def test_without_the_class_nothing_is_asked(tmp_path: Path) -> None:
    with web({}) as port:
        own = leaf_at(port, by_crl="/ca.crl")
        with python_server(server_context(own, tmp_path)) as at:
            plain, kept = dialer(), MemoryEvidence()
            endpoint = endpoint_at(at, NAME)
            seen = asyncio.run(probe_certificates(endpoint, plain, kept, TRUST, now()))
        result = judged(seen[1])["cert.revoked"]
        refused = asyncio.run(Retriever(plain, at_loopback).get(f"http://{HOST}:{port}/", 10))
    assert (result.outcome, result.reason) == ("inconclusive", Reason.CLASS_NOT_PERMITTED)
    assert refused.problem is Reason.CLASS_NOT_PERMITTED


def test_where_revocation_may_be_asked() -> None:
    """Outside the scope: public addresses, port 80, only with the class; exclusions win."""
    own = letter(ProbeClass.REVOCATION)
    asking = {
        ("1.1.1.1", 80): None,
        ("1.1.1.1", 8080): Reason.OUT_OF_SCOPE,
        ("10.1.2.3", 80): Reason.OUT_OF_SCOPE,
        ("169.254.169.254", 80): Reason.OUT_OF_SCOPE,
        ("192.168.1.1", 80): Reason.OUT_OF_SCOPE,
        ("224.0.0.1", 80): Reason.OUT_OF_SCOPE,
        ("fe80::1", 80): Reason.OUT_OF_SCOPE,
        ("64:ff9b::a01:203", 80): Reason.OUT_OF_SCOPE,
        ("2606:4700::1111", 80): None,
        ("127.0.0.1", 8080): None,
    }
    for (text, port), expected in asking.items():
        address = parse_address(text)
        assert own.refusal(address, port, ProbeClass.REVOCATION, now()) is expected, text
        for other in (ProbeClass.TLS, ProbeClass.DISCOVERY):
            outside = own.refusal(address, port, other, now())
            assert outside is None or outside is Reason.OUT_OF_SCOPE
            assert (outside is None) == (text == "127.0.0.1")
    public = parse_address("1.1.1.1")
    assert letter().refusal(public, 80, ProbeClass.REVOCATION, now()) is Reason.OUT_OF_SCOPE
    excluding = dataclasses.replace(own, exclusions=own.permitted.parse(["1.1.1.0/24"]))
    assert excluding.refusal(public, 80, ProbeClass.REVOCATION, now()) is Reason.EXCLUDED
    ended = dataclasses.replace(own, valid_until=now() - DAY)
    assert ended.refusal(public, 80, ProbeClass.REVOCATION, now()) is Reason.OUTSIDE_WINDOW


def fetched(port: int, path: str = "/", limit: int = 1000, seconds: float = 1.0) -> Retrieved:
    retriever = Retriever(dialer(ProbeClass.REVOCATION), at_loopback, seconds)
    return asyncio.run(retriever.get(f"http://{HOST}:{port}{path}", limit))


def test_http_as_servers_send_it() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pages: dict[str, Page] = {
        "/sized": answered(b"isi"),
        "/chunked": chunked + b"2;x=y\r\nis\r\n1\r\ni\r\n0\r\n\r\n",
        "/until-end": b"HTTP/1.0 200 OK\r\n\r\nisi",
        "/too-long": answered(bytes(1001)),
        "/too-long-chunk": chunked + b"3e9\r\n" + bytes(1001) + b"\r\n0\r\n\r\n",
        "/no-chunk": chunked + b"zz\r\n",
        "/negative": chunked + b"-5\r\nisi",
        "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nisi",
        "/bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: -9\r\n\r\nisi",
        "/long-head": b"HTTP/1.1 200 OK\r\n" + b"x: " + bytes(20_000),
        "/too-much": b"HTTP/1.0 200 OK\r\n\r\n" + bytes(5_000_000),
    }
    with web(pages) as port:
        for path in ("/sized", "/chunked", "/until-end"):
            assert fetched(port, path).content == b"isi", path
        for path in ("/too-long", "/too-long-chunk", "/negative", "/long-head", "/too-much"):
            assert fetched(port, path).problem is Reason.LIMIT_EXCEEDED, path
        assert fetched(port, "/no-chunk").problem is Reason.MALFORMED_ANSWER
        assert fetched(port, "/bad-length").problem is Reason.MALFORMED_ANSWER
        assert fetched(port, "/cut").problem is Reason.CONNECTION_CLOSED
        assert fetched(port, "/nothing").status == 404


def test_a_responder_that_drips_and_one_that_nobody_knows() -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    with raw_server(silent) as port:
        assert fetched(port, seconds=0.2).problem is Reason.TIMED_OUT
    retriever = Retriever(dialer(ProbeClass.REVOCATION), at_loopback)
    unknown = asyncio.run(retriever.get("http://lain.example/", 10))
    assert unknown.problem is Reason.UNRESOLVED_NAME
    hidden = asyncio.run(retriever.get("http://10.0.0.7/", 10))
    assert (hidden.problem, hidden.address) == (Reason.OUT_OF_SCOPE, "10.0.0.7")


@pytest.mark.parametrize(
    "url",
    [
        *("https://pki.example/", "ldap://pki.example/", "file:///etc/passwd", "http://", ""),
        *("http://a@pki.example/", "http://pki.example:0x/", "http://pki.example/a b"),
        *("http://pki.example/\r\nX: y", "http://pki.example:99999/", "http://[fe80::1%25x]/"),
        "http://pki.example/" + "x" * 2000,
    ],
)
def test_addresses_that_are_not_asked(url: str) -> None:
    assert place_of(url) is None


def test_addresses_that_are() -> None:
    place = place_of("HTTP://Pki.Example/a?b=c")
    assert place is not None
    assert (place.host, place.port, place.target) == ("pki.example", 80, "/a?b=c")
    assert place_of("http://[2001:db8::7]:8080/x") is not None


def test_the_dialer_refuses_before_anything_is_sent() -> None:
    with pytest.raises(ScopeRefusedError):
        asyncio.run(
            dialer(ProbeClass.REVOCATION).connect(
                parse_address("10.0.0.7"), 80, ProbeClass.REVOCATION
            )
        )


def test_a_distribution_point_for_some_reasons_is_not_asked() -> None:
    name = [x509.UniformResourceIdentifier("http://pki.example/x.crl")]
    reasons = frozenset({x509.ReasonFlags.key_compromise})
    point = x509.CRLDistributionPoints([x509.DistributionPoint(name, None, reasons, None)])
    own = issue(ISSUING, Wish(extra=((point, False),)))
    assert certificate_facts(own.certificate.public_bytes(Encoding.DER))["crl_addresses"] == []


def test_a_whole_scan_asks_each_question_once_and_only_with_the_class(tmp_path: Path) -> None:
    asked: list[str] = []
    with web({"/ca.crl": answered(revocation_list(ISSUING))}, asked) as port:
        context = server_context(leaf_at(port, by_crl="/ca.crl"), tmp_path)
        with (
            python_server(context, "127.0.0.61") as one,
            python_server(context, "127.0.0.62") as two,
        ):
            ports = f"{one},{two}"
            settings = {"resolver": at_loopback}
            roots = (pem(ROOT),)
            targets = "127.0.0.61,127.0.0.62"
            order = order_for(
                targets,
                ports,
                authorisation=letter(ProbeClass.REVOCATION),
                settings=settings,
                trust_roots=roots,
            )
            outcomes, evidence, _ = scanned(order)
            assert asked == ["/ca.crl"]
            for outcome in outcomes.values():
                (found,) = of_kind(outcome, "certificate.revocation")
                assert found.data["certificates"][0]["status"] == "good"
                assert set(found.evidence) <= set(evidence)
            plain = order_for(targets, ports, settings=settings, trust_roots=roots)
            outcomes, _, _ = scanned(plain)
    assert asked == ["/ca.crl"]
    assert not any(of_kind(item, "certificate.revocation") for item in outcomes.values())
