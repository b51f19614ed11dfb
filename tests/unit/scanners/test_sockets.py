"""Sockets in the event loop: what comes at once, later, never, and the end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from scanners import sockets


def with_pair(work: Callable[[socket.socket, socket.socket], Awaitable[None]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)

        async def run() -> None:
            await work(ours, theirs)

        asyncio.run(run())


def test_what_is_there_comes_at_once_and_then_the_end() -> None:
    async def work(ours: socket.socket, theirs: socket.socket) -> None:
        theirs.sendall(b"halo")
        theirs.close()
        assert await sockets.receive(ours, 3, 5.0) == b"hal"
        assert await sockets.receive(ours, 3, 5.0) == b"o"
        assert await sockets.receive(ours, 3, 5.0) == b""

    with_pair(work)


def test_what_comes_later_is_waited_for() -> None:
    async def work(ours: socket.socket, theirs: socket.socket) -> None:
        asyncio.get_running_loop().call_later(0.02, theirs.sendall, b"halo")
        assert await sockets.receive(ours, 64, 5.0) == b"halo"

    with_pair(work)


@pytest.mark.parametrize("seconds", [0.02, 0.0, -1.0])
def test_silence_ends_the_wait(seconds: float) -> None:
    async def work(ours: socket.socket, theirs: socket.socket) -> None:
        with pytest.raises(TimeoutError):
            await sockets.receive(ours, 64, seconds)
        theirs.sendall(b"halo")
        assert await sockets.receive(ours, 64, seconds) == b"halo"

    with_pair(work)


def test_a_wait_that_is_cancelled_leaves_nothing_behind() -> None:
    async def work(ours: socket.socket, theirs: socket.socket) -> None:
        waiting = asyncio.ensure_future(sockets.receive(ours, 64, 5.0))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not asyncio.get_running_loop().remove_reader(ours.fileno())

    with_pair(work)


def test_a_connection_is_made_or_refused() -> None:
    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            where = server.getsockname()
            with socket.socket() as ours:
                ours.setblocking(False)
                await sockets.connect(ours, where, 5.0)
                assert ours.getpeername() == where
        with socket.socket() as ours:
            ours.setblocking(False)
            with pytest.raises(ConnectionRefusedError):
                await sockets.connect(ours, where, 5.0)

    asyncio.run(work())


def test_a_full_queue_of_a_server_is_a_timeout() -> None:
    async def work() -> None:
        with ExitStack() as stack:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))

            async def knock() -> None:
                ours = stack.enter_context(socket.socket())
                ours.setblocking(False)
                await sockets.connect(ours, server.getsockname(), 0.1)

            answers = [knock() for _ in range(8)]
            ends = await asyncio.gather(*answers, return_exceptions=True)
            assert ends[0] is None
            assert isinstance(ends[-1], TimeoutError)

    asyncio.run(work())
