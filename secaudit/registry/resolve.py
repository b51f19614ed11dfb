"""Host names, asked of the system's resolver once; the answer is recorded, not asked again."""

import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.core.network import parse_address
from secaudit.core.os_words import os_words
from secaudit.store.tables.registry import resolution

Resolver = Callable[[str], tuple[str, ...]]
"""From a host name to its addresses, in canonical spelling; raises InputError when none."""


def resolve(name: str) -> tuple[str, ...]:
    """Ask the system (hosts file, then DNS) for all addresses of ``name``, sorted.

    Raises InputError that names what could not be resolved.
    """
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(
            "the name {name} cannot be resolved: {why}",
            hint="look for a typing error, or write its address instead",
            name=name,
            why=os_words(error) if isinstance(error, OSError) else error,
        ) from None
    texts = {str(answer[4][0]).partition("%")[0] for answer in answers}
    addresses = sorted({parse_address(text) for text in texts}, key=lambda a: (a.version, int(a)))
    return tuple(str(address) for address in addresses)


def resolve_all(names: Iterable[str], resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """Resolve each name once. Raises InputError for the first that has no address."""
    return {name: resolver(name) for name in dict.fromkeys(names)}


def record(
    connection: Connection,
    answers: Mapping[str, tuple[str, ...]],
    at: datetime,
    authorisation: str | None = None,
) -> None:
    """Keep what names resolved to at this instant."""
    for name, addresses in answers.items():
        connection.execute(
            insert(resolution).values(
                name=name, answers=to_json(addresses), at=at, authorisation=authorisation
            )
        )


def recorded(connection: Connection, name: str) -> list[Row[Any]]:
    """Every recorded answer for ``name``, oldest first: ``name, answers, at, authorisation``."""
    query = select(resolution).where(resolution.c.name == name).order_by(resolution.c.number)
    return list(connection.execute(query))
