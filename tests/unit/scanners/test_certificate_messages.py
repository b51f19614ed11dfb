"""Certificate messages with what may stand beside a certificate, whole and damaged."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tls_status import vector

from scanners.certificate.entries import ASKED, STATUS, TIMESTAMPS, parse_entries, parse_status
from scanners.certificate.retrieval import place_of
from scanners.tls.hello import Offer, client_hello
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError

_bytes = st.binary(max_size=60)


def extension(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2) + vector(2, content)


def modern(*entries: tuple[bytes, bytes]) -> bytes:
    listed = b"".join(vector(3, der) + vector(2, beside) for der, beside in entries)
    return b"\x00" + vector(3, listed)


@given(st.lists(_bytes, min_size=1, max_size=5), _bytes, _bytes)
def test_what_stands_beside_the_first_is_read(
    ders: list[bytes], staple: bytes, timestamps: bytes
) -> None:
    beside = extension(STATUS, b"\x01" + vector(3, staple)) + extension(TIMESTAMPS, timestamps)
    body = modern((ders[0], beside), *((der, b"") for der in ders[1:]))
    found = parse_entries(body, Protocol.TLS1_3)
    assert found.certificates == tuple(ders)
    assert (found.staple, found.timestamps, found.broken) == (staple, timestamps, False)
    plain = parse_entries(vector(3, b"".join(vector(3, der) for der in ders)), Protocol.TLS1_2)
    assert plain.certificates == tuple(ders)
    assert plain.staple is None


@settings(max_examples=300)
@given(_bytes, _bytes)
def test_any_bytes_beside_cost_nobody_the_certificates(der: bytes, beside: bytes) -> None:
    found = parse_entries(modern((der, beside)), Protocol.TLS1_3)
    assert found.certificates == (der,)
    assert not found.broken or found.staple is None


@settings(max_examples=300)
@given(_bytes)
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    for read in (
        parse_status,
        lambda body: parse_entries(body, Protocol.TLS1_2),
        lambda body: parse_entries(body, Protocol.TLS1_3),
    ):
        try:
            read(content)
        except MalformedError:
            continue


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_text_for_an_address(text: str) -> None:
    for url in (text, f"http://{text}", f"http://pki.example/{text}"):
        place = place_of(url)
        if place is not None:
            assert not set(place.host + place.target) & set("\r\n \t\0")
            assert place.target.isascii()
            assert 0 < place.port < 65536


def test_the_hello_asks_for_both() -> None:
    hello = client_hello(Offer(Protocol.TLS1_2, (0xC02F,), "contoh.go.id", extensions=ASKED))
    assert extension(5, b"\x01\x00\x00\x00\x00") in hello
    assert extension(18, b"") in hello
