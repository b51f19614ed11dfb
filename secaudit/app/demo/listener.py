"""One listening socket of the sample city, and the threads that serve its connections."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

from secaudit.core.errors import InternalError

PATIENCE = 3.0
"""Seconds that a conversation may stay silent."""
MOST_CONNECTIONS = 64
_FALLBACK_OFFSETS = (0, 10_000, 20_000, 30_000)

Conversation = Callable[[socket.socket], None]
"""Serves one connection; it may raise OSError, and need not close the socket."""


class Listener:
    """Accepts on one address and port until it is stopped; nothing of it outlives ``stop``."""

    def __init__(
        self,
        address: str,
        preferred_port: int,
        conversation: Conversation,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.address = address
        self._conversation = conversation
        self._context = context
        self._socket = _bound(address, preferred_port)
        self.port: int = self._socket.getsockname()[1]
        self._slots = threading.Semaphore(MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._stopping = threading.Event()
        self._acceptor = threading.Thread(target=self._accept, name=f"demo-{address}", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._socket.listen(MOST_CONNECTIONS)
        self._acceptor.start()

    def present(self, context: ssl.SSLContext) -> None:
        """Use another certificate for the connections that come from now on."""
        self._context = context

    def stop(self) -> None:
        """Close the port and every open connection, and wait for the threads."""
        with self._lock:
            self._stopping.set()
            left = dict(self._open)
        _shut(self._socket)
        for connection in left:
            _shut(connection)
        if self._acceptor.ident is not None:
            self._acceptor.join()
        self._socket.close()
        for thread in left.values():
            thread.join()

    def _accept(self) -> None:
        while True:
            self._slots.acquire()  # at the limit, further connections wait in the kernel's queue
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                if self._stopping.is_set():
                    connection.close()
                    return
                self._open[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                connection.settimeout(PATIENCE)
                self._converse(connection)
        finally:
            with self._lock:
                del self._open[connection]
            connection.close()
            self._slots.release()

    def _converse(self, connection: socket.socket) -> None:
        context = self._context
        if context is None:
            self._conversation(connection)
            return
        # The wrapped socket takes the descriptor over, while stop() knows the plain one: a
        # duplicate stays behind for it.
        with context.wrap_socket(connection.dup(), server_side=True) as secured:
            self._conversation(secured)


def _shut(open_socket: socket.socket) -> None:
    with contextlib.suppress(OSError):
        open_socket.shutdown(socket.SHUT_RDWR)


def _bound(address: str, preferred_port: int) -> socket.socket:
    """Bind to the preferred port, or to one that stands for it where another program has it."""
    for offset in _FALLBACK_OFFSETS:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address, preferred_port + offset))
        except OSError:
            listening.close()
        else:
            return listening
    raise InternalError(
        "no port for the sample server at {address}: {port} and its stand-ins are taken",
        hint="stop the program that listens there (ss -ltnp shows it), and try again",
        address=address,
        port=preferred_port,
    )
