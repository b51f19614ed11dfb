"""What the acting account may do, by the table of roles and by who is registered.

An account is asserted by the operating system, not proved: whoever may write the workspace's files
can claim any. The rules here keep honest people apart and leave a trace; what binds a person is the
document that they signed.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from secaudit.app.roles import Act, Rule, role_table
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import RefusedError
from secaudit.core.persons import same_account
from secaudit.core.roles import GRANTING, Role
from secaudit.core.signature import Signature
from secaudit.registry import people as registry
from secaudit.registry.people import Person
from secaudit.text.language import current_language
from secaudit.text.words import word


@dataclass(frozen=True)
class Approval:
    """Who approved an act, in which role, how it came here, and what they signed."""

    schema_version: ClassVar[int] = 1

    act: str
    person: str
    """The id of the registered person."""
    name: str
    role: Role
    account: str
    """The account that entered it, with its machine."""
    own_account: bool
    """Entered from the person's own account."""
    document: str | None = None
    """SHA-256 of the signed document, which the evidence store keeps."""
    document_name: str = ""
    signature: Signature | None = None


@dataclass(frozen=True)
class Said:
    """A text of the content, said in the language of whoever reads it."""

    text: Bilingual

    def __str__(self) -> str:
        """Say it in the current language."""
        return self.text.in_language(current_language().value)


@dataclass(frozen=True)
class Words:
    """Some roles or other words, said in the language of whoever reads them."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        """Say them in the current language."""
        return ", ".join(str(word(value)) for value in self.values)


@dataclass(frozen=True)
class Authority:
    """Who is registered, and what the acting account may do on a day."""

    account: str
    """With its machine, as ``account@host``."""
    day: date
    people: tuple[Person, ...]

    @property
    def registered(self) -> bool:
        """Tell whether anybody was ever registered: from then on the table holds for everything."""
        return bool(self.people)

    @cached_property
    def person(self) -> Person | None:
        """The person who works with the acting account."""
        return registry.of_account(self.people, self.account)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of the acting account; none where it belongs to nobody registered."""
        return self.person.roles_on(self.day) if self.person else frozenset()

    @cached_property
    def granters(self) -> tuple[Person, ...]:
        """Who may give roles today."""
        return tuple(item for item in self.people if item.roles_on(self.day) & GRANTING)

    @property
    def had_granters(self) -> bool:
        """Tell whether there was ever somebody who could give roles."""
        return any(
            held.role in GRANTING and held.from_on <= self.day
            for item in self.people
            for held in item.held
        )

    @property
    def locked_out(self) -> bool:
        """Tell whether nobody who may give roles, or enter who does, has an account today.

        Then any account may enter what a granter signed electronically: else nobody ever could.
        """
        may = GRANTING | {Role.OPERATOR}
        return not any(item.account for item in self.holders(may))

    @property
    def may_found(self) -> bool:
        """Tell whether the acting account may give roles while nobody holds the role to do so.

        That is who gave the first role, or an operator; after granters there were, who enters.
        """
        if not self.registered:
            return True
        if self.granters:
            return False
        if Role.OPERATOR in self.roles:
            return True
        if self.had_granters:
            return self.locked_out
        return same_account(self.people[0].registered_by, self.account)

    def holders(self, roles: frozenset[Role]) -> tuple[Person, ...]:
        """The people who hold one of these roles today."""
        return tuple(item for item in self.people if item.roles_on(self.day) & roles)

    def may(self, name: str) -> bool:
        """Tell whether the acting account may do an act, or enter it where it is a decision."""
        act = role_table().act(name)
        if act.rule is Rule.PROGRAM or not self.registered:
            return True
        if act.rule is Rule.FOUNDING:
            return self.may_found
        if act.entered_by is not None and self.granters and self.locked_out:
            return True
        return bool(self.roles & act.accounts)

    def require(self, name: str) -> None:
        """Raise RefusedError, which says who may, unless the acting account may do the act."""
        if self.may(name):
            return
        act = role_table().act(name)
        if act.rule is Rule.FOUNDING and not self.granters:
            raise RefusedError(
                "{account} may not give the first roles: that is for {first}, who began, or for an"
                " operator",
                hint="an account that is not registered only looks",
                account=self.account,
                first=self.people[0].registered_by,
            )
        if act.rule is Rule.FOUNDING:
            raise RefusedError(
                "there is somebody who grants roles: {names}",
                hint="they grant from their own account, or by a document that they signed:"
                " secaudit role grant NAME --role ROLE --by NAME --document FILE",
                names=_names(self.granters),
            )
        wanted = tuple(role for role in Role if role in act.accounts)
        known = self.holders(frozenset(wanted))
        raise RefusedError(
            "{account} may not do this: {act}. It is for: {roles}",
            hint=(
                "ask {names}; or let this account be registered:"
                " secaudit role grant NAME --role {role} --account {login}"
                if known
                else "nobody holds it; register somebody:"
                " secaudit role grant NAME --role {role} --account {login}"
            ),
            account=self.account,
            act=Said(act.title),
            roles=Words(wanted),
            names=_names(known),
            role=wanted[0].value,
            login=self.account.partition("@")[0],
        )

    def require_approval(self, name: str, approval: Approval | None) -> None:
        """Raise RefusedError unless an act may be recorded with this approval, or without one."""
        act = role_table().act(name)
        if act.rule is Rule.DECISION:
            if approval is None or approval.act != name:
                raise self.nobody_approves(name)
            approver = registry.find(self.people, approval.person)
            if approver is None or approval.role not in approver.roles_on(self.day):
                raise self.nobody_approves(name)
            if approval.role not in act.roles:
                raise self.nobody_approves(name)
            if approval.own_account:
                return
        self.require(name)

    def nobody_approves(self, name: str, who: str = "NAME") -> RefusedError:
        """The error for a decision that no registered person with its role has made."""
        act: Act = role_table().act(name)
        known = self.holders(frozenset(act.roles))
        return RefusedError(
            "this needs the approval of a registered person: {act}. It is for: {roles}",
            hint=(
                "those registered for it: {names}; or: secaudit role grant {who} --role {role}"
                if known
                else "register one: secaudit role grant {who} --role {role}"
            ),
            act=Said(act.title),
            roles=Words(act.roles),
            names=_names(known),
            who=quoted(who),
            role=act.roles[0].value,
        )


def quoted(name: str) -> str:
    """A name as it is written on a command line."""
    return f'"{name}"' if " " in name or not name.isprintable() else name


def _names(known: tuple[Person, ...]) -> str:
    return ", ".join(item.name for item in known)
