"""The electronic signature of a document that somebody gives: in a PDF, or in a file beside it.

A PDF may be signed inside; beside any document ``document.p7s`` may hold a detached signature. Only
the roots of the workspace's ``signature_roots`` are believed, and nothing is fetched. pyHanko, the
extra ``signature``, does the checking and is loaded only for a document that is signed.
"""

import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from secaudit.app.scopes import LARGEST_ATTACHMENT, read_attachment
from secaudit.app.workspace import Workspace
from secaudit.core.errors import RefusedError
from secaudit.core.signature import Signature, SignatureVerdict
from secaudit.text.language import N_, gettext

_PDF = re.compile(rb"%PDF-|startxref|%%EOF")
"""What a PDF has somewhere, even one whose beginning was overwritten."""
_SIGNED = re.compile(
    rb"/ByteRange|/Type\s*/(Sig|DocTimeStamp)\b|/FT\s*/Sig\b|/SubFilter\s*/(adbe|ETSI)"
    rb"|/SigFlags\s*[1-9]|/DocMDP\b"
)
"""Marks of a signature in the clear. Every signed PDF has the first: what is signed could not be
told otherwise; the others stay where it was damaged."""
WHYS = {
    "changed_since": N_("it does not fit what was signed"),
    "covers_a_part": N_("the signature covers only a part of it"),
    "damaged": N_("it has marks of a signature, and no signature that can be read"),
    "unreadable": N_("it cannot be read"),
    "too_slow": N_("it takes too long to read"),
}
"""What is wrong with a document that is refused."""
BESIDE = ".p7s"
ROOT_ENDINGS = (".pem", ".crt", ".cer")


@dataclass(frozen=True)
class CheckedDocument:
    """A document in the evidence store, and what its signature says."""

    sha256: str
    signature: Signature


def check_document(workspace: Workspace, path: Path) -> CheckedDocument:
    """Check a document's signature and keep it, and the signature file beside it, as evidence.

    Raises InputError for what cannot be read, and RefusedError where the document was changed after
    it was signed; then nothing is kept.
    """
    content = read_attachment(path)
    beside = path.with_name(path.name + BESIDE)
    detached = read_attachment(beside) if beside.is_file() else None
    signature = check(content, detached, roots_of(workspace))
    if signature.verdict is SignatureVerdict.ALTERED:
        raise RefusedError(
            "{path} was changed after it was signed, or its signature is damaged: {why}",
            hint="give the file as it was signed",
            path=path,
            why=gettext(WHYS[signature.why]),
        )
    kept = None
    if detached is not None:
        kept = workspace.evidence.put(detached, "application/pkcs7-signature")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    digest = workspace.evidence.put(content, media_type)
    found = Signature(signature.verdict, signature.signers, signature.why, kept)
    return CheckedDocument(digest, found)


def check(content: bytes, detached: bytes | None, roots: tuple[bytes, ...]) -> Signature:
    """What the signatures of a document say; ``roots`` are PEM or DER certificates.

    A PDF with marks of a signature in which none is found is ``altered``: it is damaged.
    """
    inside = _PDF.search(content) is not None and _SIGNED.search(content) is not None
    if not inside and detached is None:
        return Signature(SignatureVerdict.NONE)
    try:
        from secaudit.app import signature_checks
    except ImportError:
        return Signature(SignatureVerdict.NOT_CHECKED, why="pyhanko_missing")
    beside = None if detached is None else signature_checks.of_detached(content, detached, roots)
    if not inside:
        return beside or Signature(SignatureVerdict.NONE)
    within = signature_checks.of_pdf(content, roots)
    if beside is None or within.verdict is SignatureVerdict.ALTERED:
        return within
    return beside


def roots_of(workspace: Workspace) -> tuple[bytes, ...]:
    """The roots that the workspace believes about signatures, in the order of their names.

    They are apart from the roots of TLS servers: who may name a server need not name a signer.
    """
    folder = workspace.folder / workspace.settings.signature_roots
    if not folder.is_dir():
        return ()
    return tuple(
        path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in ROOT_ENDINGS
        and path.is_file()
        and path.stat().st_size <= LARGEST_ATTACHMENT
    )
