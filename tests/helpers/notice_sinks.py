"""Services on this machine that take notices: a webhook and a mail server, real and bounded."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST_BYTES = 2**20


class Webhook:
    """What a webhook was sent. ``answers`` are the next statuses; after them, 200."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.answers: list[int] = []
        self.port = 0

    @property
    def last(self) -> dict[str, Any]:
        return self.received[-1]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook on 127.0.0.1; a status of 0 in ``answers`` is silence until it is closed."""
    sink, closing = Webhook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers["Content-Length"]), MOST_BYTES)
            content = json.loads(self.rfile.read(length))
            status = sink.answers.pop(0) if sink.answers else 200
            sink.paths.append(self.path)
            if status == 0:
                closing.wait(60)
                return
            if status == 200:
                sink.received.append(content)
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"http://127.0.0.1:{sink.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class Mailbox:
    """The messages that a mail server took, and for whom."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[str] = []
        self.port = 0

    def subject(self, number: int = -1) -> str:
        return str(make_header(decode_header(self.messages[number]["Subject"])))

    def text(self, number: int = -1) -> str:
        """The plain part of a message."""
        for part in self.messages[number].walk():
            if part.get_content_type() == "text/plain":
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                return content.decode("utf-8")
        return ""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server on 127.0.0.1 that speaks as much of SMTP (RFC 5321) as one message needs."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        timeout = 20

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode("ascii"))

        def handle(self) -> None:
            self.say("220 mail.kota-contoh.example ESMTP")
            for _ in range(1000):
                line = self.rfile.readline(1000)
                verb = line[:4].upper()
                if not line or verb == b"QUIT":
                    self.say("221 bye")
                    return
                if verb == b"EHLO":
                    self.say("250-mail.kota-contoh.example")
                    self.say("250 8BITMIME")
                elif verb == b"RCPT":
                    box.recipients.append(line.decode("ascii").strip())
                    self.say("250 ok")
                elif verb == b"DATA":
                    self.say("354 go on")
                    box.messages.append(message_from_bytes(self.content()))
                    self.say("250 taken")
                else:
                    self.say("250 ok")

        def content(self) -> bytes:
            found = bytearray()
            while len(found) < MOST_BYTES:
                line = self.rfile.readline(2000)
                if not line or line == b".\r\n":
                    break
                found += line[1:] if line.startswith(b"..") else line
            return bytes(found)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        address_family = socket.AF_INET

    server = Server(("127.0.0.1", 0), Session)
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
