"""Signatures checked by pyHanko: importing this without it raises ImportError.

The chain is judged at the time of signing: by a timestamp where there is a trusted one, else as the
signer claims. A certificate that was not valid then is told, and judged at the end of its life.
"""

import asyncio
import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_detached_cms,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from secaudit.core.signature import Signature, SignatureVerdict, Signer

_USAGE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})
_WORST_FIRST = (
    SignatureVerdict.ALTERED,
    SignatureVerdict.NOT_CHECKED,
    SignatureVerdict.UNTRUSTED,
    SignatureVerdict.VALID,
)
MOST_SIGNATURES = 64
"""More than this in one document is not read."""
LONGEST_SECONDS = 60.0
"""How long one document is looked at."""


_BLANKS = b"\x00\t\n\f\r "
"""What means nothing after the end of a PDF."""
_LIBRARIES = ("pyhanko", "pyhanko_certvalidator")
"""Their loggers write tracebacks to the terminal of whoever runs the check."""


def of_pdf(content: bytes, roots: Iterable[bytes]) -> Signature:
    """The signatures inside a PDF that has marks of one; ``altered`` where none is found."""
    known = _roots(roots)
    return _bounded(lambda: _of_pdf(content, known))


def of_detached(content: bytes, detached: bytes, roots: Iterable[bytes]) -> Signature:
    """A signature (CMS, as DER or PEM) over the bytes of a document."""
    known = _roots(roots)
    return _bounded(lambda: _of_detached(content, detached, known))


def _of_pdf(content: bytes, known: list[Any]) -> Signature:
    reader = PdfFileReader(BytesIO(content), strict=False)
    embedded = list(reader.embedded_regular_signatures)
    if not embedded:
        return Signature(SignatureVerdict.ALTERED, why="damaged")
    if len(embedded) > MOST_SIGNATURES:
        return Signature(SignatureVerdict.NOT_CHECKED, why="too_many_signatures")
    signers = tuple(_pdf_signer(item, known, last=item is embedded[-1]) for item in embedded)
    if not _reaches_the_end(reader, content):
        return Signature(SignatureVerdict.ALTERED, signers, "covers_a_part")
    return _together(signers)


def _reaches_the_end(reader: PdfFileReader, content: bytes) -> bool:
    """Tell whether nothing but blanks, or whole revisions that were judged, follow what is signed.

    What another reader might find there is not seen by this one.
    """
    every = [*reader.embedded_regular_signatures, *reader.embedded_timestamp_signatures]
    last = max(every, key=lambda item: _end(item))
    tail = content[_end(last) :]
    later = reader.xrefs.total_revisions - 1 - last.signed_revision
    if later == 0:
        return not tail.strip(_BLANKS)
    ends = tail.count(b"startxref"), tail.count(b"%%EOF")
    return ends == (later, later) and not tail.rpartition(b"%%EOF")[2].strip(_BLANKS)


def _end(embedded: EmbeddedPdfSignature) -> int:
    """Where the signed bytes end."""
    spans = [int(number) for number in embedded.byte_range]
    return max(start + length for start, length in zip(spans[::2], spans[1::2], strict=True))


def _of_detached(content: bytes, detached: bytes, known: list[Any]) -> Signature:
    if pem.detect(detached):
        detached = pem.unarmor(detached)[2]
    info = cms.ContentInfo.load(detached, strict=True)
    if info["content_type"].native != "signed_data":
        return Signature(SignatureVerdict.ALTERED, why="unreadable")
    signed = info["content"]
    certificate = _certificate_of(signed)
    moment, outside = _moment(certificate, _claimed(signed))
    status = asyncio.run(
        async_validate_detached_cms(
            content,
            signed,
            signer_validation_context=_context(known, moment),
            key_usage_settings=_USAGE,
        )
    )
    return _together((_signer(status, outside=outside, whole=True),))


def _bounded(judge: Callable[[], Signature]) -> Signature:
    """What is found out in a bounded time, and without a word of the libraries on the terminal.

    A hostile document breaks a reader in many ways, and none of them is a signature.
    """
    found: list[Signature] = []

    def work() -> None:
        try:
            found.append(judge())
        except Exception:  # whatever it is: it could not be read
            found.append(Signature(SignatureVerdict.ALTERED, why="unreadable"))

    with _quietly():
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        worker.join(LONGEST_SECONDS)
    return found[0] if found else Signature(SignatureVerdict.ALTERED, why="too_slow")


@contextmanager
def _quietly() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    before = [logger.propagate for logger in loggers]
    nothing = logging.NullHandler()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.propagate = False
            logger.addHandler(nothing)
        try:
            yield
        finally:
            for logger, propagate in zip(loggers, before, strict=True):
                logger.removeHandler(nothing)
                logger.propagate = propagate


def _pdf_signer(embedded: EmbeddedPdfSignature, roots: list[Any], *, last: bool) -> Signer:
    moment, outside = _moment(embedded.signer_cert, embedded.self_reported_timestamp)
    status = asyncio.run(
        async_validate_pdf_signature(
            embedded,
            signer_validation_context=_context(roots, moment),
            key_usage_settings=_USAGE,
        )
    )
    most = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    whole = (
        status.coverage is not None
        and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
        and status.modification_level is not None
        and status.modification_level <= most
        and status.docmdp_ok is not False
    )
    return _signer(status, outside=outside, whole=whole)


def _signer(status: Any, *, outside: bool, whole: bool) -> Signer:
    certificate = status.signing_cert
    if not (status.intact and status.valid and whole):
        verdict = SignatureVerdict.ALTERED
    elif status.trusted:
        verdict = SignatureVerdict.VALID
    else:
        verdict = SignatureVerdict.UNTRUSTED
    stamp = status.timestamp_validity
    trusted_stamp = stamp is not None and stamp.valid and stamp.intact and stamp.trusted
    return Signer(
        name=_name(certificate.subject),
        verdict=verdict,
        signed_at=_aware(status.signer_reported_dt),
        stamped_at=_aware(stamp.timestamp) if trusted_stamp else None,
        issuer=_name(certificate.issuer),
        certificate_sha256=certificate.sha256.hex(),
        expired_when_signed=outside,
    )


def _together(signers: tuple[Signer, ...]) -> Signature:
    found = {item.verdict for item in signers}
    worst = next(verdict for verdict in _WORST_FIRST if verdict in found)
    why = {
        SignatureVerdict.ALTERED: "changed_since",
        SignatureVerdict.UNTRUSTED: "unknown_root",
    }.get(worst, "")
    return Signature(worst, signers, why)


def _context(roots: list[Any], moment: datetime) -> ValidationContext:
    """Only these roots, judged at this moment, and nothing is fetched."""
    return ValidationContext(
        trust_roots=roots,
        allow_fetching=False,
        moment=moment,
        best_signature_time=moment,
        revocation_mode="soft-fail",
    )


def _roots(contents: Iterable[bytes]) -> list[Any]:
    found = []
    for content in contents:
        parts = (
            [der for _, _, der in pem.unarmor(content, multiple=True)]
            if pem.detect(content)
            else [content]
        )
        for der in parts:
            try:
                found.append(asn1_x509.Certificate.load(der, strict=True))
            except ValueError:
                continue
    return found


def _moment(certificate: Any, claimed: datetime | None) -> tuple[datetime, bool]:
    """When the chain is judged, and whether the certificate was not valid when it was signed."""
    begins, ends = certificate.not_valid_before, certificate.not_valid_after
    when = _aware(claimed) or datetime.now(UTC)
    if when < begins:
        return begins + timedelta(seconds=1), True
    if when > ends:
        return ends - timedelta(seconds=1), True
    return when, False


def _certificate_of(signed: Any) -> Any:
    """The signer's certificate in a CMS. Raises ValueError where it is not there."""
    wanted = signed["signer_infos"][0]["sid"]
    for choice in signed["certificates"] or ():
        certificate = choice.chosen
        if wanted.name == "issuer_and_serial_number":
            fits = (
                certificate.serial_number == wanted.chosen["serial_number"].native
                and certificate.issuer == wanted.chosen["issuer"]
            )
        else:
            fits = certificate.key_identifier == wanted.chosen.native
        if fits:
            return certificate
    raise ValueError("the signer's certificate is not in the signature")


def _claimed(signed: Any) -> datetime | None:
    for attribute in signed["signer_infos"][0]["signed_attrs"] or ():
        if attribute["type"].native == "signing_time":
            return _aware(attribute["values"][0].native)
    return None


def _name(name: Any) -> str:
    """The common name, or all of it."""
    found = name.native.get("common_name")
    if isinstance(found, list):
        found = found[0]
    return str(found or name.human_friendly)


def _aware(when: datetime | None) -> datetime | None:
    if when is None:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
