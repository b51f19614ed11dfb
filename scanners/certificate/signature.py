"""Did one certificate sign another? Also where the signature is too weak to be relied on."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` has the issuer's name and its key made the signature."""
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
        key = issuer.public_key()
        algorithm = certificate.signature_hash_algorithm
        signature, content = certificate.signature, certificate.tbs_certificate_bytes
        if algorithm is None:
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(algorithm))
            return True
    except (InvalidSignature, ValueError, TypeError):
        return False
    except UnsupportedAlgorithm:
        return _names_itself(certificate, issuer)
    return False


def _names_itself(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """With an algorithm that nobody here can compute, the names are all there is to go by."""
    return certificate == issuer
