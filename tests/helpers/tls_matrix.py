"""Servers of many configurations, for comparing tools: each a context that gives a port."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from go_tls import go_server
from tls_pki import NAME, Issued, Wish, authority, issue, rsa_key
from tls_servers import (
    OPENSSL_OLD,
    nginx_server,
    openssl_server,
    python_server,
    tlslite_server,
)
from tls_status import ocsp_response
from weak_servers import Bleeding, weak_server

INTERMEDIATE = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)


@dataclass(frozen=True)
class Certified:
    """Certificates of one name: one authority, a key of RSA and one of ECDSA."""

    folder: Path
    root: Issued
    rsa: Issued
    ecdsa: Issued

    def files(self, issued: Issued) -> tuple[Path, Path]:
        return issued.write(self.folder)


def certified(folder: Path) -> Certified:
    root = authority("Akar Uji")
    middle = authority("Antara Uji", root)
    by_rsa = issue(middle, Wish(key=rsa_key())).sending(middle)
    return Certified(folder, middle, by_rsa, issue(middle).sending(middle))


Server = AbstractContextManager[int]
Start = Callable[[Certified], Server]


def nginx(*directives: str) -> Start:
    return lambda own: nginx_server(own.rsa, own.folder, *directives)


def s_server(*arguments: str) -> Start:
    return lambda own: openssl_server(own.rsa, own.folder, *arguments)


def go(*arguments: str) -> Start:
    return lambda own: go_server(own.rsa, own.folder, *arguments)


def weak(flaw: type) -> Start:
    return lambda own: weak_server(own.rsa, flaw)


@contextmanager
def two_certificates(own: Certified) -> Iterator[int]:
    certificate, key = own.files(own.ecdsa)
    second = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
    with nginx_server(own.rsa, own.folder, "ssl_protocols TLSv1.2 TLSv1.3;", second) as port:
        yield port


@contextmanager
def a_name_alone(own: Certified) -> Iterator[int]:
    certificate, key = own.files(own.rsa)
    directives = (
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_reject_handshake on; } server {",
        f"listen 127.0.0.1:PORT ssl; server_name {NAME};",
        f"ssl_certificate {certificate}; ssl_certificate_key {key};",
    )
    with nginx_server(own.rsa, own.folder, *directives) as port:
        yield port


@contextmanager
def stapling(own: Certified) -> Iterator[int]:
    response = own.folder / "response.der"
    response.write_bytes(ocsp_response(own.rsa, own.root))
    staple = ("-status_file", str(response))
    with openssl_server(own.rsa, own.folder, "-groups", "P-384", *staple) as port:
        yield port


@contextmanager
def client_certificate_by_nginx(own: Certified) -> Iterator[int]:
    authorities = own.folder / "authorities.pem"
    authorities.write_bytes(own.root.certificate.public_bytes(Encoding.PEM))
    wish = f"ssl_verify_client on; ssl_client_certificate {authorities};"
    with nginx_server(own.rsa, own.folder, "ssl_protocols TLSv1.2 TLSv1.3;", wish) as port:
        yield port


@contextmanager
def small_prime(own: Certified) -> Iterator[int]:
    parameters = own.folder / "dh.pem"
    command = ["openssl", "dhparam", "-out", str(parameters), "-dsaparam", "1024"]
    subprocess.run(command, check=True, capture_output=True)
    arguments = ("-dhparam", str(parameters), "-cipher", "DHE:@SECLEVEL=0", "-tls1_2")
    with openssl_server(own.rsa, own.folder, *arguments) as port:
        yield port


@contextmanager
def python(own: Certified) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own.files(own.ecdsa))
    with python_server(context) as port:
        yield port


def tlslite(**settings: object) -> Start:
    return lambda own: tlslite_server(own.rsa, **settings)


SERVERS: dict[str, Start] = {
    "nginx, modern": nginx("ssl_protocols TLSv1.3; ssl_ecdh_curve X25519:prime256v1:secp384r1;"),
    "nginx, intermediate": nginx(
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519:prime256v1:secp384r1;",
        f"ssl_ciphers {INTERMEDIATE};",
    ),
    "nginx, permissive": nginx(
        f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers {OPENSSL_OLD};"
    ),
    "nginx, early data and resumption": nginx(
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; ssl_session_cache shared:S:1m;"
    ),
    "nginx, two certificates": two_certificates,
    "nginx, a name alone": a_name_alone,
    "nginx, client certificate": client_certificate_by_nginx,
    "OpenSSL, everything": s_server("-cipher", OPENSSL_OLD, "-client_renegotiation"),
    "OpenSSL, legacy renegotiation": s_server(
        "-legacy_renegotiation", "-client_renegotiation", "-tls1_2"
    ),
    "OpenSSL, prime of 1024 bits": small_prime,
    "OpenSSL, pre-shared key": s_server(
        *("-psk", "1a2b3c4d", "-cipher", "PSK:ECDHE-RSA-AES128-GCM-SHA256", "-tls1_2")
    ),
    "OpenSSL, anonymous": s_server("-cipher", "aNULL:AES128-SHA:@SECLEVEL=0", "-tls1_2"),
    "OpenSSL, client certificate": s_server("-Verify", "1", "-verify_return_error"),
    "OpenSSL, brainpool and P-521": s_server("-groups", "brainpoolP256r1:P-521"),
    "OpenSSL, stapling, P-384 alone": stapling,
    "OpenSSL, no tickets": s_server("-no_ticket", "-no_tls1_3"),
    "Python, ECDSA": python,
    "tlslite, SSL 3.0 and RC4": tlslite(
        minVersion=(3, 0), maxVersion=(3, 3), cipherNames=["rc4", "3des", "aes128"]
    ),
    "tlslite, TLS 1.2": tlslite(maxVersion=(3, 3)),
    "Go, as it comes": go(),
    "Go, post-quantum alone": go("-groups", "4588", "-min", "772"),
    "Heartbleed": weak(Bleeding),
}
