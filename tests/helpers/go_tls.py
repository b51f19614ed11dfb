"""A TLS server in Go, for the key exchanges that Debian's OpenSSL does not know yet."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest
from tls_pki import Issued
from tls_servers import free_port, wait_for

SOURCE = Path(__file__).with_name("go_tls_server.go")
WEB_SOURCE = Path(__file__).with_name("go_web_server.go")
GO = Path(sys.executable).with_name("go")


@cache
def _built(source: Path) -> Path:
    """Compile a server once a run; it needs nothing but Go's own library."""
    folder = Path(tempfile.mkdtemp(prefix="secaudit-tests-go-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    binary = folder / source.stem
    environment = os.environ | {
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GO111MODULE": "off",
        "GOCACHE": str(Path(tempfile.gettempdir()) / "secaudit-tests-go-cache"),
    }
    command = [str(GO), "build", "-o", str(binary), str(source)]
    subprocess.run(command, check=True, env=environment, cwd=folder, capture_output=True)
    return binary


@contextmanager
def go_server(
    issued: Issued,
    folder: Path,
    *arguments: str,
    address: str = "127.0.0.1",
    source: Path = SOURCE,
) -> Iterator[int]:
    """Serve with Go's crypto/tls; ``arguments`` are those of ``source``."""
    if not GO.exists():
        pytest.skip("there is no Go toolchain beside Python")
    certificate, key = issued.write(folder)
    port = free_port()
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    command = [str(_built(source)), "-listen", place, "-cert", str(certificate), "-key", str(key)]
    with subprocess.Popen(
        [*command, *arguments],
        env=os.environ | {"GODEBUG": "tlsmlkem=1,tlssecpmlkem=1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port, address)
            yield port
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
