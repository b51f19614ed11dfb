"""The people of a workspace, and their roles: who is registered as what, from when until when.

A person's name is unique however it is spaced and capitalised, and so is an account. Days are
those of the workspace; a role counts from its first day to its last, both included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, inspect, select, update

from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.core.roles import Role
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.people import person as table
from secaudit.store.tables.people import person_role


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
    """Give a role to a person. Raises RefusedError where they hold it on those days already."""
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
        found = _register(connection, name, new, at=at, account=account)
    _require_free_account(everybody, found, new.account)
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
    values: dict[str, Any] = {}
    if new.account is not None:
        values["account"] = new.account.strip()
    if new.unit is not None:
        values["unit"] = " ".join(new.unit.split())
    if values:
        connection.execute(update(table).where(table.c.id == found.id).values(**values))
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
            registered_at=at,
            registered_by=account,
        )
    )
    return get(connection, identity)


def _require_free_account(everybody: Iterable[Person], found: Person, account: str | None) -> None:
    if account is None:
        return
    if not account.strip():
        raise InputError("the {what} is empty", what="account")
    holder = of_account(everybody, account)
    if holder is not None and holder.id != found.id:
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
