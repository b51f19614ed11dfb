"""The people of a workspace, and their roles: who is registered as what, from when until when.

A person's name is unique however it is written (:func:`secaudit.core.persons.same_person`), and so
is an account. Days are those of the workspace; a role counts from its first day to its last, both
included.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, inspect, select, update

from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import looks_like, mixes_scripts, same_account, same_person
from secaudit.core.roles import Role
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.people import person as table
from secaudit.store.tables.people import person_role

_NUMBER = re.compile(r"[a-z]{1,3}-0*(\d+)(-[a-z]\d+)?", re.IGNORECASE)
"""What a number of a register looks like, whatever it counts."""


@dataclass(frozen=True)
class HeldRole:
    """One role that was given to a person, with the document that appoints them."""

    number: int
    role: Role
    from_on: date
    until_on: date | None
    document: str | None
    granted_at: datetime
    granted_by: str
    """The account that entered it."""
    granter: str | None
    """The id of the person who decided it; None where nobody could yet."""
    reason: str
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_because: str | None

    def counts_on(self, day: date) -> bool:
        """Tell whether the role counts on a day."""
        if self.revoked_at is not None or day < self.from_on:
            return False
        return self.until_on is None or day <= self.until_on


@dataclass(frozen=True)
class Person:
    """Somebody registered. ``account`` is None for those who never log in."""

    schema_version: ClassVar[int] = 1

    id: str
    name: str
    unit: str
    account: str | None
    registered_at: datetime
    registered_by: str
    held: tuple[HeldRole, ...]

    @property
    def number(self) -> int:
        """The number within the id."""
        return int(self.id.rpartition("-")[2])

    def roles_on(self, day: date) -> frozenset[Role]:
        """The roles that count on a day."""
        return frozenset(item.role for item in self.held if item.counts_on(day))

    def is_named(self, text: str) -> bool:
        """Tell whether a name, an id or an account means this person."""
        return (
            same_person(self.name, text)
            or self.id == text.strip().upper()
            or (self.account is not None and same_account(self.account, text))
        )

    def is_of(self, unit: str) -> bool:
        """Tell whether this person belongs to a unit."""
        return bool(self.unit) and same_person(self.unit, unit)


@dataclass(frozen=True)
class NewRole:
    """A role to be given to a person of this name, who is registered where they are not yet."""

    name: str
    role: Role
    from_on: date
    until_on: date | None = None
    account: str | None = None
    unit: str | None = None
    document: str | None = None
    reason: str = ""


def list_all(connection: Connection) -> tuple[Person, ...]:
    """Everybody who was ever registered, oldest first; nobody in a database of an old version."""
    if not inspect(connection).has_table(table.name):
        return ()
    held: dict[str, list[HeldRole]] = {}
    for row in connection.execute(select(person_role).order_by(person_role.c.number)):
        held.setdefault(row.person_id, []).append(_held(row))
    return tuple(
        Person(
            id=row.id,
            name=row.name,
            unit=row.unit,
            account=row.account,
            registered_at=row.registered_at,
            registered_by=row.registered_by,
            held=tuple(held.get(row.id, ())),
        )
        for row in connection.execute(select(table).order_by(table.c.number))
    )


def find(people: Iterable[Person], text: str) -> Person | None:
    """The person whom a name, an id or an account means; None where nobody is."""
    known = list(people)
    named = [item for item in known if same_person(item.name, text) or item.id == text.upper()]
    return next(iter(named or [item for item in known if item.is_named(text)]), None)


def of_account(people: Iterable[Person], account: str) -> Person | None:
    """The person who works with an account; None where nobody is known to."""
    for item in people:
        if item.account is not None and same_account(item.account, account):
            return item
    return None


def get(connection: Connection, text: str) -> Person:
    """The person of a name, id or account. Raises NotFoundError."""
    found = find(list_all(connection), text)
    if found is None:
        raise NotFoundError(
            "{name} is not registered", hint="see who is: secaudit role list --all", name=text
        )
    return found


def grant(
    connection: Connection, new: NewRole, *, at: datetime, account: str, granter: str | None = None
) -> Person:
    """Give a role to a person.

    Raises RefusedError where they hold it on those days already; for an account that is not theirs,
    for that is changed by itself; and where a new name could be taken for another one.
    """
    name = " ".join(new.name.split())
    if not name:
        raise InputError("the {what} is empty", what="name")
    if new.until_on is not None and new.until_on < new.from_on:
        raise InputError(
            "the role would end on {last}, before it begins on {first}",
            first=new.from_on,
            last=new.until_on,
        )
    everybody = list_all(connection)
    found = find(everybody, name)
    if found is None:
        _require_plain_name(everybody, name)
        _require_free_account(everybody, None, new.account)
        found = _register(connection, name, new, at=at, account=account)
    elif new.account is not None and not _works_with(found, new.account):
        raise RefusedError(
            "{name} is registered already: an account is given by an act of its own",
            hint="secaudit role account {id} --account {account} --reason TEXT",
            name=found.name,
            id=found.id,
            account=new.account,
        )
    standing = next(
        (item for item in found.held if item.role is new.role and _meets(item, new)), None
    )
    if standing is not None:
        raise RefusedError(
            "{name} holds this role already, from {first} on",
            hint="revoke it first: secaudit role revoke",
            name=found.name,
            first=standing.from_on,
        )
    if new.unit is not None:
        unit = " ".join(new.unit.split())
        connection.execute(update(table).where(table.c.id == found.id).values(unit=unit))
    connection.execute(
        insert(person_role).values(
            person_id=found.id,
            role=new.role.value,
            from_on=new.from_on,
            until_on=new.until_on,
            document_sha256=new.document,
            granted_at=at,
            granted_by=account,
            granter=granter,
            reason=new.reason.strip(),
        )
    )
    return get(connection, found.id)


def revoke(
    connection: Connection, found: Person, role: Role, *, reason: str, at: datetime, account: str
) -> Person:
    """Take a role from a person, from now on. Raises RefusedError where they do not hold it."""
    if not reason.strip():
        raise InputError("the {what} is empty", what="reason")
    standing = [item.number for item in found.held if item.role is role and not item.revoked_at]
    if not standing:
        raise RefusedError(
            "{name} does not hold this role",
            hint="see: secaudit role show {name!r}",
            name=found.name,
        )
    connection.execute(
        update(person_role)
        .where(person_role.c.number.in_(standing))
        .values(revoked_at=at, revoked_by=account, revoked_because=reason.strip())
    )
    return get(connection, found.id)


def change_account(connection: Connection, found: Person, account: str) -> Person:
    """Let a person work with another account. Raises RefusedError where it is somebody's."""
    if _works_with(found, account):
        raise RefusedError(
            "{name} works as {account} already", name=found.name, account=found.account
        )
    _require_free_account(list_all(connection), found, account)
    connection.execute(update(table).where(table.c.id == found.id).values(account=account.strip()))
    return get(connection, found.id)


def _register(
    connection: Connection, name: str, new: NewRole, *, at: datetime, account: str
) -> Person:
    number = next_number(connection, table)
    identity = human_id("PN", number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            name=name,
            unit=" ".join((new.unit or "").split()),
            account=None if new.account is None else new.account.strip(),
            registered_at=at,
            registered_by=account,
        )
    )
    return get(connection, identity)


def _works_with(found: Person, account: str) -> bool:
    return found.account is not None and same_account(found.account, account)


def _require_plain_name(everybody: Iterable[Person], name: str) -> None:
    """Refuse a new name that reads like a number, or like that of somebody else."""
    known = list(everybody)
    number = _NUMBER.fullmatch(name)
    if number is not None:
        meant = next((item for item in known if item.number == int(number[1])), None)
        raise InputError(
            "{name} is no name, but looks like a number",
            hint="{id} is {person}" if meant else "see the numbers: secaudit role list --all",
            name=name,
            id=meant.id if meant else "",
            person=meant.name if meant else "",
        )
    if mixes_scripts(name):
        raise InputError("the letters of {name} are of more than one script", name=name)
    for item in known:
        if looks_like(item.name, name):
            raise RefusedError(
                "{name} could be taken for {other}, who is registered",
                hint="if it is the same person, write the name so, or {id}; else add to it",
                name=name,
                other=item.name,
                id=item.id,
            )


def _require_free_account(
    everybody: Iterable[Person], found: Person | None, account: str | None
) -> None:
    if account is None:
        return
    if not account.strip():
        raise InputError("the {what} is empty", what="account")
    holder = of_account(everybody, account)
    if holder is not None and (found is None or holder.id != found.id):
        raise RefusedError(
            "the account {account} is that of {name}",
            hint="one account belongs to one person",
            account=account,
            name=holder.name,
        )


def _meets(item: HeldRole, new: NewRole) -> bool:
    """Tell whether a standing role and a new one share a day."""
    if item.revoked_at is not None:
        return False
    begins = item.until_on is None or new.from_on <= item.until_on
    return begins and (new.until_on is None or item.from_on <= new.until_on)


def _held(row: Row[Any]) -> HeldRole:
    return HeldRole(
        number=row.number,
        role=Role(row.role),
        from_on=row.from_on,
        until_on=row.until_on,
        document=row.document_sha256,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        granter=row.granter,
        reason=row.reason,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoked_because=row.revoked_because,
    )
