"""Real servers of files, directories, chat, databases and desktops that go over to TLS."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starttls_servers import (
    HOST,
    credentials,
    free_port,
    needs,
    needs_root,
    open_to_all,
    running,
)

DOMAIN = "obrolan.kota-contoh.example"


@contextmanager
def vsftpd(folder: Path, *settings: str) -> Iterator[int]:
    """vsftpd with TLS for local users."""
    (program,) = needs("vsftpd", "vsftpd")
    needs_root("vsftpd gives its rights away itself")
    certificate, key = credentials(open_to_all(folder))
    port, empty = free_port(), folder / "empty"
    empty.mkdir()
    configuration = folder / "vsftpd.conf"
    lines = [
        "background=NO", "listen=YES", f"listen_address={HOST}", f"listen_port={port}",
        "anonymous_enable=NO", "local_enable=YES", "ssl_enable=YES", "ssl_tlsv1=YES",
        f"rsa_cert_file={certificate}", f"rsa_private_key_file={key}",
        f"secure_chroot_dir={empty}", "xferlog_enable=NO", "seccomp_sandbox=NO", *settings,
    ]  # fmt: skip
    configuration.write_text("\n".join(lines) + "\n")
    with running([program, str(configuration)], folder, [port]):
        yield port


@contextmanager
def slapd(folder: Path, *settings: str, tls: bool = True, port: int | None = None) -> Iterator[int]:
    """OpenLDAP's slapd with an empty database."""
    (program,) = needs("slapd", "slapd")
    certificate, key = credentials(open_to_all(folder))
    port, data = port or free_port(), folder / "data"
    data.mkdir()
    configuration = folder / "slapd.conf"
    lines = [
        *(f"include /etc/ldap/schema/{name}.schema" for name in ("core", "cosine")),
        "modulepath /usr/lib/ldap", "moduleload back_mdb", f"pidfile {folder}/pid",
        *((f"TLSCertificateFile {certificate}", f"TLSCertificateKeyFile {key}") if tls else ()),
        *settings, "database mdb", 'suffix "dc=kota-contoh,dc=example"', f"directory {data}",
    ]  # fmt: skip
    configuration.write_text("\n".join(lines) + "\n")
    command = [program, "-d", "0", "-h", f"ldap://{HOST}:{port}", "-f", str(configuration)]
    with running(command, folder, [port]):
        yield port


@contextmanager
def postgresql(folder: Path) -> Iterator[int]:
    """PostgreSQL with TLS, under an account that is not root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    programs = str(found[-1]) if found else "/usr/lib/postgresql/bin"
    initdb, server = needs("postgresql", f"{programs}/initdb", f"{programs}/postgres")
    data, port = open_to_all(folder) / "data", free_port()
    certificate, key = credentials(folder)
    account = {"user": "nobody"} if os.geteuid() == 0 else {}
    data.mkdir()
    if account:
        for path in (data, certificate, key):
            shutil.chown(path, "nobody")
    key.chmod(0o600)
    subprocess.run(
        [initdb, "-D", str(data), "-N", "-A", "reject", "-U", "penguji", "--no-locale"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
        **account,  # type: ignore[call-overload]
    )  # fmt: skip
    command = [
        server, "-D", str(data), "-h", HOST, "-p", str(port), "-k", "", "-F",
        "-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}",
    ]  # fmt: skip
    with running(command, folder, [port], cwd="/", **account):
        yield port


@contextmanager
def mariadb(folder: Path, *settings: str) -> Iterator[int]:
    """MariaDB with TLS."""
    server, install = needs("mariadb-server", "mariadbd", "mariadb-install-db")
    certificate, key = credentials(open_to_all(folder))
    data, port = folder / "data", free_port()
    data.mkdir()
    # Debian's settings in /etc are left out, and with them the account "mysql".
    account = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--skip-test-db", *account],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # Without an account for our address the server refuses us before any greeting.
    first = folder / "first.sql"
    first.write_text("CREATE USER 'penguji'@'127.0.0.1' IDENTIFIED BY 'tidak-dipakai';\n")
    command = [
        server, "--no-defaults", *account, f"--init-file={first}", f"--datadir={data}",
        f"--bind-address={HOST}",
        f"--port={port}", f"--socket={folder}/socket", f"--ssl-cert={certificate}",
        f"--ssl-key={key}", "--innodb-buffer-pool-size=8M", "--skip-name-resolve", *settings,
    ]  # fmt: skip
    with running(command, folder, [port]):
        yield port


@contextmanager
def prosody(folder: Path, *settings: str, usual: bool = False) -> Iterator[dict[str, int]]:
    """Prosody's clients' and servers' ports, by ``xmpp`` and ``xmpp-server``."""
    (program,) = needs("prosody", "prosody")
    certificate, key = credentials(open_to_all(folder))
    ports = {"xmpp": free_port(), "xmpp-server": free_port()}
    if usual:
        ports = {"xmpp": 5222, "xmpp-server": 5269}
    data = folder / "data"
    data.mkdir()
    account: dict[str, object] = {}
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
        account = {"user": "nobody", "cwd": "/"}
    configuration = folder / "prosody.cfg.lua"
    lines = [
        'modules_enabled = { "saslauth", "tls", "dialback", "disco" }',
        'modules_disabled = { "posix" }',
        f'data_path = "{data}"', f'interfaces = {{ "{HOST}" }}',
        f"c2s_ports = {{ {ports['xmpp']} }}", f"s2s_ports = {{ {ports['xmpp-server']} }}",
        "c2s_direct_tls_ports = {}", "s2s_direct_tls_ports = {}",
        f'ssl = {{ certificate = "{certificate}", key = "{key}" }}',
        'authentication = "internal_plain"', *settings, f'VirtualHost "{DOMAIN}"',
    ]  # fmt: skip
    configuration.write_text("\n".join(lines) + "\n")
    command = [program, "--config", str(configuration), "-F"]
    with running(command, folder, list(ports.values()), **account):
        yield ports


@contextmanager
def xrdp(folder: Path, security: str = "negotiate", port: int | None = None) -> Iterator[int]:
    """xrdp's listener: its TLS, without any desktop behind it."""
    (program,) = needs("xrdp", "xrdp")
    needs_root("xrdp reads its key and writes its process id as root")
    certificate, key = credentials(open_to_all(folder))
    port = port or free_port()
    configuration = folder / "xrdp.ini"
    text = Path("/etc/xrdp/xrdp.ini").read_text(encoding="utf-8")
    wanted = {
        "port": f"tcp://{HOST}:{port}",
        "security_layer": security,
        "certificate": str(certificate),
        "key_file": str(key),
        "LogFile": str(folder / "xrdp.log"),
    }
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={wanted.pop(name)}" if name in wanted else line)
    configuration.write_text("\n".join(lines) + "\n")
    with running([program, "--nodaemon", "--config", str(configuration)], folder, [port]):
        yield port
