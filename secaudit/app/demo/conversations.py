"""What the sample city's servers say: HTTP, and services that ought not to be open any more.

Each conversation is bounded in turns and bytes; the listener bounds its silence.
"""

import socket

from secaudit.app.demo.listener import Conversation

_LONGEST_LINE = 4096
_MOST_TURNS = 100

_IAC, _WILL, _DO = b"\xff", b"\xfb", b"\xfd"
_ECHO, _SUPPRESS_GO_AHEAD, _TERMINAL_TYPE = b"\x01", b"\x03", b"\x18"

_PAGE = (
    "<!doctype html><html lang=id><meta charset=utf-8><title>{title}</title>"
    "<h1>{title}</h1><p>Kota Contoh: layanan contoh di komputer ini saja.</p></html>"
)
_PROTECTION = (
    "Strict-Transport-Security: max-age=31536000",
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: strict-origin-when-cross-origin",
)
_REDIS_INFO = (
    "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux\r\n"
    "# Keyspace\r\ndb0:keys=1204,expires=0,avg_ttl=0\r\n"
)


class _Lines:
    """Reads a socket line by line, within bounds."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def next(self) -> bytes | None:
        """The next line without its end, or None at the end of the conversation."""
        while b"\n" not in self._held:
            if len(self._held) > _LONGEST_LINE:
                return None
            received = self._connection.recv(_LONGEST_LINE)
            if not received:
                return None
            self._held += received
        line, _, self._held = self._held.partition(b"\n")
        return line.rstrip(b"\r")


def web_page(title: str, *, strict: bool = False) -> Conversation:
    """Serve one HTML page over HTTP; ``strict`` asks browsers for all the protection there is."""
    body = _PAGE.format(title=title).encode()
    headers = ["Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}"]
    if strict:
        headers += _PROTECTION
    return _http("200 OK", headers, body)


def redirect(location: str) -> Conversation:
    """Send every HTTP request elsewhere (RFC 9110, 301)."""
    return _http("301 Moved Permanently", [f"Location: {location}", "Content-Length: 0"], b"")


def _http(status: str, headers: list[str], body: bytes) -> Conversation:
    head = "\r\n".join(
        [f"HTTP/1.1 {status}", "Server: layanan-contoh", "Connection: close", *headers, "", ""]
    ).encode("ascii")

    def converse(connection: socket.socket) -> None:
        lines = _Lines(connection)
        request = lines.next()
        if request is None:
            return
        for _ in range(_MOST_TURNS):
            if not lines.next():
                break
        connection.sendall(head if request.startswith(b"HEAD ") else head + body)

    return converse


def telnet(connection: socket.socket) -> None:
    """Negotiate as RFC 854 says, ask for a name and a password in clear, and refuse them."""
    connection.sendall(
        _IAC + _DO + _TERMINAL_TYPE + _IAC + _WILL + _SUPPRESS_GO_AHEAD + _IAC + _WILL + _ECHO
    )
    connection.sendall(b"\r\nKamera CCTV Simpang Contoh\r\nlogin: ")
    lines = _Lines(connection)
    for _ in range(3):
        if lines.next() is None:
            return
        connection.sendall(b"Password: ")
        if lines.next() is None:
            return
        connection.sendall(b"\r\nLogin incorrect\r\nlogin: ")


_FTP_ANSWERS = {
    "USER": "331 Please specify the password.",
    "PASS": "530 Login incorrect.",
    "AUTH": "502 Command not implemented.",
    "SYST": "215 UNIX Type: L8",
    "NOOP": "200 NOOP ok.",
    "FEAT": "211 No features.",
    "HELP": "214 USER PASS QUIT SYST NOOP FEAT HELP",
    "QUIT": "221 Goodbye.",
}


def ftp(connection: socket.socket) -> None:
    """Speak FTP (RFC 959) without TLS: passwords travel in clear, and none is right."""
    connection.sendall(b"220 Server berkas Kota Contoh siap (FTP)\r\n")
    lines = _Lines(connection)
    for _ in range(_MOST_TURNS):
        line = lines.next()
        if line is None:
            return
        verb = line.decode("latin-1").partition(" ")[0].upper()
        answer = _FTP_ANSWERS.get(verb, "530 Please login with USER and PASS.")
        connection.sendall(answer.encode("ascii") + b"\r\n")
        if verb == "QUIT":
            return


def redis(connection: socket.socket) -> None:
    """Answer as a Redis that wants no password: PING, ECHO, INFO, AUTH and QUIT, nothing more."""
    lines = _Lines(connection)
    for _ in range(_MOST_TURNS):
        command = _redis_command(lines)
        if command is None:
            return
        connection.sendall(_redis_answer(command))
        if command[:1] == ["QUIT"]:
            return


def _redis_command(lines: _Lines) -> list[str] | None:
    """Read one command, inline or as an array of bulk strings (RESP); the verb in upper case."""
    line = lines.next()
    if line is None:
        return None
    words = line.decode("latin-1").split()
    if line.startswith(b"*"):
        count = int(line[1:]) if line[1:].isdigit() else 0
        words = []
        for _ in range(min(count, 16)):
            length, value = lines.next(), lines.next()
            if length is None or value is None:
                return None
            words.append(value.decode("latin-1"))
    return [words[0].upper(), *words[1:]] if words else []


def _redis_answer(command: list[str]) -> bytes:
    match command:
        case []:
            return b""
        case ["PING"]:
            return b"+PONG\r\n"
        case ["INFO", *_]:
            return b"$%d\r\n%s\r\n" % (len(_REDIS_INFO), _REDIS_INFO.encode("ascii"))
        case ["AUTH", *_]:
            return b"-ERR Client sent AUTH, but no password is set\r\n"
        case ["QUIT"]:
            return b"+OK\r\n"
    return b"-ERR unknown command\r\n"
