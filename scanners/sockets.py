"""Waiting for one socket in the event loop, with a bound in time.

What ``loop.sock_connect`` and ``loop.sock_recv`` do under ``asyncio.timeout``, for a fraction of
the time that those take: a scan makes thousands of short connections a second.
"""

import asyncio
import os
from collections.abc import Callable
from errno import EALREADY, EINPROGRESS, EISCONN
from socket import SO_ERROR, SOL_SOCKET, socket
from time import monotonic
from typing import Any


async def connect(connection: socket, where: tuple[str, int], seconds: float) -> None:
    """Connect a socket that does not block to a numeric address.

    Raises TimeoutError, and OSError as the system says it.
    """
    error = connection.connect_ex(where)
    if error == EINPROGRESS:
        # A near peer has answered already: asking again is cheaper than waiting for the loop.
        error = connection.connect_ex(where)
    if error in (EALREADY, EINPROGRESS):
        loop = asyncio.get_running_loop()
        await _until(loop.add_writer, loop.remove_writer, connection.fileno(), seconds)
        error = connection.getsockopt(SOL_SOCKET, SO_ERROR)
    if error not in (0, EISCONN):
        raise OSError(error, os.strerror(error))


async def receive(connection: socket, limit: int, seconds: float) -> bytes:
    """Return 1 to ``limit`` bytes as they arrive, or b"" at the end.

    Raises TimeoutError, and OSError as the system says it.
    """
    deadline = monotonic() + seconds
    waited = False
    while True:
        try:
            return connection.recv(limit)
        except (BlockingIOError, InterruptedError):
            left = deadline - monotonic()
        if waited:
            loop = asyncio.get_running_loop()
            await _until(loop.add_reader, loop.remove_reader, connection.fileno(), left)
        else:
            # By the time that all others had their turn, a near peer has answered.
            await asyncio.sleep(0)
            waited = True


async def _until(
    watch: Callable[..., Any], forget: Callable[[int], Any], descriptor: int, seconds: float
) -> None:
    """Wait until the loop says that the descriptor is ready. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    watch(descriptor, _ready, ready)
    timer = loop.call_later(seconds, _late, ready)
    try:
        await ready
    finally:
        timer.cancel()
        forget(descriptor)


def _ready(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _late(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())
