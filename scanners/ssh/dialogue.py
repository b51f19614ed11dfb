"""One connection's worth of SSH: identification, KEXINIT, and one key exchange to its signature."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from scanners.base import ProbeError
from scanners.ssh.certificate import Certificate, parse_host_key
from scanners.ssh.exchange import (
    GEX_ASKED,
    GEX_INIT,
    GEX_REPLY,
    GROUP_EXCHANGES,
    INIT,
    METHODS,
    REPLY,
    Share,
    exchange_hash,
    gex_request,
    in_field,
    parse_group,
    parse_reply,
)
from scanners.ssh.groups import Group
from scanners.ssh.hostkey import PublicKey, verify
from scanners.ssh.identification import Identification
from scanners.ssh.kexinit import KEXINIT, LISTS, KexInit, chosen, make_kexinit, parse_kexinit
from scanners.ssh.questions import READABLE
from scanners.ssh.transport import OUR_LINE, SshConnection
from scanners.ssh.wire import mpint, string, uint32
from scanners.tls.wire import MalformedError
from secaudit.core.vocabulary import Reason


@dataclass(frozen=True)
class HostKey:
    """A host key that a server showed, and whether it proved that it holds it."""

    algorithm: str
    """The one that was negotiated."""
    kex: str
    key: PublicKey
    certificate: Certificate | None
    signature: str
    """``verified``, ``invalid``, or ``not_checked`` where we could not tell."""
    signed_with: str


class Dialogue:
    """What is said on one connection; what was learned stays when it breaks off."""

    def __init__(self, connection: SshConnection) -> None:
        self._connection = connection
        self.identification: Identification | None = None
        self.offer: KexInit | None = None
        self._ours: KexInit | None = None
        self.group: Group | None = None
        """The group that the server gave, before anything was done with it."""

    async def open(self) -> KexInit | None:
        """Learn who the server is and what it offers; None where it does not speak protocol 2.

        Raises ProbeError. A server that waits for our KEXINIT gets one with all that we know.
        """
        connection = self._connection
        await connection.send(OUR_LINE + b"\r\n")
        self.identification = await connection.identification()
        if not self.identification.speaks_2:
            return None
        try:
            payload = await connection.message(patience=connection.patience)
        except ProbeError as error:
            if error.reason is not Reason.TIMED_OUT:
                raise
            self._ours = make_kexinit(_everything())
            await connection.send_messages(self._ours.payload)
            payload = await connection.message()
        if payload[0] != KEXINIT:
            raise MalformedError("another message where the offer should be")
        self.offer = parse_kexinit(payload)
        return self.offer

    async def exchange(self, kex: str, algorithm: str) -> HostKey:
        """Run one key exchange. Raises ProbeError; NOT_OFFERED where both sides share nothing."""
        theirs = self.offer
        if theirs is None:
            raise ProbeError(Reason.NO_OBSERVATION)
        messages = []
        ours = self._ours
        if ours is None:
            echoed = tuple(theirs.named(name) for name in LISTS[2:])
            ours = self._ours = make_kexinit(((kex,), (algorithm,), *echoed))
            messages.append(ours.payload)
        agreed = [chosen(ours.named(name), theirs.named(name)) for name in LISTS[:2]]
        if agreed[0] is None or agreed[1] is None:
            raise ProbeError(Reason.NOT_OFFERED)
        kex, algorithm = agreed[0], agreed[1]
        wrong_guess = theirs.follows and (
            (theirs.named("kex")[0], theirs.named("host_key")[0])
            != (ours.named("kex")[0], ours.named("host_key")[0])
        )
        if kex in GROUP_EXCHANGES:
            await self._connection.send_messages(*messages, gex_request())
            return await self._in_given_group(kex, algorithm, skip=wrong_guess)
        method = METHODS[kex]
        share = method.share()
        await self._connection.send_messages(*messages, bytes([INIT]) + share.public)
        if wrong_guess:
            await self._connection.message()
        payload = await self._connection.message()
        return self._host_key(kex, algorithm, method.digest, share, payload, REPLY, b"")

    async def _in_given_group(self, kex: str, algorithm: str, *, skip: bool) -> HostKey:
        if skip:
            await self._connection.message()
        self.group = parse_group(await self._connection.message())
        share = in_field(self.group)
        await self._connection.send_messages(bytes([GEX_INIT]) + share.public)
        payload = await self._connection.message()
        asked = b"".join(uint32(number) for number in GEX_ASKED)
        extra = asked + mpint(self.group.prime) + mpint(self.group.generator)
        digest = GROUP_EXCHANGES[kex]
        return self._host_key(kex, algorithm, digest, share, payload, GEX_REPLY, extra)

    def _host_key(
        self,
        kex: str,
        algorithm: str,
        digest: str,
        share: Share,
        payload: bytes,
        kind: int,
        extra: bytes,
    ) -> HostKey:
        """Read the reply; ``extra`` goes into the exchange hash before the public values."""
        if self.identification is None or self.offer is None or self._ours is None:
            raise ProbeError(Reason.NO_OBSERVATION)
        blob, public, signature = parse_reply(payload, kind)
        key, certificate = parse_host_key(blob)
        shared = share.agree(public)
        content = exchange_hash(
            digest,
            (OUR_LINE, self.identification.line),
            (self._ours.payload, self.offer.payload),
            string(blob),
            extra,
            shared.ours,
            shared.theirs,
            shared.secret,
        )
        state, name = "verified", ""
        try:
            name = verify(key, algorithm, signature, content)
        except InvalidSignature:
            state = "invalid"
        except UnsupportedAlgorithm:
            state = "not_checked"
        return HostKey(algorithm, kex, key, certificate, state, name)


def _everything() -> tuple[tuple[str, ...], ...]:
    """Eight lists of what servers commonly have, for one that will not speak first."""
    ciphers = ("aes128-ctr", "aes256-ctr", "aes128-cbc", "aes256-cbc", "3des-cbc")
    macs = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha1", "hmac-md5")
    pair = (ciphers, ciphers, macs, macs, ("none", "zlib"), ("none", "zlib"))
    return ((*GROUP_EXCHANGES, *METHODS), READABLE, *pair)
