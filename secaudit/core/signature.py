"""What is known of the signature in or beside a document."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class SignatureVerdict(StrEnum):
    """The outcome of looking at a document's signatures."""

    NONE = "none"
    """There is no electronic signature: it may be a scan of a paper."""
    VALID = "valid"
    """Intact, covers the whole document, and leads to a root of the workspace."""
    UNTRUSTED = "untrusted"
    """Intact, but no root of the workspace stands behind the signer."""
    ALTERED = "altered"
    """The document was changed after it was signed, or the signature does not fit it."""
    NOT_CHECKED = "not_checked"
    """Signed, but this installation cannot check it."""


@dataclass(frozen=True)
class Signer:
    """One signature. ``signed_at`` is what the signer claims, ``stamped_at`` what a trusted
    timestamp says.
    """

    name: str
    verdict: SignatureVerdict
    signed_at: datetime | None = None
    stamped_at: datetime | None = None
    issuer: str = ""
    certificate_sha256: str = ""
    expired_when_signed: bool = False
    """The certificate was not valid yet, or any more, at the time of signing."""


@dataclass(frozen=True)
class Signature:
    """All signatures of one document; ``verdict`` is the worst of them."""

    schema_version: ClassVar[int] = 1

    verdict: SignatureVerdict
    signers: tuple[Signer, ...] = ()
    why: str = ""
    """A word that says more about ``untrusted``, ``altered`` or ``not_checked``."""
    beside: str | None = None
    """SHA-256 of the signature file that lay beside the document."""
