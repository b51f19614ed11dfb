"""The HTTP probe against real web servers, and what the checks make of it."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from go_tls import WEB_SOURCE, go_server
from tls_pki import NAME, Issued, issue
from tls_servers import nginx_server, openssl_server, server_context
from web_probing import answered, outcomes_of, page

HARDENED = (
    "root {root};",
    'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains; preload" always;',
    "add_header Content-Security-Policy \"default-src 'self'; frame-ancestors 'self'\" always;",
    "add_header X-Content-Type-Options nosniff always;",
    "add_header Referrer-Policy strict-origin-when-cross-origin always;",
    'add_header Permissions-Policy "camera=()" always;',
    'add_header Set-Cookie "__Host-sesi=rahasia123; Path=/; Secure; HttpOnly; SameSite=Lax";',
    "add_header Alt-Svc 'h3=\":443\"; ma=86400';",
    "server_tokens off;",
)
PAGE_CHECKS = {"http.page.framing", "http.page.sniffing", "http.page.no_csp", "http.page.referrer"}


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Kota Contoh</title>" + "isi " * 500)
    tmp_path.chmod(0o755)
    folder.chmod(0o755)
    return folder


def test_a_hardened_nginx_passes_everything(issued: Issued, root: Path, tmp_path: Path) -> None:
    site = [line.replace("{root}", str(root)) for line in HARDENED]
    with nginx_server(issued, tmp_path, *site) as port:
        found, kept = answered(port, NAME, tls=True)

    data = found[0].data
    assert (data["status"], data["version"], data["asked_name"]) == (200, "1.1", NAME)
    assert data["hsts_max_age"] == 63072000
    assert data["hsts"]["include_subdomains"]
    assert data["hsts"]["preload"]
    assert data["alt_svc"] == {"protocols": ["h3"], "h3": True}
    assert data["cookies"][0]["prefix_kept"] is True
    assert data["csp"]["frame_ancestors"] == ["'self'"]
    assert data["headers"]["permissions-policy"] == ["camera=()"]
    assert data["body"]["complete"]
    assert data["body"]["length"] > 2000
    assert data["connections"] == 1
    assert b"rahasia123" not in b"".join(kept.values()) + repr(data).encode()
    assert b"rahasia123".hex().encode() not in b"".join(kept.values())
    assert set(outcomes_of(*found).values()) == {"passed"}


def test_a_bare_nginx_fails_what_it_lacks(issued: Issued, root: Path, tmp_path: Path) -> None:
    bare = (f"root {root};", "add_header Set-Cookie 'PHPSESSID=abc; path=/';", "gzip on;")
    with nginx_server(issued, tmp_path, *bare) as port:
        found, _ = answered(port, NAME, tls=True)

    assert found[0].data["compressed"] is True
    outcomes = outcomes_of(*found)
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    assert failed == PAGE_CHECKS | {
        "http.hsts.missing",
        "http.cookie.no_secure",
        "http.cookie.no_http_only",
        "http.cookie.no_same_site",
        "http.version_disclosed",
    }


def test_no_hsts_is_asked_of_an_address(issued: Issued, root: Path, tmp_path: Path) -> None:
    with nginx_server(issued, tmp_path, f"root {root};") as port:
        found, _ = answered(port, tls=True)
    assert found[0].subject.name is None
    assert found[0].data["url"] == f"https://127.0.0.1:{port}/"
    assert outcomes_of(*found)["http.hsts.missing"] == "not_applicable"


@pytest.mark.parametrize("status", [401, 404, 503])
def test_an_error_page_is_not_judged_as_a_page(issued: Issued, tmp_path: Path, status: int) -> None:
    with nginx_server(issued, tmp_path, f"return {status};") as port:
        outcomes = outcomes_of(*answered(port, NAME, tls=True)[0])
    assert outcomes["http.hsts.missing"] == "inconclusive"
    assert not PAGE_CHECKS & set(outcomes)
    assert outcomes["http.version_disclosed"] == "failed"


def test_each_name_is_asked_by_itself(issued: Issued, tmp_path: Path) -> None:
    by_name = (
        'if ($host = "satu.contoh.go.id") { return 301 http://satu.contoh.go.id/; }',
        "return 302 /beranda?a=b;",
    )
    with nginx_server(issued, tmp_path, *by_name) as port:
        found, _ = answered(port, "satu.contoh.go.id", "dua.contoh.go.id", tls=True)

    first, second = found
    assert [item.subject.name for item in found] == ["satu.contoh.go.id", "dua.contoh.go.id"]
    assert first.data["redirect"] == {
        "location": "http://satu.contoh.go.id/",
        "leads": "http",
        "same_host": True,
        "same_endpoint": False,
    }
    # nginx writes a whole address, with its port.
    assert second.data["redirect"]["leads"] == "https"
    assert second.data["redirect"]["same_endpoint"] is True
    assert second.data["followed"] is None
    assert outcomes_of(first)["http.redirect.downgrade"] == "failed"
    assert outcomes_of(second)["http.redirect.downgrade"] == "passed"


def test_openssl_s_server(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-www") as port:
        data = page(port, NAME, tls=True)
    assert (data["status"], data["version"], data["html"]) == (200, "1.0", True)
    assert data["hsts"]["present"] is False


def test_go(issued: Issued, tmp_path: Path) -> None:
    """A page in chunks, compressed, with its policy in a meta element."""
    with go_server(issued, tmp_path, source=WEB_SOURCE) as port:
        found, kept = answered(port, NAME, tls=True)
    data = found[0].data
    assert (data["status"], data["version"], data["compressed"]) == (200, "1.1", True)
    assert data["body"]["complete"]
    assert data["csp"]["meta"] is True
    assert (data["cookies"][0]["same_site"], data["cookies"][0]["secure"]) == ("strict", False)
    assert b"rahasia".hex().encode() not in b"".join(kept.values())
    outcomes = outcomes_of(*found)
    assert outcomes["http.page.no_csp"] == "passed"
    assert outcomes["http.page.framing"] == "failed"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def python_site(root: Path, context: ssl.SSLContext | None) -> Iterator[int]:
    def handler(*arguments: object) -> _Quiet:
        return _Quiet(*arguments, directory=str(root))  # type: ignore[arg-type]

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


@pytest.mark.parametrize("tls", [False, True])
def test_python_http_server(issued: Issued, root: Path, tmp_path: Path, *, tls: bool) -> None:
    context = server_context(issued, tmp_path) if tls else None
    with python_site(root, context) as port:
        found, _ = answered(port, NAME, tls=tls)
    data = found[0].data
    assert data["status"] == 200
    assert data["body"]["complete"]
    assert data["disclosed"][0].startswith("server: SimpleHTTP/0.6 Python/3.")
    outcomes = outcomes_of(*found)
    assert outcomes["http.version_disclosed"] == "failed"
    assert ("http.hsts.missing" in outcomes) is tls
    assert ("http.hsts.in_clear" in outcomes) is not tls


def test_an_old_protocol_is_still_spoken(issued: Issued, root: Path, tmp_path: Path) -> None:
    old = (f"root {root};", "ssl_protocols TLSv1;", "ssl_ciphers ALL:@SECLEVEL=0;")
    with nginx_server(issued, tmp_path, *old) as port:
        assert page(port, NAME, tls=True)["status"] == 200


def test_a_demanded_client_certificate_is_an_answer(issued: Issued, tmp_path: Path) -> None:
    certificate, _key = issued.write(tmp_path)
    demand = (f"ssl_client_certificate {certificate};", "ssl_verify_client on;", "return 200 ok;")
    with nginx_server(issued, tmp_path, *demand) as port:
        data = page(port, NAME, tls=True)
    assert data["status"] == 400
