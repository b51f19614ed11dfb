"""Which service speaks which words before TLS. A new protocol is one line here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from scanners.starttls import chat, databases, desktop, directory, files_and_news, mail, tds
from scanners.starttls.preamble import Preamble

Speak = Callable[[Preamble], Awaitable[None]]
"""Speaks until the go-ahead. Raises StartTlsError where there is none, and ProbeError."""


@dataclass(frozen=True)
class Dialogue:
    """One protocol: how it goes over to TLS, and what is asked about it beside that.

    ``asks`` are questions of their own, each on another connection, about what the words before
    TLS do not already tell. ``most``: connections that one scan may make, where a server bans who
    makes too many. ``may_be_direct``: TLS may also be spoken at once on the same port.
    """

    speak: Speak
    asks: tuple[Speak, ...] = ()
    most: int | None = None
    may_be_direct: bool = False


DIALOGUES: Mapping[str, Dialogue] = {
    "smtp": Dialogue(mail.smtp),
    "lmtp": Dialogue(mail.lmtp),
    "imap": Dialogue(mail.imap),
    "pop3": Dialogue(mail.pop3),
    "sieve": Dialogue(mail.sieve),
    "ftp": Dialogue(files_and_news.ftp, (files_and_news.ftp_login,)),
    "nntp": Dialogue(files_and_news.nntp),
    "irc": Dialogue(files_and_news.irc),
    "ldap": Dialogue(directory.ldap, (directory.ldap_login,)),
    "xmpp": Dialogue(chat.xmpp),
    "xmpp-server": Dialogue(chat.xmpp_server),
    "postgresql": Dialogue(databases.postgresql, may_be_direct=True),
    "mysql": Dialogue(databases.mysql, most=60),
    "rdp": Dialogue(desktop.rdp, (desktop.rdp_without_tls, desktop.rdstls)),
    "mssql": Dialogue(tds.mssql, may_be_direct=True),
}
"""By the name of the service."""
