"""An approval as every use case takes it: who decides, in which role, and what they signed.

A registered person decides, from their own account; or another account enters the decision with the
document that the person signed. Nobody approves what they asked for, own, entered or scored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from secaudit.app.authority import Approval, Authority, Said
from secaudit.app.roles import role_table
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.core.roles import Role
from secaudit.core.signature import SignatureVerdict
from secaudit.registry import approvals, people
from secaudit.registry.people import Person
from secaudit.text.language import N_
from secaudit.text.words import code_words

__all__ = [
    "Approval",
    "SignedNames",
    "approvals_of",
    "approve",
    "require_asker",
    "require_other",
    "taken_as",
]

WAYS = N_("they approve from their own account; or give the document that they signed: {option}")


def approve(
    workspace: Workspace,
    act: str,
    *,
    by: str | None,
    document: Path | None = None,
    option: str = "--document FILE",
) -> Approval:
    """Take the approval of an act by a person (name, id or account; None: whose account acts).

    The signed document is checked, and kept as evidence. ``option`` is how the command line asks
    for it. Raises RefusedError where nobody registered has the role, where another account enters
    it without a signed document, or where the document was changed after it was signed.
    """
    from secaudit.app.signatures import check_document

    with workspace.view() as connection:
        authority = workspace.authority(connection)
    approver, role = _approver(authority, act, by)
    own = approver.account is not None and same_account(approver.account, authority.account)
    if not own:
        authority.require(act)
        if document is None:
            raise RefusedError(
                "{account} enters the approval of {name}: that needs the document that {name}"
                " signed",
                hint=WAYS,
                account=authority.account,
                name=approver.name,
                option=option,
            )
    approval = Approval(act, approver.id, approver.name, role, authority.account, own)
    if document is None:
        return approval
    kept = check_document(workspace, document)
    return Approval(
        **{
            **vars(approval),
            "document": kept.sha256,
            "document_name": document.name,
            "signature": kept.signature,
        }
    )


def taken_as(approval: Approval, act: str) -> Approval:
    """The same approval for another act that goes with it, such as each of several rows."""
    return Approval(**{**vars(approval), "act": act})


def approvals_of(
    connection: Connection, object_id: str, at: datetime | None = None
) -> list[dict[str, Any]]:
    """Every approval of an object until ``at``, oldest first, as JSON values."""
    return [
        {**to_json(item), "title": str(Said(role_table().act(item.act).title))}
        for item in approvals.of_object(connection, object_id)
        if at is None or item.at <= at
    ]


@dataclass(frozen=True)
class SignedNames:
    """Names of approvers as reports show them: with what the signature of their document says."""

    verdicts: Mapping[str, str]

    @classmethod
    def of(cls, connection: Connection) -> "SignedNames":
        """All that were recorded."""
        return cls(approvals.verdicts(connection))

    def name(self, approver: str, document: str | None) -> str:
        """The name; a document without an electronic signature adds nothing to it."""
        verdict = self.verdicts.get(document or "", SignatureVerdict.NONE.value)
        if verdict == SignatureVerdict.NONE.value:
            return approver
        return f"{approver} ({code_words(verdict)})"


def require_other(
    authority: Authority,
    approval: Approval,
    *,
    what: str,
    asked: Iterable[str] = (),
    owned: Iterable[str] = (),
    entered: Iterable[str] = (),
    scored: Iterable[str] = (),
) -> None:
    """Raise RefusedError where the approver asked for it, owns it, entered it or scored it.

    Each is given as names of people or as accounts; who asked or owns may be a unit, too, and is
    then whoever belongs to it. ``what`` is the object's id.
    """
    approver = people.find(authority.people, approval.person)
    if approver is None:
        return
    for names, units, message in (
        (asked, True, N_("{name} asked for this and cannot approve it too: {what}")),
        (owned, True, N_("{name} owns {what} and cannot approve it too")),
        (entered, False, N_("{name} entered {what} and cannot approve it too")),
        (scored, False, N_("{name} scored {what} and cannot approve it too")),
    ):
        given = [name for name in names if name.strip()]
        if any(approver.is_named(name) or (units and approver.is_of(name)) for name in given):
            raise RefusedError(
                message,
                hint="a second person has to decide on it: name someone else",
                name=approver.name,
                what=what,
            )


def require_asker(
    authority: Authority,
    approval: Approval,
    asked_by: str | None,
    owners: Iterable[str],
    option: str = "--requested-by NAME",
) -> str:
    """Who asked: the one named, else the account that enters it for the approver.

    Where approvers act from their own account it is a registered person, or one of ``owners``, the
    units that own what it is about. Raises InputError where they name nobody, RefusedError where
    nobody is known by that name.
    """
    name = (asked_by or "").strip()
    if not approval.own_account:
        return name or approval.account.partition("@")[0]
    if not name:
        raise InputError(
            "who asked for it? nobody approves what they asked for themselves",
            hint="name them with: {option}",
            option=option,
        )
    known = people.find(authority.people, name)
    owning = [owner for owner in owners if owner]
    if known is None and not any(same_person(name, owner) for owner in owning):
        raise RefusedError(
            "{name} asked for it, and is neither registered nor the unit that owns it",
            hint="name a registered person, or: {owners}" if owning else "name a registered person",
            name=name,
            owners=", ".join(dict.fromkeys(owning)),
        )
    return known.name if known else name


def _approver(authority: Authority, act: str, by: str | None) -> tuple[Person, Role]:
    """The registered person meant, and the first role of the table that they hold."""
    if by is not None and not by.strip():
        raise InputError("the {what} is empty", what="approver")
    found = authority.person if by is None else people.find(authority.people, by.strip())
    if found is None:
        raise authority.nobody_approves(act, (by or authority.account.partition("@")[0]).strip())
    held = found.roles_on(authority.day)
    for role in role_table().act(act).roles:
        if role in held:
            return found, role
    raise authority.nobody_approves(act, found.name)
