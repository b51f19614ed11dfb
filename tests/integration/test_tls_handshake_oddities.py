"""Servers with what today's software no longer does: SSL 2.0, compression; and what is stapled."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from handshake_probing import handshakes
from tls_pki import NAME, Issued, Wish, authority, issue, rsa_key
from tls_probing import MemoryEvidence, chains, judged, outcomes
from tls_servers import nginx_server, openssl_server, raw_server
from tls_status import ocsp_response

from scanners.handshake.probe import OCSP_TYPE
from scanners.tls.wire import vector
from secaudit.core.canonical import sha256_hex

SSL2_SUITES = b"\x01\x00\x80\x02\x00\x80"


def record(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + b"\x03\x03" + vector(2, content)


def hello(suite: int, extensions: bytes, compression: int = 0, random: bytes = bytes(32)) -> bytes:
    body = b"\x03\x03" + random + b"\x00" + suite.to_bytes(2) + bytes([compression])
    return record(22, b"\x02" + vector(3, body + (vector(2, extensions) if extensions else b"")))


def offered(message: bytes) -> tuple[set[int], bytes]:
    """The suites and the compression methods of a ClientHello in its record."""
    at = 43 + 1 + message[43]
    size = int.from_bytes(message[at : at + 2])
    block = message[at + 2 : at + 2 + size]
    suites = {int.from_bytes(block[index : index + 2]) for index in range(0, size, 2)}
    at += 2 + size
    return suites, message[at + 1 : at + 1 + message[at]]


def relic(connection: socket.socket) -> None:
    """SSL 2.0 and TLS 1.2 with one suite, with compression, without any extension."""
    message = connection.recv(4096)
    if message[0] & 0x80:
        sizes = b"".join(len(part).to_bytes(2) for part in (b"cert", SSL2_SUITES, b"id"))
        body = b"\x04\x00\x01\x00\x02" + sizes + b"cert" + SSL2_SUITES + b"id"
        connection.sendall((0x8000 | len(body)).to_bytes(2) + body)
    else:
        suites, compressions = offered(message)
        if message[9:11] < b"\x03\x03" or 0x2F not in suites:
            connection.sendall(record(21, b"\x02\x46"))
        else:
            connection.sendall(hello(0x2F, b"", 1 if 1 in compressions else 0))
            connection.sendall(record(22, b"\x0e\x00\x00\x00"))
    while connection.recv(4096):
        pass


def test_a_relic() -> None:
    with raw_server(relic) as port:
        endpoint, seen = handshakes(port)
    assert seen.data["ssl2"] is True
    assert seen.data["ssl2_suites"] == [
        "SSL_CK_RC4_128_WITH_MD5",
        "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    ]
    assert seen.data["compression"] == "DEFLATE"
    assert seen.data["secure_renegotiation"] is False
    assert seen.data["extended_master_secret"] is False
    results = judged(endpoint, seen)
    assert results["tls.protocol.ssl2"].outcome == "failed"
    assert "EXPORT40" in results["tls.protocol.ssl2"].details["suites"]
    assert results["tls.renegotiation.insecure"].outcome == "failed"
    assert results["tls.renegotiation.client"].outcome == "inconclusive"
    assert results["tls.ticket.long_lifetime"].outcome == "inconclusive"


def downgrading(connection: socket.socket) -> None:
    """Knows TLS 1.3, and forgets its marks: no sentinel, no refusal of a fallback."""
    message = connection.recv(4096)
    if message[:1] != b"\x16":
        return
    suites, _ = offered(message)
    if b"\x00\x2b\x00\x03\x02\x03\x04" in message:
        share = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x02\x00\x1d"
        retry = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
        chosen = hello(0x1301, share, random=bytes.fromhex(retry))
        connection.sendall(chosen if 0x1301 in suites else record(21, b"\x02\x28"))
    elif message[9:11] == b"\x03\x03" and 0x2F in suites:
        connection.sendall(hello(0x2F, b"") + record(22, b"\x0e\x00\x00\x00"))
    else:
        connection.sendall(record(21, b"\x02\x46"))
    while connection.recv(4096):
        pass


def test_a_server_without_marks_against_downgrades() -> None:
    with raw_server(downgrading) as port:
        endpoint, seen = handshakes(port)
    assert endpoint.data["protocols"]["TLS 1.3"] == "accepted"
    assert seen.data["downgrade_sentinel"] is False
    assert seen.data["fallback_scsv"] is False
    assert seen.data["version_intolerance"] is True
    verdicts = outcomes(endpoint, seen)
    for check in ("downgrade_sentinel", "fallback_scsv", "intolerance.version"):
        assert verdicts[f"tls.{check}"] == "failed"
    assert verdicts["tls.early_data"] == "inconclusive"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_stapled_response_is_kept(tmp_path: Path, version: str) -> None:
    root = authority("Akar Kota Contoh")
    leaf = issue(root, replace(Wish(), key=rsa_key())).sending(root)
    response = ocsp_response(leaf, root)
    (tmp_path / "staple.der").write_bytes(response)
    staple = ("ssl_stapling on;", f"ssl_stapling_file {tmp_path}/staple.der;")
    kept = MemoryEvidence()
    with nginx_server(leaf, tmp_path, f"ssl_protocols {version};", *staple) as port:
        endpoint, seen = handshakes(port, kept=kept)
        chain = chains(port)
    digest = sha256_hex(response)
    assert seen.data["ocsp"] == {"stapled": True, "sha256": digest, "size": len(response)}
    assert kept[digest] == response
    assert digest in seen.evidence
    assert OCSP_TYPE == "application/ocsp-response"
    assert outcomes(endpoint, seen, *chain)["tls.ocsp_stapling"] == "passed"
    with nginx_server(leaf, tmp_path, f"ssl_protocols {version};") as port:
        endpoint, seen = handshakes(port)
        chain = chains(port)
    assert seen.data["ocsp"]["stapled"] is False
    # The certificate names no responder, so that there is nothing to staple.
    assert outcomes(endpoint, seen, *chain)["tls.ocsp_stapling"] == "not_applicable"


def test_a_name_that_is_known(tmp_path: Path) -> None:
    issued: Issued = issue()
    with openssl_server(issued, tmp_path) as port:
        endpoint, seen = handshakes(port, NAME)
    assert seen.data["asked_name"] == NAME
    assert seen.data["without_name"]["same"] is seen.data["unknown_name"]["same"] is True
    assert set(seen.data["signature_schemes"]["TLS 1.3"]) == {"ecdsa_secp256r1_sha256"}
    assert outcomes(endpoint, seen)["tls.sni.any_name"] == "failed"
