"""TLS servers with known weaknesses, on the wire as the real ones were: tlslite-ng made worse.

Each flaw is one class over tlslite-ng's server; ``weak_server`` takes one of them. What they leak
is a marked text, so that a test can tell whether any of it was kept.
"""
# ruff: noqa: N802  (the methods that are overridden have tlslite-ng's names)

import itertools
import os
import socket
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tls_pki import Issued
from tls_servers import raw_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # tlslite imports the deprecated asyncore
    from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
    from tlslite.constants import AlertDescription, ContentType, HandshakeType
    from tlslite.errors import (
        BaseTLSException,
        TLSBadRecordMAC,
        TLSDecodeError,
        TLSDecryptionFailed,
    )
    from tlslite.mathtls import RFC2409_GROUP2 as COMMON_1024
    from tlslite.mathtls import RFC3526_GROUP14 as COMMON_2048
    from tlslite.messages import Heartbeat, ServerHello

MEMORY = b"RAHASIA-BOCOR-DARI-MEMORI-" * 4000
SHORT_PRIME, LONG_PRIME = COMMON_1024, COMMON_2048
"""Generators and primes of 1024 and 2048 bits that many servers share."""
FICKLE = itertools.cycle((1, 0, 0, 1, 1, 0, 1))
"""Seven in a row fit neither four vectors nor five: no two rounds in a row are alike."""
Sound = TLSConnection


class Bleeding(TLSConnection):
    """Heartbleed: answers with as many bytes as the request claims (OpenSSL 1.0.1 to 1.0.1f)."""

    def _getNextRecord(self) -> Iterator[Any]:
        while True:
            for result in super()._getNextRecord():
                if result in (0, 1):
                    yield result
                else:
                    break
            header, parser = result
            content = bytes(parser.bytes)
            if header.type != ContentType.heartbeat or content[0] != 1:
                yield result
                return
            claimed = int.from_bytes(content[1:3])
            answer = Heartbeat().create(2, bytearray((content[3:] + MEMORY)[:claimed]), 16)
            yield from self._sendMsg(answer)


class HeartbeatClamped(Bleeding):
    """Answers a heartbeat that claims too much, with what there is: nothing. No over-read."""

    def _sendMsg(self, msg: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if isinstance(msg, Heartbeat):
            msg.payload = bytearray()
        yield from super()._sendMsg(msg, *args, **kwargs)


class EarlyChange(TLSConnection):
    """CCS injection: switches to keys of an empty secret at any ChangeCipherSpec."""

    _awaits_key_exchange = False
    _randoms: tuple[Any, ...] = ()
    _suite = 0

    def _serverCertKeyExchange(self, client: Any, server: Any, *rest: Any) -> Iterator[Any]:
        self._randoms = (client.random, server.random)
        self._suite = server.cipher_suite
        yield from super()._serverCertKeyExchange(client, server, *rest)

    def _getMsg(self, expected: Any, secondary: Any = None, constructor: Any = None) -> Any:
        self._awaits_key_exchange = secondary == HandshakeType.client_key_exchange
        yield from super()._getMsg(expected, secondary, constructor)

    def _getNextRecord(self) -> Iterator[Any]:
        while True:
            for result in super()._getNextRecord():
                if result in (0, 1):
                    yield result
                else:
                    break
            if result[0].type == ContentType.change_cipher_spec and self._awaits_key_exchange:
                empty = bytearray(48)
                self._calcPendingStates(self._suite, empty, *self._randoms, ["python"])
                self._changeReadState()
                self._awaits_key_exchange = False
                continue
            yield result
            return


class TicketBleeding(TLSConnection):
    """Ticketbleed: echoes 32 bytes of session id, whatever the client's had (F5 BIG-IP)."""

    def _sendMsg(self, msg: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        if isinstance(msg, ServerHello) and 0 < len(msg.session_id) < 32:
            msg.session_id = bytearray((bytes(msg.session_id) + MEMORY)[:32])
        yield from super()._sendMsg(msg, *args, **kwargs)


class _Padding(TLSConnection):
    """Checks CBC records by ``judge(padding_right, mac_right, fits, empty)``."""

    def judge(self, padding: bool, mac: bool, fits: bool, empty: bool) -> None:
        raise NotImplementedError

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        layer, judge = self._recordLayer, self.judge

        def check(self: Any, kind: int, data: Any) -> Any:
            state = self._readState
            if not state.encContext:
                return data
            plain = bytes(state.encContext.decrypt(data))
            if self.version >= (3, 2):
                plain = plain[state.encContext.block_size :]
            size = state.macContext.digest_size
            count = plain[-1] + 1
            fits = count + size <= len(plain)
            body = plain[: -count - size] if fits else b""
            mac = plain[len(body) : len(body) + size]
            expected = self.calculateMAC(
                state.macContext.copy(), state.getSeqNumBytes(), kind, bytearray(body)
            )
            padded = plain[-count:] == bytes([count - 1]) * count
            judge(fits and padded, bytes(expected) == mac, fits, not body)
            return bytearray(body)

        layer._decryptThenMAC = types.MethodType(check, layer)


class PoodleTls(_Padding):
    """POODLE on TLS: looks at the length of the padding, and not at its bytes."""

    def judge(self, padding: bool, mac: bool, fits: bool, empty: bool) -> None:
        if not fits or not mac:
            raise TLSBadRecordMAC


class ZombiePoodle(_Padding):
    """Tells a wrong padding from a wrong MAC by another alert."""

    def judge(self, padding: bool, mac: bool, fits: bool, empty: bool) -> None:
        if not padding:
            raise TLSDecryptionFailed
        if not mac:
            raise TLSBadRecordMAC


class ZeroLength(_Padding):
    """Falls silent at a wrong MAC in a record without content only (CVE-2019-1559)."""

    def judge(self, padding: bool, mac: bool, fits: bool, empty: bool) -> None:
        if fits and not mac and padding and empty:
            raise ConnectionAbortedError
        if not padding or not mac:
            raise TLSBadRecordMAC


class FickleRecords(_Padding):
    """Refuses every broken record by an alert of no rule: no oracle, and no calm server."""

    def judge(self, padding: bool, mac: bool, fits: bool, empty: bool) -> None:
        if not padding or not mac:
            raise TLSBadRecordMAC if next(FICKLE) else TLSDecryptionFailed


def _oracle_key(key: Any, oracle: str) -> Any:
    """The RSA key whose decryption tells what it saw."""

    class Telling(type(key)):  # type: ignore[misc]
        def decrypt(self, content: Any) -> Any:
            plain = bytes(self._raw_private_key_op_bytes(content))
            begins = plain[:2] == b"\x00\x02"
            zero = plain.find(b"\x00", 10)
            secret = plain[zero + 1 :] if zero > 0 else b""
            whole = begins and len(secret) == 48
            if oracle == "fickle":
                if next(FICKLE):
                    raise TLSDecodeError
            elif (oracle == "weak" and not whole) or (oracle == "alert" and not begins):
                raise TLSDecodeError
            elif oracle == "close" and not begins:
                raise ConnectionAbortedError
            elif oracle == "hang" and not begins:
                while self.connection.recv(4096):
                    pass
                raise ConnectionAbortedError
            elif oracle == "late":
                self.told = not begins
            return bytearray(secret) if whole else bytearray(os.urandom(48))

    key.__class__ = Telling
    key.told = False
    return key


class _LateOracle(TLSConnection):
    """Tells only after Finished, by another alert."""

    key: Any = None

    def _sendError(self, alert: int, message: Any = None) -> Iterator[Any]:
        if alert == AlertDescription.bad_record_mac and self.key.told:
            alert = AlertDescription.decrypt_error
        yield from super()._sendError(alert, message)


class Unbound(TLSConnection):
    """Renegotiates as before RFC 5746: no extension, and whoever asks gets a second handshake."""

    def _sendMsgs(self, msgs: Any) -> Iterator[Any]:
        for msg in msgs:
            if isinstance(msg, ServerHello) and msg.extensions:
                msg.extensions = [item for item in msg.extensions if item.extType != 0xFF01]
        yield from super()._sendMsgs(msgs)

    def read(self, max: int | None = None, min: int = 1) -> Any:  # noqa: A002
        self.closed = True
        self.handshakeServer(**self.again)
        return super().read(max, min)


class Compressing(TLSConnection):
    """Chooses DEFLATE where a client offers it, as OpenSSL did before 2012 (CRIME)."""

    _offered: tuple[int, ...] = ()

    def _serverCertKeyExchange(self, client: Any, *rest: Any) -> Iterator[Any]:
        self._offered = tuple(client.compression_methods)
        yield from super()._serverCertKeyExchange(client, *rest)

    def _sendMsgs(self, msgs: Any) -> Iterator[Any]:
        for msg in msgs:
            if isinstance(msg, ServerHello) and 1 in self._offered:
                msg.compression_method = 1
        yield from super()._sendMsgs(msgs)


class Breaking(TLSConnection):
    """Misbehaves at the first record after its own hello, or after the handshake.

    ``how``: ``reset``, ``silent``, ``garbage`` (bytes that are no TLS) or ``nonsense`` (records
    that belong to nothing).
    """

    how = "reset"
    after_handshake = False

    def _getNextRecordFromSocket(self) -> Iterator[Any]:
        if self.session is None and not self._reached:
            self._reached = True
        elif not self.after_handshake or (self.session and not self.closed):
            self._break()
        yield from super()._getNextRecordFromSocket()

    _reached = False

    def _break(self) -> None:
        connection = self.sock.socket
        connection.recv(5)
        if self.how == "reset":
            at_once = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            connection.close()
            raise ConnectionAbortedError
        if self.how == "garbage":
            connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" * 8)
        elif self.how == "nonsense":
            connection.sendall(b"\x18\x03\x03\x00\x03\x02\xff\xff" * 4)
        with suppress(OSError):
            while connection.recv(4096):
                pass
        raise ConnectionAbortedError


def breaking(how: str, *, after_handshake: bool = False) -> type:
    """A server that breaks in this way."""
    return type("Broken", (Breaking,), {"how": how, "after_handshake": after_handshake})


def prepared(
    connection: socket.socket,
    issued: Issued,
    flaw: type = Sound,
    *,
    oracle: str = "",
    **settings: object,
) -> tuple[Any, dict[str, Any]]:
    """A server on a connection, and what its ``handshakeServer`` takes."""
    chain = X509CertChain()
    chain.parsePemList(issued.chain_pem.decode())
    chosen = HandshakeSettings()
    chosen.maxVersion = (3, 3)
    for name, value in settings.items():
        setattr(chosen, name, value)
    key = parsePEMKey(issued.key_pem.decode(), private=True)
    if oracle:
        key = _oracle_key(key, oracle)
    server = (_LateOracle if oracle == "late" else flaw)(connection)
    server.key = key
    key.connection = connection
    server.ignoreAbruptClose = True
    server.again = {"certChain": chain, "privateKey": key, "settings": chosen}
    return server, server.again


@contextmanager
def weak_server(
    issued: Issued, flaw: type = Sound, *, oracle: str = "", **settings: object
) -> Iterator[int]:
    """Serve one handshake a connection, and read on until the client leaves.

    ``oracle``: how the RSA key tells what it decrypted: ``alert``, ``close``, ``hang``, ``late``,
    ``weak`` or ``fickle``. ``settings`` are those of tlslite-ng.
    """

    def serve(connection: socket.socket) -> None:
        server, arguments = prepared(connection, issued, flaw, oracle=oracle, **settings)
        with suppress(BaseTLSException):
            server.handshakeServer(**arguments)
            while server.read(max=256):
                pass

    with raw_server(serve) as port:
        yield port
