"""Signatures by RSASSA-PSS under OCSP responses: their parameters are read from the DER (RFC 8017).

``cryptography`` reads them for certificates and CRLs, but not for OCSP responses. Both hashes are
read (RFC 4055, section 3.1); one that is not known here, or a mask that is not MGF1, is not
computed.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from scanners.certificate.der import OBJECT_ID, OCTET_STRING, SEQUENCE, DerError, elements, only

_PSS = bytes.fromhex("2a864886f70d01010a")
_MGF1 = bytes.fromhex("2a864886f70d010108")
_HASHES: dict[bytes, type[hashes.HashAlgorithm]] = {
    bytes.fromhex("2b0e03021a"): hashes.SHA1,
    bytes.fromhex("608648016503040204"): hashes.SHA224,
    bytes.fromhex("608648016503040201"): hashes.SHA256,
    bytes.fromhex("608648016503040202"): hashes.SHA384,
    bytes.fromhex("608648016503040203"): hashes.SHA512,
}
_USUAL_HASH: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303  (what RFC 4055 leaves out)
_HASH, _MASK, _SALT, _TRAILER = 0xA0, 0xA1, 0xA2, 0xA3
_INTEGER, _RESPONSE_BYTES = 0x02, 0xA0
_USUAL_SALT, _LARGEST_SALT = 20, 512
Parameters = tuple[padding.PSS, hashes.HashAlgorithm]


def parameters_of_response(der: bytes) -> Parameters:
    """Read the parameters of the signature under an OCSP response.

    Raises DerError where it is no such signature, or one that nobody here can compute.
    """
    outer = [item for item in elements(only(der, SEQUENCE)) if item.tag == _RESPONSE_BYTES]
    if len(outer) != 1:
        raise DerError("no response in it")
    inner = [
        item for item in elements(only(outer[0].content, SEQUENCE)) if item.tag == OCTET_STRING
    ]
    if len(inner) != 1:
        raise DerError("no basic response in it")
    signed = list(elements(only(inner[0].content, SEQUENCE)))
    if len(signed) < 3 or signed[1].tag != SEQUENCE:
        raise DerError("no algorithm where it should be")
    return _parameters(signed[1].content)


def verifies_pss(
    key: object, signature: bytes, content: bytes, parameters: Parameters
) -> bool | None:
    """Tell whether ``key`` made this signature; None for a key that makes no such signatures."""
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    scheme, algorithm = parameters
    try:
        key.verify(signature, content, scheme, algorithm)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _parameters(content: bytes) -> Parameters:
    oid, *rest = elements(content)
    if oid.tag != OBJECT_ID or oid.content != _PSS:
        raise DerError("not a signature by RSASSA-PSS")
    if len(rest) != 1:
        raise DerError("parameters that are not there")
    found = {item.tag: item.content for item in elements(_inside(rest[0].tag, rest[0].content))}
    algorithm = _hash(found[_HASH]) if _HASH in found else _USUAL_HASH
    mask = _USUAL_HASH
    if _MASK in found:
        name, *of = elements(only(found[_MASK], SEQUENCE))
        if name.content != _MGF1 or len(of) != 1:
            raise DerError("a mask that is not MGF1")
        mask = _hash_named(_inside(of[0].tag, of[0].content))
    salt = int.from_bytes(only(found[_SALT], _INTEGER)) if _SALT in found else _USUAL_SALT
    if salt > _LARGEST_SALT or found.keys() - {_HASH, _MASK, _SALT, _TRAILER}:
        raise DerError("parameters that nobody uses")
    return padding.PSS(padding.MGF1(mask), salt), algorithm


def _inside(tag: int, content: bytes) -> bytes:
    if tag != SEQUENCE:
        raise DerError("not a sequence")
    return content


def _hash(content: bytes) -> hashes.HashAlgorithm:
    return _hash_named(only(content, SEQUENCE))


def _hash_named(identifier: bytes) -> hashes.HashAlgorithm:
    """The hash that the inside of an AlgorithmIdentifier names."""
    oid = next(elements(identifier), None)
    kind = _HASHES.get(oid.content) if oid is not None else None
    if kind is None:
        raise DerError("a hash that is not known")
    return kind()
