"""Real TLS servers on loopback, and servers that only pretend: each a context that gives a port."""

import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from tls_pki import Issued

OPENSSL_OLD = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
Handler = Callable[[socket.socket], None]


@contextmanager
def raw_server(handler: Handler, address: str = "127.0.0.1") -> Iterator[int]:
    """Accept on a free port and give each connection to ``handler`` in a thread of its own."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 0))
    listener.listen(128)
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            connection.settimeout(10)
            handler(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=one, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(10)
        for thread in threads:
            thread.join(10)


def server_context(issued: Issued, folder: Path) -> ssl.SSLContext:
    """Python's own server side, with this chain in this order."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(*issued.write(folder))
    return context


@contextmanager
def python_server(context: ssl.SSLContext, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve handshakes with ``context``, and nothing after them."""

    def handshake(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with raw_server(handshake, address) as port:
        yield port


@contextmanager
def openssl_server(issued: Issued, folder: Path, *arguments: str) -> Iterator[int]:
    """Debian's ``openssl s_server``."""
    certificate, key = issued.write(folder)
    port = free_port()
    base = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-key", str(key)]
    chain = ["-cert", str(certificate)]
    if issued.sent:
        others = certificate.with_suffix(".others")
        others.write_bytes(b"".join(item.public_bytes(Encoding.PEM) for item in issued.sent))
        chain += ["-cert_chain", str(others)]
    with _running([*base, *chain, *arguments], port):
        yield port


@contextmanager
def nginx_server(issued: Issued, folder: Path, *directives: str) -> Iterator[int]:
    """Debian's nginx with one TLS server and these directives in it."""
    certificate, key = issued.write(folder)
    port = free_port()
    work = Path(tempfile.mkdtemp(dir=folder))
    temporary = "".join(
        f"{kind}_temp_path {work}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = work / "nginx.conf"
    configuration.write_text(
        f"daemon off; master_process off; pid {work}/pid; error_log {work}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\nserver {{\n"
        f"listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};\n"
        + "\n".join(directives).replace("PORT", str(port))
        + "\n}}\n"
    )
    command = ["/usr/sbin/nginx", "-e", str(work / "error.log"), "-c", str(configuration)]
    with _running(command, port):
        yield port


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(port)
            yield
        finally:
            process.terminate()
            with suppress(BrokenPipeError):
                process.communicate()


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, address: str = "127.0.0.1") -> None:
    """Wait until the port accepts connections, for ten seconds at most."""
    for _ in range(200):
        with suppress(OSError), socket.create_connection((address, port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def tlslite_server(issued: Issued, **settings: object) -> Iterator[int]:
    """tlslite-ng, which still speaks SSL 3.0, RC4 and NULL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tlslite imports the deprecated asyncore
        from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
        from tlslite.errors import BaseTLSException

    chain = X509CertChain()
    chain.parsePemList(issued.chain_pem.decode())
    key = parsePEMKey(issued.key_pem.decode(), private=True)
    chosen = HandshakeSettings()
    for name, value in settings.items():
        setattr(chosen, name, value)

    def handshake(connection: socket.socket) -> None:
        secured = TLSConnection(connection)
        with suppress(BaseTLSException):
            secured.handshakeServer(certChain=chain, privateKey=key, settings=chosen)

    with raw_server(handshake) as port:
        yield port
