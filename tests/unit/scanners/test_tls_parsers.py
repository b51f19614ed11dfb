"""The parsers read what the protocol says, and answer anything else by the one declared error."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.base import ProbeError
from scanners.tls import suites as suites_module
from scanners.tls.hello import Offer, client_hello, hello_record
from scanners.tls.messages import (
    parse_certificates,
    parse_extensions,
    parse_key_exchange,
    parse_server_hello,
)
from scanners.tls.records import AlertError, check_alert, split_message
from scanners.tls.schedule import READABLE_GROUPS, HandshakeKeys, KeyShare, message_hash
from scanners.tls.suites import all_suites, common_suites_for, suites_by_name, suites_for
from scanners.tls.version import Protocol, protocol_of
from scanners.tls.wire import MalformedError, Reader, vector
from secaudit.content.yaml import read_document

HELLO = b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\xc0\x2f" + b"\x00"


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_malformed(content: bytes) -> None:
    table = suites_by_name()
    parsers = (
        parse_server_hello,
        parse_extensions,
        lambda body: parse_server_hello(HELLO + body),
        lambda body: parse_certificates(body, Protocol.TLS1_2),
        lambda body: parse_certificates(body, Protocol.TLS1_3),
        lambda body: parse_key_exchange(body, table["TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]),
        lambda body: parse_key_exchange(body, table["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]),
    )
    for parser in parsers:
        with suppress(MalformedError):
            parser(content)
    with suppress(ProbeError):
        split_message(content, 1000)
    with suppress(MalformedError, AlertError):
        check_alert(content)
    for group in READABLE_GROUPS[:3]:
        with suppress(MalformedError):
            KeyShare(group).agree(content)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_record_opens_without_the_key(header: bytes, content: bytes) -> None:
    for suite in (0x1301, 0x1303, 0x1305):
        with pytest.raises(MalformedError):
            HandshakeKeys(suite, bytes(32), b"").open(header, content)


def test_a_server_hello_is_read() -> None:
    plain = parse_server_hello(HELLO)
    assert (plain.protocol, plain.suite, plain.is_retry) == (Protocol.TLS1_2, 0xC02F, False)
    modern = bytes.fromhex("002b0002030400330006001d00020909")
    hello = parse_server_hello(HELLO + vector(2, modern))
    assert (hello.protocol, hello.group, hello.share) == (Protocol.TLS1_3, 29, b"\x09\x09")
    with pytest.raises(MalformedError):
        parse_server_hello(HELLO + vector(2, modern) + b"\x00")
    with pytest.raises(MalformedError):
        parse_server_hello(HELLO + vector(2, modern + modern))


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_certificates_come_back_in_order(certificates: list[bytes]) -> None:
    body = vector(3, b"".join(vector(3, item) for item in certificates))
    assert parse_certificates(body, Protocol.TLS1_2) == tuple(certificates)
    modern = b"".join(vector(3, item) + b"\x00\x00" for item in certificates)
    body = b"\x00" + vector(3, modern)
    assert parse_certificates(body, Protocol.TLS1_3) == tuple(certificates)


def test_key_exchange_parameters() -> None:
    table = suites_by_name()
    dh = vector(2, b"\x00" + b"\xff" * 128) + vector(2, b"\x02") + vector(2, b"\x05")
    seen = parse_key_exchange(dh, table["TLS_DH_anon_WITH_AES_128_CBC_SHA"])
    assert seen.dh_bits == 1024
    ec = b"\x03\x00\x17" + vector(1, bytes(65))
    assert parse_key_exchange(ec, table["TLS_ECDHE_RSA_WITH_RC4_128_SHA"]).group == "secp256r1"


@given(
    st.sampled_from(list(Protocol)),
    st.lists(st.sampled_from(sorted(all_suites())), max_size=400, unique=True),
    st.sampled_from([None, "layanan.contoh.go.id"]),
)
def test_hellos_are_well_formed(protocol: Protocol, suites: list[int], name: str | None) -> None:
    message = client_hello(Offer(protocol, suites, name))
    record = Reader(hello_record(message, protocol))
    assert record.take(3) == (b"\x16\x03\x00" if protocol is Protocol.SSL3 else b"\x16\x03\x01")
    handshake = Reader(record.vector(2))
    record.expect_end()
    assert handshake.number(1) == 1
    body = Reader(handshake.vector(3))
    handshake.expect_end()
    assert body.number(2) == min(protocol.code, 0x0303)
    body.take(32)
    body.vector(1)
    offered = Reader(body.vector(2))
    codes = [offered.number(2) for _ in range(offered.left // 2)]
    assert [code for code in codes if code != 0x00FF] == suites
    assert body.vector(1) == b"\x00"
    if protocol is Protocol.SSL3:
        body.expect_end()
    else:
        extensions = parse_extensions(body.vector(2))
        body.expect_end()
        assert (0 in extensions) is (name is not None)
        assert (43 in extensions) is (51 in extensions) is (protocol is Protocol.TLS1_3)


def test_suites_are_read_as_yaml_would_be() -> None:
    written = read_document(Path(suites_module.__file__).with_name("suites.yaml")).value
    assert {f"0x{code:04X}": suite.name for code, suite in all_suites().items()} == written


def test_versions_have_their_suites() -> None:
    assert protocol_of(0x0304) is Protocol.TLS1_3
    assert protocol_of(0x0200) is None
    table = all_suites()
    assert len(table) > 350
    assert all(table[code].only_tls1_3 for code in suites_for(Protocol.TLS1_3))
    assert not any(table[code].aead for code in suites_for(Protocol.TLS1_1))
    assert len(suites_for(Protocol.TLS1_2)) + len(suites_for(Protocol.TLS1_3)) == len(table)
    for protocol in Protocol:
        assert set(common_suites_for(protocol)) < set(suites_for(protocol))
        assert len(common_suites_for(protocol)) <= 40


def test_every_suite_name_says_what_it_is() -> None:
    table = suites_by_name()
    assert table["TLS_RSA_EXPORT_WITH_RC4_40_MD5"].weaknesses == {"export", "rc4"}
    assert table["TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"].weaknesses == {"anonymous", "triple_des"}
    assert table["TLS_DHE_RSA_WITH_DES_CBC_SHA"].weaknesses == {"des"}
    assert table["TLS_RSA_WITH_NULL_SHA256"].weaknesses == {"null"}
    assert table["TLS_NULL_WITH_NULL_NULL"].weaknesses == {"null", "anonymous"}
    assert table["TLS_SHA256_SHA256"].weaknesses == {"null"}
    gcm = table["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
    assert (gcm.aead, gcm.cbc, gcm.forward_secret) == (True, False, True)
    assert gcm.authentication == "ECDSA"
    assert not table["TLS_RSA_WITH_AES_256_GCM_SHA384"].forward_secret
    assert not table["TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"].forward_secret
    assert table["TLS_DHE_PSK_WITH_AES_128_CBC_SHA"].authentication == "PSK"
    assert not table["TLS_DHE_PSK_WITH_AES_128_CBC_SHA"].certified
    assert table["TLS_RSA_PSK_WITH_NULL_SHA"].weaknesses == {"null"}


def test_the_first_hello_is_replaced_by_its_hash_after_a_retry() -> None:
    assert message_hash(0x1302, b"x")[:4] == b"\xfe\x00\x00\x30"
    with pytest.raises(MalformedError):
        message_hash(0x002F, b"x")
    with pytest.raises(MalformedError):
        KeyShare(256)
