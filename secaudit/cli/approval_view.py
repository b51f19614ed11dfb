"""Approvals as every record shows them: who, how it came here, and what the signature says."""

from collections.abc import Iterable, Mapping
from typing import Any

from secaudit.cli.session import Session
from secaudit.text.language import N_, gettext
from secaudit.text.words import code_words

_WHY = {
    "pyhanko_missing": N_("install secaudit[signature]"),
    "too_many_signatures": N_("too many signatures"),
}


def approval_lines(session: Session, rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """A line with its label for each approval."""
    return [(N_("Approval"), approval_words(session, row)) for row in rows]


def approval_words(session: Session, row: Mapping[str, Any]) -> str:
    """One approval in a sentence."""
    from secaudit.core.instant import parse_instant

    told = gettext("{what}: {name}, {role}, {when}").format(
        what=row["title"],
        name=row["name"],
        role=code_words(row["role"]),
        when=session.local(parse_instant(row["at"])),
    )
    told += "; " + (
        gettext("from their own account")
        if row["own_account"]
        else gettext("entered by {account}").format(account=row["account"])
    )
    if row["document"]:
        told += f"; {row['document_name']} ({row['document'][:12]})"
    if row["signature"]:
        told += f": {signature_words(row['signature'])}"
    return told


def signature_words(signature: Mapping[str, Any]) -> str:
    """What a document's signatures say, each signer by name."""
    if not signature["signers"]:
        why = gettext(_WHY.get(signature["why"], ""))
        return code_words(signature["verdict"]) + (f" ({why})" if why else "")
    return ", ".join(_signer(item) for item in signature["signers"])


def _signer(item: Mapping[str, Any]) -> str:
    told = f"{code_words(item['verdict'])}: {item['name']}"
    if item["stamped_at"]:
        told += ", " + gettext("timestamp {at}").format(at=item["stamped_at"])
    elif item["signed_at"]:
        told += ", " + gettext("claims to have signed at {at}").format(at=item["signed_at"])
    if item["expired_when_signed"]:
        told += ", " + gettext("by a certificate that was not valid then")
    return told
