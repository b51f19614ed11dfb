"""Which service speaks which words before TLS. A new protocol is one line here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from scanners.network.services.platforms import xmpp_stream
from scanners.starttls import chat, databases, desktop, directory, files_and_news, mail, tds
from scanners.starttls.preamble import Preamble

Speak = Callable[[Preamble], Awaitable[None]]
"""Speaks until the go-ahead. Raises StartTlsError where there is none, and ProbeError."""


@dataclass(frozen=True)
class Dialogue:
    """One protocol: how it goes over to TLS, and what is asked about it beside that.

    ``login``: a question of its own about logins in clear, on another connection, where the words
    before TLS do not already tell. ``injected`` is a harmless command that is sent in one segment
    with the command that starts TLS; ``after`` is what is then said inside TLS.
    ``most``: connections that one scan may make, where a server bans who makes too many.
    """

    speak: Speak
    login: Speak | None = None
    injected: bytes = b""
    after: bytes = b""
    most: int | None = None


DIALOGUES: Mapping[str, Dialogue] = {
    "smtp": Dialogue(mail.smtp, injected=b"NOOP\r\n", after=b"QUIT\r\n"),
    "lmtp": Dialogue(mail.lmtp, injected=b"NOOP\r\n", after=b"QUIT\r\n"),
    "imap": Dialogue(mail.imap, injected=b"x1 NOOP\r\n", after=b"x2 LOGOUT\r\n"),
    "pop3": Dialogue(mail.pop3, injected=b"CAPA\r\n", after=b"QUIT\r\n"),
    "sieve": Dialogue(mail.sieve, injected=b'NOOP "x1"\r\n', after=b"LOGOUT\r\n"),
    "ftp": Dialogue(
        files_and_news.ftp, files_and_news.ftp_login, injected=b"NOOP\r\n", after=b"QUIT\r\n"
    ),
    "nntp": Dialogue(files_and_news.nntp, injected=b"DATE\r\n", after=b"QUIT\r\n"),
    "irc": Dialogue(files_and_news.irc),
    "ldap": Dialogue(
        directory.ldap,
        directory.ldap_login,
        injected=directory.search_root(2),
        after=directory.search_root(3),
    ),
    "xmpp": Dialogue(
        chat.xmpp,
        injected=xmpp_stream(None, "client"),
        after=xmpp_stream(None, "client"),
    ),
    "xmpp-server": Dialogue(
        chat.xmpp_server,
        injected=xmpp_stream(None, "server"),
        after=xmpp_stream(None, "server"),
    ),
    "postgresql": Dialogue(databases.postgresql, injected=databases.SSL_REQUEST),
    "mysql": Dialogue(databases.mysql, most=60),
    "rdp": Dialogue(desktop.rdp, desktop.rdp_without_tls),
    "mssql": Dialogue(tds.mssql),
}
"""By the name of the service."""
