"""What is read before and inside TLS: every byte string ends in a verdict, a refusal or None."""

import asyncio
from contextlib import suppress
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.base import ProbeError
from scanners.network.services.facts import Service
from scanners.network.services.greetings import recognise
from scanners.starttls.dialer import starts_tls
from scanners.starttls.dialogues import DIALOGUES
from scanners.starttls.directory import message_numbers, search_root
from scanners.starttls.injection import INJECTIONS
from scanners.starttls.preamble import Bounds, Preamble, StartTlsError
from scanners.starttls.streams import StreamAfter
from scanners.starttls.tds import TdsStream, options_of, packets, prelogin
from secaudit.core.vocabulary import Reason

WORDS = st.lists(
    st.sampled_from(
        [b"220 ", b"220-", b"250 STARTTLS", b"250-AUTH PLAIN", b"\r\n", b"* OK", b"a1 OK", b"a2 OK",
         b"* CAPABILITY IMAP4 STARTTLS", b"+OK", b"-ERR", b".", b"STLS", b"334", b"101 list",
         b'"SIEVE" "x"', b'"STARTTLS"', b"OK", b"<stream:stream>", b"<stream:features>",
         b"</stream:features>", b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
         b"<proceed/>", b"\x03\x00\x00\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x01\0\0\0", b"S", b"N",
         b"0\x0c\x02\x01\x01x\x07\x0a\x01\0\x04\0\x04\0", b":a CAP * LS :tls", b":a 670 * :x"]
    )
    | st.binary(max_size=12),
    max_size=14,
).map(b"".join)  # fmt: skip


class Canned:
    """A stream that gives what it was given, a few bytes at a time."""

    def __init__(self, content: bytes, step: int = 7) -> None:
        self.left = content
        self.step = step
        self.sent = b""

    async def send(self, content: bytes) -> None:
        self.sent += content

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        size = min(limit, self.step)
        piece, self.left = self.left[:size], self.left[size:]
        return piece

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        received = b""
        while len(received) < count:
            piece = await self.receive(count - len(received))
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            received += piece
        return received

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("name", sorted(DIALOGUES))
@given(content=WORDS, step=st.integers(1, 40))
def test_no_server_breaks_a_dialogue(name: str, content: bytes, step: int) -> None:
    dialogue = DIALOGUES[name]
    for speak in (dialogue.speak, *dialogue.asks):
        preamble = Preamble(Canned(content, step), "contoh.example", Bounds(seconds=5.0))
        with suppress(ProbeError):
            asyncio.run(speak(preamble))
        assert preamble.facts.get("login_in_clear") in (True, False, None)
        assert all(len(item) <= 21 for item in preamble.facts.get("login_methods", []))


@pytest.mark.parametrize("name", sorted(INJECTIONS))
@given(content=WORDS, ended=st.booleans())
def test_no_answer_breaks_a_reading(name: str, content: bytes, ended: bool) -> None:
    assert INJECTIONS[name].read(content, ended) in ("proved", "absent", None)


@pytest.mark.parametrize("name", sorted(set(INJECTIONS) - {"postgresql"}))
def test_silence_is_no_verdict(name: str) -> None:
    assert INJECTIONS[name].read(b"", False) is None
    assert INJECTIONS[name].read(b"", True) is None


@given(st.binary(max_size=200))
def test_ldap_messages_are_counted_in_any_bytes(content: bytes) -> None:
    assert all(number >= 0 for number in message_numbers(content))
    assert message_numbers(search_root(2) + search_root(3)) == {2, 3}


@given(st.binary(max_size=20_000), st.integers(1, 5000))
def test_tds_packets_carry_any_bytes_whole(content: bytes, step: int) -> None:
    async def read() -> bytes:
        stream = TdsStream(Canned(packets(content), step))
        received = b""
        while piece := await stream.receive(4096):
            received += piece
        return received

    assert asyncio.run(read()) == content


@given(st.binary(max_size=300))
def test_options_of_any_bytes(content: bytes) -> None:
    assert len(options_of(content)) <= 16
    assert options_of(prelogin()[8:])[1] == b"\x01"


def test_records_after_the_handshake_travel_bare() -> None:
    async def talk() -> tuple[bytes, bytes]:
        below = Canned(packets(b"\x16\x03\x03\0\x01x") + b"\x17\x03\x03\0\x01y", 64)
        stream = TdsStream(below)
        received = await stream.receive_exactly(6)
        received += await stream.receive_exactly(6)
        await stream.send(b"\x16\x03\x01\0\x01x")
        await stream.send(b"\x17\x03\x03\0\x01y")
        return received, below.sent

    received, sent = asyncio.run(talk())
    assert received == b"\x16\x03\x03\0\x01x\x17\x03\x03\0\x01y"
    assert sent == packets(b"\x16\x03\x01\0\x01x") + b"\x17\x03\x03\0\x01y"


def test_what_came_too_early_is_read_first() -> None:
    async def read() -> bytes:
        return await StreamAfter(Canned(b"cde"), b"ab").receive_exactly(5)

    assert asyncio.run(read()) == b"abcde"


def test_the_injected_words_go_out_in_one_send() -> None:
    sends: list[bytes] = []

    class Watching(Canned):
        async def send(self, content: bytes) -> None:
            sends.append(content)

    stream = Watching(b"220 siap\r\n250-contoh\r\n250 STARTTLS\r\n220 go\r\nsisa", 64)
    preamble = Preamble(stream, injected=b"NOOP\r\n")
    asyncio.run(DIALOGUES["smtp"].speak(preamble))
    assert sends == [b"EHLO secaudit.invalid\r\n", b"STARTTLS\r\nNOOP\r\n"]
    assert preamble.leftover == b"sisa"
    assert bytes(preamble.words.sent) == b"".join(sends)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("smtp", b"220 x\r\n250-x\r\n250 STARTTLS\r\n554 no\r\n", "refused"),
        ("smtp", b"220 x\r\n250-x\r\n250 STARTTLS\r\n454 4.7.0 too many\r\n", "unavailable"),
        (
            "smtp",
            b"220\r\n250-x\r\n250 STARTTLS\r\n454 TLS not available due to local problem\r\n",
            "refused",
        ),
        ("smtp", b"220 x\r\n502 no EHLO\r\n", "not_offered"),
        ("smtp", b"554 go away\r\n", "unavailable"),
        ("imap", b"* BYE\r\n", "unavailable"),
        ("imap", b"* OK\r\n* CAPABILITY IMAP4 STARTTLS\r\na1 OK\r\na2 BAD\r\n", "refused"),
        (
            "imap",
            b"* OK\r\n* CAPABILITY IMAP4 STARTTLS\r\na1 OK\r\na2 NO [UNAVAILABLE] no\r\n",
            "unavailable",
        ),
        ("pop3", b"+OK\r\n-ERR\r\n-ERR unknown\r\n", "not_offered"),
        ("pop3", b"+OK\r\n+OK\r\nSTLS\r\n.\r\n-ERR\r\n", "refused"),
        ("pop3", b"+OK\r\n+OK\r\nSTLS\r\n.\r\n-ERR [SYS/TEMP] later\r\n", "unavailable"),
        ("ftp", b"220 FTP\r\n500 AUTH?\r\n", "not_offered"),
        ("ftp", b"220 FTP\r\n431 later\r\n", "unavailable"),
        ("ftp", b"220 FTP\r\n534 no\r\n", "refused"),
        ("nntp", b"200 x\r\n500 what\r\n", "not_offered"),
        ("irc", b":a 421 * CAP :Unknown\r\n", "not_offered"),
        ("irc", b":a CAP * LS :tls\r\n:a 691 * :no\r\n", "refused"),
        ("postgresql", b"N", "not_offered"),
        ("postgresql", b"E\0\0\0\x0csFATAL\0\0", "unavailable"),
        ("mysql", b"\x10\0\0\0\xff\x69\x04Host blocked ", "unavailable"),
        ("rdp", bytes.fromhex("030000130ed000001234000300080002000000"), "not_offered"),
        ("rdp", bytes.fromhex("030000130ed000001234000300080005000000"), "refused"),
        ("rdp", bytes.fromhex("0300000b06d00000123400"), "not_offered"),
        ("ldap", bytes.fromhex("300c02010178070a010204000400"), "not_offered"),
        ("ldap", bytes.fromhex("300c02010178070a013404000400"), "refused"),
        ("ldap", bytes.fromhex("300c02010178070a013304000400"), "unavailable"),
        ("xmpp", b"<stream:stream><stream:features></stream:features>", "not_offered"),
        ("xmpp", b"<stream:stream><stream:error>x</stream:error>", "not_offered"),
        ("xmpp", b"<stream:stream><stream:error><host-unknown/></stream:error>", "name_unknown"),
        ("mssql", b"\x04\x01\x00\x08\0\0\0\0", "wrong_protocol"),
    ],
)  # fmt: skip
def test_refusals_have_their_names(name: str, content: bytes, refusal: str) -> None:
    preamble = Preamble(Canned(content, 64), "contoh.example")
    with pytest.raises(StartTlsError) as caught:
        asyncio.run(DIALOGUES[name].speak(preamble))
    assert caught.value.refusal == refusal


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (Service("smtp", starttls=True), True),
        (Service("smtp", starttls=False), False),
        (Service("smtp", starttls=None), False),
        (Service("rdp", starttls=None, method="nmap"), True),
        (Service("ssh", starttls=None, method="nmap"), False),
        (Service("imap", tls=True), False),
        (Service("mongodb", starttls=True), False),
    ],
)
def test_who_is_spoken_to_before_tls(service: Service, expected: bool) -> None:
    assert starts_tls(service) is expected


@pytest.mark.parametrize(
    ("content", "port", "name"),
    [
        (b"200 news.kota-contoh.example InterNetNews NNRP server ready\r\n", 8119, "nntp"),
        (b"201 tanpa nama\r\n", 119, "nntp"),
        (b"200 siap\r\n", 8000, None),
        (b"220 surel LMTP\r\n", 2400, "lmtp"),
        (b"220 surel\r\n", 24, "lmtp"),
        (b"220 surel ESMTP\r\n", 25, "smtp"),
        (b'"IMPLEMENTATION" "Contoh 1"\r\n"SIEVE" ""\r\nOK\r\n', 4190, "sieve"),
        (b'"halo"\r\n', 4190, None),
        (b":irc.contoh NOTICE * :*** Looking up\r\n", 6667, "irc"),
        (b"NOTICE: maintenance\r\n", 6667, None),
        (b"<stream:stream xmlns='jabber:client'>", 5222, None),
    ],
)
def test_greetings(content: bytes, port: int, name: str | None) -> None:
    found = recognise(content, port)
    assert (found.name if found else None) == name
