"""Walking through DER by its tags and lengths (X.690), where a parser of whole types is in the way.

Nothing is decoded and nothing recurses: each level is asked for by itself, so that nested garbage
costs no more than its own bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE, OCTET_STRING, OBJECT_ID, BOOLEAN = 0x30, 0x04, 0x06, 0x01
_VERSION, _EXTENSIONS = 0xA0, 0xA3
"""``[0]`` and ``[3]`` in a TBSCertificate (RFC 5280, section 4.1)."""
_UP_TO_KEY = (0x02, *[SEQUENCE] * 5)
"""The tags in it behind the version: number, algorithm, issuer, validity, subject, key."""


class DerError(ValueError):
    """The bytes are not DER of the expected shape."""


@dataclass(frozen=True)
class Element:
    """One element: its tag byte and its content."""

    tag: int
    content: bytes


@dataclass(frozen=True)
class RawExtension:
    """An extension of a certificate: the content bytes of its OID, and what is in it."""

    oid: bytes
    critical: bool
    value: bytes


def elements(content: bytes) -> Iterator[Element]:
    """Yield the elements that stand one after the other. Raises DerError."""
    at = 0
    while at < len(content):
        if at + 2 > len(content) or content[at] & 0x1F == 0x1F:
            raise DerError("an element is cut short, or has a long tag")
        tag, size = content[at], content[at + 1]
        at += 2
        if size & 0x80:
            width = size & 0x7F
            if not 1 <= width <= 4 or at + width > len(content):
                raise DerError("a length is not in definite form")
            size = int.from_bytes(content[at : at + width])
            at += width
        if at + size > len(content):
            raise DerError("an element is longer than what holds it")
        yield Element(tag, content[at : at + size])
        at += size


def only(content: bytes, tag: int) -> bytes:
    """Return the content of the one element that ``content`` is. Raises DerError."""
    found = list(elements(content))
    if len(found) != 1 or found[0].tag != tag:
        raise DerError("not the one element that was expected")
    return found[0].content


def certificate_extensions(der: bytes) -> tuple[RawExtension, ...]:
    """Return the extensions of a certificate as they are. Raises DerError."""
    for part in _body(der):
        if part.tag == _EXTENSIONS:
            listed = elements(only(part.content, SEQUENCE))
            return tuple(_extension(item) for item in listed)
    return ()


def public_key_info(der: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate as it is encoded in it. Raises DerError."""
    parts = list(_body(der))
    if parts and parts[0].tag == _VERSION:
        del parts[0]
    parts = parts[: len(_UP_TO_KEY)]
    if tuple(part.tag for part in parts) != _UP_TO_KEY:
        raise DerError("no key where it should be")
    content = parts[-1].content
    whole = bytes([SEQUENCE]) + _length(len(content)) + content
    if whole not in der:
        raise DerError("a length is not in its shortest form")
    return whole


def _body(der: bytes) -> Iterator[Element]:
    """The elements of a certificate's TBSCertificate."""
    parts = list(elements(only(der, SEQUENCE)))
    if not parts or parts[0].tag != SEQUENCE:
        raise DerError("not a certificate")
    return elements(parts[0].content)


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(octets)]) + octets


def _extension(item: Element) -> RawExtension:
    parts = list(elements(item.content))
    tags = [part.tag for part in parts]
    if tags == [OBJECT_ID, OCTET_STRING]:
        return RawExtension(parts[0].content, critical=False, value=parts[1].content)
    if tags == [OBJECT_ID, BOOLEAN, OCTET_STRING]:
        critical = parts[1].content != b"\0"
        return RawExtension(parts[0].content, critical=critical, value=parts[2].content)
    raise DerError("not an extension")
