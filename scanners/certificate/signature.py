"""Did one certificate sign another? Also where the signature is too weak to be relied on."""

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa


@lru_cache(maxsize=512)
def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` has the issuer's name and its key made the signature.

    Many servers send the same intermediate certificates: the answers are kept.
    """
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return _names_itself(certificate, issuer)
    except (ValueError, TypeError):
        # The library does not check signatures by MD5 or SHA-1 this way. Whether such a signature
        # is good enough is another question than whose it is.
        return _verifies(certificate, issuer)
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate's own key made its signature."""
    return is_issued_by(certificate, certificate)


def _verifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    except (ValueError, TypeError):
        return False
    except UnsupportedAlgorithm:
        return _names_itself(certificate, issuer)
    right = verifies(key, certificate.signature, certificate.tbs_certificate_bytes, algorithm)
    return _names_itself(certificate, issuer) if right is None else right


def verifies(
    key: object, signature: bytes, content: bytes, algorithm: hashes.HashAlgorithm | None
) -> bool | None:
    """Tell whether ``key`` made this signature; None where nobody here can compute it.

    RSA is PKCS #1 v1.5; signatures by RSASSA-PSS are :mod:`scanners.certificate.pss`'s.
    """
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(signature, content, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, content, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, content)
        else:
            return None
    except (InvalidSignature, ValueError, TypeError):
        return False
    except UnsupportedAlgorithm:
        return None
    return True


def _names_itself(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """With an algorithm that nobody here can compute, the names are all there is to go by."""
    return certificate == issuer
