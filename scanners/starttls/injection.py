"""Whether a command that was sent in clear is carried out inside TLS.

A server that reads ahead keeps what came in one segment with STARTTLS, and takes it for the first
words of the protected session: whoever is on the path can put words into it (CVE-2011-0411 and the
NO STARTTLS family of 2021; CVE-2021-23214 in PostgreSQL). We inject a command that changes nothing,
finish the handshake, say one more thing and look whose answer comes: answers keep their order.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from scanners.network.services.platforms import xmpp_stream
from scanners.starttls.databases import SSL_REQUEST
from scanners.starttls.directory import message_numbers, search_root

Verdict = Literal["proved", "absent"]
Words = Callable[[str | None], bytes]
"""What is said to a server of this name."""
Reading = Callable[[bytes, bool], Verdict | None]
"""What came inside TLS, and whether the session has ended: a verdict, or None for not yet."""


@dataclass(frozen=True)
class Injection:
    """One harmless injection: what is smuggled in, what is said after it, how answers are read."""

    injected: Words
    after: Words
    read: Reading


def _numbered(last: bytes) -> Reading:
    """Replies with a code (SMTP, LMTP, FTP, NNTP); ``last`` is the code of the second answer."""

    def read(content: bytes, _ended: bool) -> Verdict | None:
        codes = re.findall(rb"(?m)^(\d{3})(?: .*)?\r?\n", content)
        if codes and codes[0] == last:
            return "absent"
        return "proved" if last in codes else None

    return read


def _tagged(content: bytes, _ended: bool) -> Verdict | None:
    """IMAP: the tag x1 was injected, x2 was not."""
    if re.search(rb"(?mi)^x1 .*\n", content):
        return "proved"
    return "absent" if re.search(rb"(?mi)^x2 .*\n", content) else None


def _mailbox(content: bytes, ended: bool) -> Verdict | None:
    """POP3: QUIT has one answer of one line; a second status line, or a list, is not its own."""
    states = re.findall(rb"(?m)^(\+OK|-ERR)\b.*\n", content)
    if len(states) > 1:
        return "proved"
    return "absent" if ended and states == [b"+OK"] and content.startswith(b"+OK") else None


def _filters(content: bytes, ended: bool) -> Verdict | None:
    """ManageSieve: NOOP gives its own word back (RFC 5804, 2.13)."""
    if b'"x1"' in content:
        return "proved"
    return "absent" if ended and re.search(rb"(?mi)^OK\b", content) else None


def _directory(content: bytes, _ended: bool) -> Verdict | None:
    """LDAP: message 2 was injected, 3 was not."""
    numbers = message_numbers(content)
    if 2 in numbers:
        return "proved"
    return "absent" if 3 in numbers else None


def _streams(content: bytes, _ended: bool) -> Verdict | None:
    """XMPP: one opening has one answer; a second one, or an error after the features, is not ours.

    A second opening inside a stream is a fault of its own, where the first was taken up.
    """
    features = re.search(rb"</stream:features>|<stream:features/>", content)
    if content.count(b"<stream:stream") > 1 or (
        features is not None and b"<stream:error" in content[features.end() :]
    ):
        return "proved"
    return "absent" if features is not None else None


def _startup(content: bytes, _ended: bool) -> Verdict | None:
    """PostgreSQL, by SQLSTATE.

    0A000 answers the injected request as a startup packet; 08P01 refuses data in clear.
    """
    if not content.startswith(b"E"):
        return None
    if b"C0A000\0" in content:
        return "proved"
    return "absent" if b"C08P01\0" in content else None


def _always(content: bytes) -> Words:
    return lambda _name: content


def _stream_of(kind: str) -> Injection:
    def words(name: str | None) -> bytes:
        return xmpp_stream(name, kind)

    return Injection(words, words, _streams)


INJECTIONS: Mapping[str, Injection] = {
    "smtp": Injection(_always(b"NOOP\r\n"), _always(b"QUIT\r\n"), _numbered(b"221")),
    "lmtp": Injection(_always(b"NOOP\r\n"), _always(b"QUIT\r\n"), _numbered(b"221")),
    "ftp": Injection(_always(b"NOOP\r\n"), _always(b"QUIT\r\n"), _numbered(b"221")),
    "nntp": Injection(_always(b"DATE\r\n"), _always(b"QUIT\r\n"), _numbered(b"205")),
    "imap": Injection(_always(b"x1 NOOP\r\n"), _always(b"x2 LOGOUT\r\n"), _tagged),
    "pop3": Injection(_always(b"CAPA\r\n"), _always(b"QUIT\r\n"), _mailbox),
    "sieve": Injection(_always(b'NOOP "x1"\r\n'), _always(b"LOGOUT\r\n"), _filters),
    "ldap": Injection(_always(search_root(2)), _always(search_root(3)), _directory),
    "xmpp": _stream_of("client"),
    "xmpp-server": _stream_of("server"),
    "postgresql": Injection(_always(SSL_REQUEST), _always(b""), _startup),
}
"""By the name of the service. The others take nothing that could be injected harmlessly."""
