"""The client's half of a TLS 1.0 to 1.2 key exchange: RSA, finite fields and curves."""

import secrets

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from scanners.tls.messages import KeyExchange
from scanners.tls.schedule import READABLE_GROUPS, KeyShare
from scanners.tls.suites import Suite
from scanners.tls.wire import MalformedError, vector

SESSION_GROUPS = READABLE_GROUPS
"""The curves that a session can agree on."""
_MOST_DH_BITS = 16384
_EXPONENT_BITS = 512


def can_agree(suite: Suite) -> bool:
    """We know how to answer this suite's key exchange."""
    if suite.weaknesses & {"export", "null", "des"}:
        return False
    return suite.key_exchange == "RSA" or suite.ephemeral_dh or suite.ephemeral_ec


def answer_exchange(
    suite: Suite, exchange: KeyExchange | None, certificate: bytes, offered_version: int
) -> tuple[bytes, bytes]:
    """Return the body of our ClientKeyExchange and the premaster secret.

    ``certificate`` is the server's DER, read for RSA key transport alone. Raises MalformedError.
    """
    if suite.key_exchange == "RSA":
        premaster = rsa_premaster(offered_version)
        return vector(2, rsa_encrypt(certificate, premaster)), premaster
    if exchange is None:
        raise MalformedError("the server sent no key exchange")
    if suite.ephemeral_dh:
        return _finite(exchange)
    if exchange.code not in SESSION_GROUPS:
        raise MalformedError("a curve that was not offered")
    own = KeyShare(exchange.code)
    return vector(1, own.public), own.agree(exchange.public)


def rsa_premaster(offered_version: int) -> bytes:
    """A fresh premaster secret: the version of our hello, then random bytes."""
    return offered_version.to_bytes(2) + secrets.token_bytes(46)


def rsa_key(certificate: bytes) -> rsa.RSAPublicKey:
    """The RSA key of a certificate. Raises MalformedError."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise MalformedError("the certificate's key cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise MalformedError("the certificate has no RSA key")
    return key


def rsa_encrypt(certificate: bytes, content: bytes) -> bytes:
    """Encrypt to the certificate's key by PKCS #1 v1.5. Raises MalformedError."""
    try:
        return rsa_key(certificate).encrypt(content, padding.PKCS1v15())
    except ValueError:
        raise MalformedError("the certificate's key is too short") from None


def _finite(exchange: KeyExchange) -> tuple[bytes, bytes]:
    prime, peer = exchange.prime, int.from_bytes(exchange.public)
    if prime < 5 or prime.bit_length() > _MOST_DH_BITS or not 1 < peer < prime - 1:
        raise MalformedError("Diffie-Hellman parameters that no key can be agreed with")
    exponent = secrets.randbits(_EXPONENT_BITS) | 1
    width = (prime.bit_length() + 7) // 8
    public = pow(exchange.generator, exponent, prime)
    shared = pow(peer, exponent, prime)
    # RFC 5246, section 8.1.2: leading zero bytes are stripped.
    return vector(2, public.to_bytes(width)), shared.to_bytes(width).lstrip(b"\0")
