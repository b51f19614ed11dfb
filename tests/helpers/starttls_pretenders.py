"""Small servers of our own that go over to TLS: vulnerable ones, SQL Server's words, hostile ones.

None of them is a real product: they are written from the specifications, for what no Debian package
can show.
"""

import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tls_pki import issue

Talk = Callable[[socket.socket], None]


def context(folder: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A server's context with a certificate of its own."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.maximum_version = newest
    made.load_cert_chain(*issue().write(folder))
    return made


class Lines:
    """Lines from a connection, or from what an earlier one left in the buffer."""

    def __init__(self, connection: socket.socket, held: bytes = b"") -> None:
        self.connection = connection
        self.held = held

    def next(self) -> bytes:
        """The next line, or b"" at the end."""
        while b"\n" not in self.held:
            piece = self.connection.recv(4096)
            if not piece:
                return b""
            self.held += piece
        line, _, self.held = self.held.partition(b"\n")
        return line.strip()


SMTP = {
    b"EHLO": b"250-surel.kota-contoh.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n",
    b"LHLO": b"250-surel.kota-contoh.example\r\n250 STARTTLS\r\n",
    b"NOOP": b"250 ok\r\n",
    b"STARTTLS": b"220 go ahead\r\n",
    b"QUIT": b"221 bye\r\n",
}
POP3 = {
    b"CAPA": b"+OK\r\nUSER\r\nSTLS\r\n.\r\n",
    b"STLS": b"+OK begin\r\n",
    b"QUIT": b"+OK bye\r\n",
}
IMAP = {
    b"a1": b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n",
    b"a2": b"a2 OK begin\r\n",
    b"x1": b"x1 OK NOOP\r\n",
    b"x2": b"* BYE\r\nx2 OK LOGOUT\r\n",
}
FTP = {
    b"AUTH": b"234 go ahead\r\n",
    b"USER": b"331 password?\r\n",
    b"NOOP": b"200 ok\r\n",
    b"QUIT": b"221 bye\r\n",
}
SIEVE_LIST = (
    b'"IMPLEMENTATION" "Contoh"\r\n"SIEVE" "fileinto"\r\n"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK\r\n'
)
SIEVE = {
    b"STARTTLS": b"OK begin\r\n",
    b"NOOP": b'OK (TAG "x1") done\r\n',
    b"LOGOUT": b"OK bye\r\n",
}
NNTP = {
    b"CAPABILITIES": b"101 list\r\nVERSION 2\r\nAUTHINFO USER\r\nSTARTTLS\r\n.\r\n",
    b"STARTTLS": b"382 begin\r\n",
    b"DATE": b"111 20261121000000\r\n",
    b"QUIT": b"205 bye\r\n",
}
IRC = {
    b"CAP": b":irc.contoh CAP * LS :multi-prefix tls\r\n",
    b"STARTTLS": b":irc.contoh 670 * :go ahead\r\n",
}
STARTS = (b"STARTTLS", b"STLS", b"AUTH", b"a2")
GREETINGS = {
    "smtp": (b"220 surel.kota-contoh.example ESMTP\r\n", SMTP),
    "lmtp": (b"220 surel.kota-contoh.example LMTP\r\n", SMTP),
    "pop3": (b"+OK siap\r\n", POP3),
    "imap": (b"* OK siap\r\n", IMAP),
    "ftp": (b"220 FTP siap\r\n", FTP),
    "sieve": (SIEVE_LIST, SIEVE),
    "nntp": (b"200 NNTP siap\r\n", NNTP),
    "irc": (b"", IRC),
}


def lines_server(name: str, secured: ssl.SSLContext, *, keeps: bool) -> Talk:
    """A server of lines. With ``keeps`` it takes what came with STARTTLS into the TLS session."""
    greeting, answers = GREETINGS[name]

    def handle(connection: socket.socket) -> None:
        connection.sendall(greeting)
        lines = Lines(connection)
        while line := lines.next():
            word = line.split()[0]
            connection.sendall(answers.get(word, b"500 unknown\r\n"))
            if word in STARTS:
                break
        else:
            return
        with suppress(ssl.SSLError):
            inside = secured.wrap_socket(connection, server_side=True)
            with inside:
                lines = Lines(inside, lines.held if keeps else b"")
                if name == "sieve":
                    inside.sendall(SIEVE_LIST)
                while line := lines.next():
                    word = line.split()[0]
                    inside.sendall(answers.get(word, b"500 unknown\r\n"))
                    if word in (b"QUIT", b"LOGOUT", b"x2"):
                        return

    return handle


def postgresql_server(secured: ssl.SSLContext, *, keeps: bool, direct: bool = False) -> Talk:
    """SSLRequest as PostgreSQL answers it; ``direct``: TLS at once too, as from release 17 on."""

    def error(code: bytes, text: bytes) -> bytes:
        body = b"SFATAL\0C" + code + b"\0M" + text + b"\0\0"
        return b"E" + struct.pack(">I", 4 + len(body)) + body

    def handle(connection: socket.socket) -> None:
        if direct and connection.recv(1, socket.MSG_PEEK) == b"\x16":
            with (
                suppress(ssl.SSLError),
                secured.wrap_socket(connection, server_side=True) as inside,
            ):
                inside.recv(1)
            return
        request = connection.recv(4096)
        connection.sendall(b"S")
        kept = request[8:]
        with suppress(ssl.SSLError), secured.wrap_socket(connection, server_side=True) as inside:
            if kept and keeps:
                inside.sendall(error(b"0A000", b"unsupported frontend protocol 1234.5679"))
            elif kept:
                inside.sendall(error(b"08P01", b"received unencrypted data after SSL request"))
            else:
                inside.recv(100)

    return handle


def mssql_server(secured: ssl.SSLContext, encryption: int = 1, *, strict: bool = False) -> Talk:
    """SQL Server's PRELOGIN, and TLS records in TDS packets. It knows no login and no query.

    With ``strict`` it is TDS 8: TLS from the first byte on, and PRELOGIN inside it.
    """

    def packet(kind: int, content: bytes) -> bytes:
        return struct.pack(">BBHHBB", kind, 1, 8 + len(content), 0, 0, 0) + content

    def read(connection: socket.socket) -> bytes:
        content, last = b"", False
        while not last:
            head = _exactly(connection, 8)
            last = bool(head[1] & 1)
            content += _exactly(connection, int.from_bytes(head[2:4]) - 8)
        return content

    def response() -> bytes:
        options = ((0, b"\x10\x00\x10\x1f\x00\x00"), (1, bytes([encryption])))
        head, body, at = b"", b"", 11
        for token, value in options:
            head += struct.pack(">BHH", token, at + len(body), len(value))
            body += value
        return packet(4, head + b"\xff" + body)

    def in_packets(connection: socket.socket) -> None:
        read(connection)
        connection.sendall(response())
        if encryption == 2:
            return
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inside = secured.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                inside.do_handshake()
            except ssl.SSLWantReadError:
                if said := outgoing.read():
                    connection.sendall(packet(0x12, said))
                incoming.write(read(connection))
            else:
                if said := outgoing.read():
                    connection.sendall(packet(0x12, said))
                break
        # From here on the records travel bare.
        inside.write(b"di dalam")
        connection.sendall(outgoing.read())
        connection.recv(100)

    def handle(connection: socket.socket) -> None:
        with suppress(ssl.SSLError, ConnectionError):
            if not strict:
                in_packets(connection)
            elif connection.recv(1, socket.MSG_PEEK) == b"\x16":
                with secured.wrap_socket(connection, server_side=True) as inside:
                    read(inside)
                    inside.sendall(response())

    return handle


def _exactly(connection: socket.socket, count: int) -> bytes:
    content = b""
    while len(content) < count:
        piece = connection.recv(count - len(content))
        if not piece:
            raise ConnectionError
        content += piece
    return content
