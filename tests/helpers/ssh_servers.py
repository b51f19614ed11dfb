"""Real SSH servers on loopback: each a context that gives a port."""

import asyncio
import subprocess
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tls_servers import free_port, wait_for

SSHD = Path("/usr/sbin/sshd")
DROPBEAR = Path("/usr/sbin/dropbear")


def make_key(folder: Path, kind: str = "ed25519", bits: int | None = None) -> Path:
    """A host key made by ssh-keygen; the public half lies beside it."""
    path = folder / f"key-{kind}-{bits or 'usual'}"
    if not path.exists():
        size = [] if bits is None else ["-b", str(bits)]
        command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-f", str(path)]
        subprocess.run(command, check=True)
    return path


def certify(key: Path, authority: Path, *options: str) -> Path:
    """A host certificate for a key, made by ssh-keygen."""
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "uji", "-h", *options]
    subprocess.run([*command, f"{key}.pub"], check=True)
    return key.with_name(f"{key.name}-cert.pub")


def fingerprint_of(key: Path) -> str:
    """As ssh-keygen tells it."""
    command = ["ssh-keygen", "-l", "-f", f"{key}.pub"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()[1]


@contextmanager
def openssh(folder: Path, keys: Sequence[Path], *options: str) -> Iterator[int]:
    """Debian's sshd with these host keys and options, and nothing of the system's."""
    if not SSHD.exists():
        pytest.skip("needs openssh-server (a real SSH server)")
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    usual = ["ListenAddress=127.0.0.1", f"PidFile={folder}/pid", "UsePAM=no", "MaxStartups=500"]
    command = [str(SSHD), "-D", "-e", "-f", "/dev/null", "-p", str(port)]
    for key in keys:
        command += ["-h", str(key)]
    for option in (*options, *usual):
        command += ["-o", option]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


@contextmanager
def dropbear(folder: Path, kind: str = "rsa", bits: int = 2048) -> Iterator[int]:
    """Debian's dropbear with one host key."""
    if not DROPBEAR.exists():
        pytest.skip("needs dropbear-bin (a small SSH server)")
    key, port = folder / f"dropbear-{kind}-{bits}", free_port()
    size = ["-s", str(bits)] if kind == "rsa" else []
    subprocess.run(
        ["dropbearkey", "-t", kind, "-f", str(key), *size], check=True, capture_output=True
    )
    command = [str(DROPBEAR), "-F", "-E", "-r", str(key), "-p", f"127.0.0.1:{port}"]
    with subprocess.Popen([*command, "-P", f"{folder}/pid"], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


@contextmanager
def async_ssh(keys: Sequence[Path], **settings: object) -> Iterator[int]:
    """AsyncSSH, which still speaks what OpenSSH has dropped."""
    asyncssh = pytest.importorskip("asyncssh", reason="needs asyncssh (old SSH algorithms)")
    port = free_port()
    ready, done = threading.Event(), threading.Event()
    connections: list[Any] = []

    class Server(asyncssh.SSHServer):  # type: ignore[misc, name-defined]
        def connection_made(self, conn: Any) -> None:
            connections.append(conn)

    async def serve() -> None:
        names = [str(key) for key in keys]
        server = await asyncssh.create_server(
            Server, "127.0.0.1", port, server_host_keys=names, **settings
        )
        ready.set()
        await asyncio.to_thread(done.wait)
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # the transports close a turn of the loop later

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old ciphers have moved in cryptography
        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        try:
            assert ready.wait(10)
            yield port
        finally:
            done.set()
            thread.join(10)
