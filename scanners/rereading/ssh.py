"""What the bytes of an SSH survey say: lists of algorithms, host keys, the group that was given."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.base import ProbeError
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange, ReplayStream
from scanners.rereading.talks import transcripts
from scanners.ssh.certificate import parse_host_key
from scanners.ssh.exchange import GEX_REPLY, REPLY, parse_group, parse_reply
from scanners.ssh.groups import Group
from scanners.ssh.hostkey import PublicKey
from scanners.ssh.kexinit import KEXINIT, LISTS, KexInit, parse_kexinit
from scanners.ssh.limits import Meter, SshSettings
from scanners.ssh.transport import SshConnection
from scanners.tls.wire import MalformedError

_MOST_MESSAGES = 8
"""Of one connection: an offer, a guess, a group, a reply."""


@dataclass
class _Read:
    identifications: list[tuple[str, str]] = field(default_factory=list)
    offers: list[KexInit] = field(default_factory=list)
    keys: list[PublicKey] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def reread(material: Material) -> Reading:
    """Compare an ``ssh.endpoint`` observation with its transcript.

    Raises ValueError for evidence that is no transcript.
    """
    read = asyncio.run(_read(transcripts(material.evidence)))
    data = material.data
    account = Account(data)
    told = data["identification"]
    if told is not None:
        borne_out = (told["protocol"], told["software"]) in read.identifications
        account.check("identification", borne_out=borne_out)
    lists = data["algorithms"]
    if lists is not None:
        offers = [_lists(offer) for offer in read.offers]
        account.check("algorithms", borne_out=lists in offers)
    if read.offers and lists is not None:
        first = read.offers[0]
        account.same("strict_kex", first.strict)
        account.same("ext_info", first.ext_info)
        account.same("guess_follows", first.follows)
        account.same("languages", list(first.languages))
    shown = {(key.kind, key.bits, key.curve, key.fingerprint) for key in read.keys}
    for index, key in enumerate(data["host_keys"]):
        facts = (key["kind"], key["bits"], key["curve"], key["fingerprint"])
        account.check(f"host_keys.{index}", borne_out=facts in shown)
    # Whether a signature fits can be told by our half of the key exchange alone.
    account.check("host_keys", borne_out=True)
    signatures = [f"host_keys.{index}.signature" for index in range(len(data["host_keys"]))]
    account.add(Reading(unread=dict.fromkeys(signatures, Unread.NOT_KEPT)))
    group = data["group_exchange"]
    if group is not None and group["bits"] is not None:
        account.check("group_exchange", borne_out=_was_given(group, read.groups))
    account.leave(Unread.CONNECTION, "reason", "protocol_1", "protocol_1_reason", "problems")
    account.leave(Unread.CONNECTION, "open_keys", "group_exchange")
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading(("identification", "algorithms"))


def _was_given(told: Mapping[str, Any], groups: Sequence[Group]) -> bool:
    digests = {
        hashlib.sha256(group.prime.to_bytes((group.prime.bit_length() + 7) // 8)).hexdigest()
        for group in groups
        if (group.prime.bit_length(), str(group.generator)) == (told["bits"], told["generator"])
    }
    return told["prime"] in digests


def _lists(offer: KexInit) -> dict[str, list[str]]:
    return {name: list(offer.named(name)) for name in LISTS}


async def _read(lines: Sequence[Exchange]) -> _Read:
    found = _Read()
    for line in lines:
        connection = SshConnection(ReplayStream(line.received), Meter(SshSettings()))
        try:
            seen = await connection.identification()
            found.identifications.append((seen.protocol, seen.software))
            for _ in range(_MOST_MESSAGES):
                _note(await connection.message(), found)
        except ProbeError:
            continue  # where the transcript ends, or the server made no sense
    return found


def _note(payload: bytes, found: _Read) -> None:
    if payload[0] == KEXINIT:
        found.offers.append(parse_kexinit(payload))
        return
    try:
        # One number stands for the group of one exchange and for the reply of another.
        found.groups.append(parse_group(payload))
    except MalformedError:
        for kind in (REPLY, GEX_REPLY):
            if payload[0] == kind:
                key, _certificate = parse_host_key(parse_reply(payload, kind)[0])
                found.keys.append(key)
