"""A bounded number of tasks over any number of items: memory stays flat."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sized
from typing import TypeVar

_Item = TypeVar("_Item")


async def in_lanes(
    items: Iterable[_Item], lanes: int, work: Callable[[_Item], Awaitable[None]]
) -> None:
    """Do ``work`` on each item, at most ``lanes`` at once, in order of starting.

    The first error stops the rest and is raised as it is, not in a group.
    """
    if isinstance(items, Sized):
        lanes = min(lanes, len(items))
    waiting = iter(items)

    async def lane() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(lane())
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
