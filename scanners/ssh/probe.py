"""The SSH probe: what a server offers and which host keys it holds. It never judges.

One connection for each type of host key, and never more than three, what decides something first;
no authentication is ever asked for.

Observation ``ssh.endpoint``, about ``zone/address:port/tcp``:

- ``reason``: why no offer came, or null. ``identification``: ``line``, ``protocol``, ``software``,
  ``comment``, ``product`` and ``version`` (where we know them, else empty), ``preceded_by`` (lines
  sent before); or null.
- ``protocol_1``: ``accepted``, ``refused`` or ``inconclusive``, with ``protocol_1_reason``, and
  ``protocol_1_offer`` (bits of its keys, ciphers) where it was spoken.
- ``algorithms``: list name -> names in the server's order (see ``scanners.ssh.kexinit.LISTS``), or
  null; ``strict_kex``, ``ext_info``, ``guess_follows``, ``languages``.
- ``host_keys``: of each key seen ``algorithm``, ``kex``, ``kind``, ``bits``, ``curve``,
  ``fingerprint``, ``signature`` (``verified``, ``invalid``, ``not_checked``), ``signed_with``, and
  ``certificate`` (or null). ``open_keys``: algorithm -> why its key was not seen, one algorithm
  for each key.
- ``group_exchange``: ``asked``, ``bits``, ``generator``, ``common`` (the name of a well-known
  prime), ``prime`` (SHA-256 of its bytes), ``reason`` where none came; null where not offered.
- ``connections``, and ``problems`` (list of reason codes).
"""

import hashlib
import json
from typing import Any

from scanners.base import Dialer, Endpoint, ProbeError
from scanners.dialer import utc_now
from scanners.ssh.certificate import Certificate
from scanners.ssh.dialogue import Dialogue, HostKey
from scanners.ssh.exchange import GEX_ASKED
from scanners.ssh.groups import Group, common_name
from scanners.ssh.identification import Identification
from scanners.ssh.kexinit import LISTS, KexInit
from scanners.ssh.limits import Meter, SshSettings
from scanners.ssh.protocol1 import OUR_LINE_1, OldOffer, read_offer
from scanners.ssh.questions import group_exchange_of, key_of, keys_to_ask, method_of, open_keys
from scanners.ssh.transport import SshConnection, opened
from scanners.tls.exchange import TRANSCRIPT_TYPE
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason
from secaudit.text.escape import visible_bytes

KIND = "ssh.endpoint"
_DEFAULT = SshSettings()
_LINE_SHOWN = 255


async def probe_ssh(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    settings: SshSettings = _DEFAULT,
) -> list[Observation]:
    """Survey one endpoint, whatever it does. Raises ScopeRefusedError alone."""
    observed_at = utc_now()
    survey = _Survey(endpoint, dialer, settings)
    await survey.run()
    digest = evidence.put(survey.transcript(), TRANSCRIPT_TYPE)
    return [Observation(KIND, endpoint.subject, observed_at, survey.data(), (digest,))]


class _Survey:
    """What is known about one endpoint, and what is still to be asked."""

    def __init__(self, endpoint: Endpoint, dialer: Dialer, settings: SshSettings) -> None:
        self._endpoint = endpoint
        self._dialer = dialer
        self._settings = settings
        self._meter = Meter(settings)
        self._lines: list[str] = []
        self._reason: Reason | None = None
        self._identification: Identification | None = None
        self._offer: KexInit | None = None
        self._wanted: list[str] = []
        self._keys: list[HostKey] = []
        self._missed: dict[str, Reason] = {}
        self._group: Group | None = None
        self._group_reason: Reason | None = None
        self._old: OldOffer | None = None
        self._old_reason: Reason | None = None

    async def run(self) -> None:
        """Connect as often as something is open, within the limits."""
        await self._visit()
        while self._wanted and self._meter.may_open and self._next_decides():
            await self._visit()
        if self._identification is not None and self._identification.announces_1:
            await self._visit_old()
        while self._wanted and self._meter.may_open:
            await self._visit()

    def _next_decides(self) -> bool:
        """A check rests on the key that is asked for next, or none was seen yet."""
        needed = open_keys(self._offer) if self._offer is not None else set()
        return not self._keys or self._wanted[0] in needed

    async def _visit(self) -> None:
        """One connection for one host key, and on the way for what is not known yet."""
        kex = None
        try:
            stream = await opened(self._endpoint, self._dialer, self._meter)
            async with stream:
                connection = SshConnection(stream, self._meter)
                dialogue = Dialogue(connection)
                outcome = "done"
                try:
                    offer = await dialogue.open()
                    self._learn(dialogue)
                    if offer is not None and self._wanted:
                        kex = self._choose(offer)
                        found = await dialogue.exchange(kex, self._wanted[0])
                        self._keys.append(found)
                        self._done_with(found.algorithm)
                except ProbeError as error:
                    outcome = str(error)
                    raise
                finally:
                    self._learn(dialogue)
                    self._keep(connection, kex or "offer", outcome)
        except ProbeError as error:
            self._note(error.reason, kex)

    def _choose(self, offer: KexInit) -> str:
        """The key exchange for this connection: the one with a question of its own first."""
        by_group = group_exchange_of(offer.exchanges)
        if by_group is not None and self._group is None and self._group_reason is None:
            return by_group
        usual = method_of(offer.exchanges) or by_group
        if usual is None:
            raise ProbeError(Reason.NOT_OFFERED, "no key exchange that we can run")
        return usual

    def _learn(self, dialogue: Dialogue) -> None:
        if self._identification is None:
            self._identification = dialogue.identification
        if self._group is None:
            self._group = dialogue.group
        if self._offer is None and dialogue.offer is not None:
            self._offer = dialogue.offer
            self._wanted = keys_to_ask(dialogue.offer, every_key=self._settings.every_key)

    def _note(self, reason: Reason, kex: str | None) -> None:
        """Remember why a connection ended early, and let the next one ask something else."""
        if self._offer is None:
            self._reason = reason
            return
        gave_no_group = kex is not None and kex == group_exchange_of(self._offer.exchanges)
        if gave_no_group and self._group is None and self._group_reason is None:
            self._group_reason = reason
            if method_of(self._offer.exchanges) is not None:
                return  # the same key is asked for by another key exchange
        if self._wanted:
            self._missed[self._wanted.pop(0)] = reason
        if not self._wanted and not self._keys:
            # Dropbear names RSA without having such a key: any other proves the server at least.
            others = keys_to_ask(self._offer, every_key=True)
            self._wanted = [name for name in others if name not in self._missed][:1]

    def _done_with(self, algorithm: str) -> None:
        """Cross off what was asked; a server that made us speak first chose by itself."""
        asked = algorithm if algorithm in self._wanted else self._wanted[0]
        self._wanted.remove(asked)

    async def _visit_old(self) -> None:
        """Prove protocol 1 by its first packet, on a connection of its own."""
        if not self._meter.may_open:
            self._old_reason = Reason.LIMIT_EXCEEDED
            return
        try:
            stream = await opened(self._endpoint, self._dialer, self._meter)
            async with stream:
                connection = SshConnection(stream, self._meter)
                outcome = "done"
                try:
                    await connection.send(OUR_LINE_1 + b"\n")
                    await connection.identification()
                    self._old = await read_offer(connection)
                except ProbeError as error:
                    outcome = str(error)
                    raise
                finally:
                    self._keep(connection, "protocol 1", outcome)
        except ProbeError as error:
            self._old_reason = error.reason

    def _keep(self, connection: SshConnection, purpose: str, outcome: str) -> None:
        line = {
            "purpose": purpose,
            "sent": connection.said.hex(),
            "received": connection.seen.hex(),
            "outcome": outcome,
        }
        self._lines.append(json.dumps(line, separators=(",", ":")))

    def transcript(self) -> bytes:
        """All that was sent and received, one JSON line a connection."""
        return ("\n".join(self._lines) + "\n").encode("ascii")

    def data(self) -> dict[str, Any]:
        """The observation's data."""
        offer = self._offer
        state, old_reason = self._protocol_1()
        missed = self._unseen()
        group = self._group_data()
        needed = open_keys(offer) if offer is not None else set()
        reasons = {self._reason, old_reason}
        reasons |= {reason for name, reason in missed.items() if name in needed}
        if group is not None and group["reason"]:
            reasons.add(Reason(group["reason"]))
        return {
            "reason": _code(self._reason),
            "identification": _identification(self._identification),
            "protocol_1": state,
            "protocol_1_reason": _code(old_reason),
            "protocol_1_offer": _old_offer(self._old),
            "algorithms": None
            if offer is None
            else {name: list(offer.named(name)) for name in LISTS},
            "strict_kex": offer is not None and offer.strict,
            "ext_info": offer is not None and offer.ext_info,
            "guess_follows": offer is not None and offer.follows,
            "languages": list(offer.languages) if offer else [],
            "host_keys": [_host_key(item) for item in self._keys],
            "open_keys": {name: reason.value for name, reason in missed.items()},
            "group_exchange": group,
            "connections": self._meter.connections,
            "problems": sorted(reason.value for reason in reasons if reason is not None),
        }

    def _protocol_1(self) -> tuple[str, Reason | None]:
        if self._old is not None:
            return "accepted", None
        seen = self._identification
        if seen is None:
            return "inconclusive", self._reason or Reason.NO_OBSERVATION
        if not seen.announces_1:
            return "refused", None
        return "inconclusive", self._old_reason or Reason.NO_OBSERVATION

    def _unseen(self) -> dict[str, Reason]:
        """The keys that the connections did not reach, or did not bring."""
        if self._offer is None:
            return {}
        every = keys_to_ask(self._offer, every_key=True)
        seen = {key_of(item.algorithm) for item in self._keys}
        unseen = {
            name: Reason.LIMIT_EXCEEDED if name in self._wanted else Reason.NO_OBSERVATION
            for name in every
            if key_of(name) not in seen
        }
        return {**unseen, **self._missed}

    def _group_data(self) -> dict[str, Any] | None:
        if self._offer is None or group_exchange_of(self._offer.exchanges) is None:
            return None
        group = self._group
        if group is None:
            reason = self._group_reason or Reason.NO_OBSERVATION
            return {"asked": list(GEX_ASKED), "bits": None, "reason": reason.value}
        size = (group.prime.bit_length() + 7) // 8
        return {
            "asked": list(GEX_ASKED),
            "bits": group.prime.bit_length(),
            "generator": str(group.generator),
            "common": common_name(group.prime),
            "prime": hashlib.sha256(group.prime.to_bytes(size)).hexdigest(),
            "reason": None,
        }


def _code(reason: Reason | None) -> str | None:
    return None if reason is None else reason.value


def _identification(seen: Identification | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "line": visible_bytes(seen.line, _LINE_SHOWN),
        "protocol": seen.protocol,
        "software": seen.software,
        "comment": seen.comment,
        "product": seen.product,
        "version": seen.version,
        "preceded_by": seen.preceded_by,
    }


def _old_offer(offer: OldOffer | None) -> dict[str, Any] | None:
    if offer is None:
        return None
    return {
        "host_key_bits": offer.host_key_bits,
        "server_key_bits": offer.server_key_bits,
        "ciphers": list(offer.ciphers),
    }


def _host_key(seen: HostKey) -> dict[str, Any]:
    return {
        "algorithm": seen.algorithm,
        "kex": seen.kex,
        "kind": seen.key.kind,
        "bits": seen.key.bits,
        "curve": seen.key.curve,
        "fingerprint": seen.key.fingerprint,
        "signature": seen.signature,
        "signed_with": seen.signed_with,
        "certificate": _certificate(seen.certificate),
    }


def _certificate(seen: Certificate | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    begins, ends = seen.valid_from, seen.valid_until
    return {
        "serial": str(seen.serial),
        "kind": seen.kind,
        "key_id": seen.key_id,
        "principals": list(seen.principals),
        "valid_from": begins.isoformat() if begins else None,
        "valid_until": ends.isoformat() if ends else None,
        "critical_options": list(seen.critical_options),
        "authority": {
            "kind": seen.authority.kind,
            "bits": seen.authority.bits,
            "curve": seen.authority.curve,
            "fingerprint": seen.authority.fingerprint,
        },
        "signed_with": seen.signed_with,
        "signature": seen.signature,
    }
