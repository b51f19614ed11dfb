"""Real servers that go over to TLS, each on loopback with a configuration of its own.

Each is a context that gives its ports, and skips where its program is not installed. What insists
on an account of its own gets a directory for it; no system service and no system file is touched.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tls_pki import Issued, issue

HOST = "127.0.0.2"
"""Not the address that we come from: Dovecot trusts a client on its own address."""


def free_port() -> int:
    """A port of ``HOST`` that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def needs(package: str, *programs: str) -> list[str]:
    """The paths of the programs, or a skip that names the package."""
    found = [
        shutil.which(program, path="/usr/sbin:/usr/bin:/usr/lib/dovecot:" + os.environ["PATH"])
        for program in programs
    ]
    missing = [name for name, path in zip(programs, found, strict=True) if path is None]
    if missing:
        pytest.skip(f"needs {package} (a real server): {', '.join(missing)} is missing")
    return [path for path in found if path is not None]


def needs_root(why: str) -> None:
    """Skip where we are not root."""
    if os.geteuid() != 0:
        pytest.skip(f"needs root: {why}")


def open_to_all(folder: Path) -> Path:
    """Let other accounts reach what is in a folder of the test."""
    folder.mkdir(exist_ok=True, parents=True)
    for parent in (folder, *folder.parents):
        if parent == Path(tempfile.gettempdir()):
            break
        with suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o055)
    return folder


def credentials(folder: Path, issued: Issued | None = None) -> tuple[Path, Path]:
    """A certificate for localhost and its key, readable to every account."""
    certificate, key = (issued or issue()).write(folder)
    key.chmod(0o644)
    return certificate, key


def wait_until_open(host: str, port: int, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until the port accepts connections, for twenty seconds at most."""
    for _ in range(400):
        with suppress(OSError), socket.create_connection((host, port), 1):
            return
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {host} port {port}")


@contextmanager
def running(
    command: list[str], folder: Path, ports: list[int], host: str = HOST, **options: object
) -> Iterator[None]:
    """Run a server in the foreground, in a process group of its own, until the block ends."""
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )
    try:
        for port in ports:
            wait_until_open(host, port, process)
        yield
    finally:
        log.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@contextmanager
def postfix(folder: Path, *settings: str) -> Iterator[int]:
    """Postfix's smtpd, outside any chroot, with a queue of its own."""
    (master,) = needs("postfix", "/usr/lib/postfix/sbin/master")
    needs_root("Postfix's master starts as root")
    certificate, key = credentials(open_to_all(folder))
    port = free_port()
    etc, queue, data = (folder / name for name in ("etc", "queue", "data"))
    for path in (etc, queue, data):
        path.mkdir()
    shutil.chown(data, "postfix")
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                 "private", "saved", "trace", "maildrop", "public"):  # fmt: skip
        (queue / name).mkdir(mode=0o700)
        shutil.chown(queue / name, "postfix")
    (queue / "pid").mkdir()
    shutil.chown(queue / "maildrop", "postfix", "postdrop")
    shutil.chown(queue / "public", "postfix", "postdrop")
    shutil.copy("/etc/postfix/dynamicmaps.cf", etc)
    lines = [
        "compatibility_level = 3.6",
        f"queue_directory = {queue}",
        f"data_directory = {data}",
        "myhostname = surel.kota-contoh.example",
        "mydestination =",
        "inet_protocols = ipv4",
        "inet_interfaces = 127.0.0.1",
        "smtpd_relay_restrictions = reject",
        "smtpd_recipient_restrictions = reject",
        f"smtpd_tls_cert_file = {certificate}",
        f"smtpd_tls_key_file = {key}",
        "smtpd_tls_security_level = may",
        "alias_maps =",
        "alias_database =",
        "local_recipient_maps =",
        *settings,
    ]
    (etc / "main.cf").write_text("\n".join(lines) + "\n")
    (etc / "master.cf").write_text(
        f"{HOST}:{port} inet n - n - - smtpd\n"
        "anvil unix - - n - 1 anvil\n"
        "tlsmgr unix - - n 1000? 1 tlsmgr\n"
        "rewrite unix - - n - - trivial-rewrite\n"
        "proxymap unix - - n - - proxymap\n"
    )
    with running([master, "-c", str(etc), "-d"], folder, [port]):
        yield port


@contextmanager
def dovecot(folder: Path, *settings: str) -> Iterator[dict[str, int]]:
    """Dovecot's IMAP, POP3 and LMTP; ports by name."""
    (program,) = needs("dovecot-imapd dovecot-pop3d dovecot-lmtpd", "dovecot")
    needs("dovecot-lmtpd", "/usr/lib/dovecot/lmtp")
    needs_root("Dovecot starts its parts under accounts of their own")
    certificate, key = credentials(open_to_all(folder))
    ports = {name: free_port() for name in ("imap", "pop3", "lmtp")}
    base = Path(tempfile.mkdtemp(prefix="dovecot-"))  # its sockets' paths must be short
    configuration = folder / "dovecot.conf"
    lines = [
        "protocols = imap pop3 lmtp",
        f"base_dir = {base}",
        f"state_dir = {folder}/state",
        f"log_path = {folder}/dovecot.log",
        f"listen = {HOST}",
        "ssl = yes",
        f"ssl_cert = <{certificate}",
        f"ssl_key = <{key}",
        "mail_location = maildir:/nonexistent",
        "passdb {\n driver = static\n args = nopassword=n password=x\n}",
        "userdb {\n driver = static\n args = uid=65534 gid=65534 home=/nonexistent\n}",
        *(
            f"service {name}-login {{\n inet_listener {name} {{\n port = {ports[name]}\n }}\n"
            f" inet_listener {name}s {{\n port = 0\n }}\n}}"
            for name in ("imap", "pop3")
        ),
        f"service lmtp {{\n inet_listener lmtp {{\n port = {ports['lmtp']}\n }}\n}}",
        *settings,
    ]
    configuration.write_text("\n".join(lines) + "\n")
    try:
        with running([program, "-F", "-c", str(configuration)], folder, list(ports.values())):
            yield ports
    finally:
        shutil.rmtree(base, ignore_errors=True)
