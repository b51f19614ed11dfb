"""What the TLS benchmark measures tools on: nginx on many loopback addresses, near and far."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socket import create_connection

PORT = 24433
FAR_PORT = 24434
"""Where the same servers answer later."""
ONE_WAY = 0.020
"""Seconds that each direction takes to a far server."""
MODERN = (
    "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;"
    "ssl_ecdh_curve X25519:prime256v1:secp384r1; ssl_session_cache shared:S:10m;"
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;"
)
"""Mozilla's intermediate configuration, whose post-quantum group Debian's OpenSSL does not know."""
PERMISSIVE = (
    "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;"
)


def addresses(count: int) -> list[str]:
    return [f"127.0.{77 + number // 250}.{1 + number % 250}" for number in range(count)]


@contextmanager
def servers(hosts: Sequence[str], directives: str, *, far: bool = False) -> Iterator[None]:
    """One nginx that listens on every host; with ``far`` also on FAR_PORT, with the delay."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90"]
        files = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
        subject = ["-subj", "/CN=layanan.contoh.go.id"]
        names = ["-addext", "subjectAltName=DNS:layanan.contoh.go.id"]
        subprocess.run([*request, *files, *subject, *names], check=True, capture_output=True)
        listens = "\n".join(f"listen {host}:{PORT} ssl;" for host in hosts)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log crit;"
            f"worker_processes {os.cpu_count() or 1}; worker_rlimit_nofile 65536;"
            f"events {{ worker_connections 8192; }}\n"
            f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};"
            f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            f"server {{ {listens}\n ssl_certificate {folder}/certificate.pem;"
            f"ssl_certificate_key {folder}/key.pem; {directives}"
            f"location / {{ return 200 halo; }} }}\n}}\n"
        )
        command = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        _start(stack, command, hosts[-1], PORT, os.environ | {"PATH": path})
        if far:
            _start(stack, [sys.executable, __file__, *hosts], hosts[-1], FAR_PORT)
        yield


def _start(
    stack: ExitStack,
    command: Sequence[str],
    host: str,
    port: int,
    environment: dict[str, str] | None = None,
) -> None:
    process = stack.enter_context(subprocess.Popen(command, env=environment))
    stack.callback(process.terminate)
    for _ in range(200):
        with suppress(OSError), create_connection((host, port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("a server does not start")


def delay(hosts: Sequence[str]) -> None:
    """The process between a tool and far servers: every byte takes ``ONE_WAY`` each way.

    The kernel answers a SYN at once. So the first bytes of a connection take one round trip more:
    the tool, which speaks first, is as late as if its SYN had been under way.
    """
    import asyncio
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    class Side(asyncio.Protocol):
        """Passes on what comes to ``other``, as late as it should be."""

        other: asyncio.Transport | None = None
        due = 0.0
        """Nothing is passed on before this time."""

        def data_received(self, data: bytes) -> None:
            self._later(self._pass_on, data)

        def connection_lost(self, exc: Exception | None) -> None:
            self._later(self._close)

        def _later(self, call: Callable[..., None], *arguments: bytes) -> None:
            loop = asyncio.get_running_loop()
            self.due = max(self.due, loop.time() + ONE_WAY)
            loop.call_at(self.due, call, *arguments)

        def _pass_on(self, data: bytes) -> None:
            if self.other is not None and not self.other.is_closing():
                self.other.write(data)

        def _close(self) -> None:
            if self.other is not None:
                self.other.close()

    class Near(Side):
        """The tool's side."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.due = asyncio.get_running_loop().time() + 3 * ONE_WAY
            host = transport.get_extra_info("sockname")[0]
            self._task = asyncio.ensure_future(self._reach(transport, host))

        async def _reach(self, transport: asyncio.BaseTransport, host: str) -> None:
            loop = asyncio.get_running_loop()
            with suppress(OSError):
                self.other, far = await loop.create_connection(Side, host, PORT)
                far.other = transport  # type: ignore[assignment]

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Near, list(hosts), FAR_PORT, backlog=1024)
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(listen())


if __name__ == "__main__":
    delay(sys.argv[1:])
