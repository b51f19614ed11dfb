"""What the bytes of an SSH survey say: the lists of algorithms that the server offers."""

import asyncio
from collections.abc import Sequence

from scanners.base import ProbeError
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import ReplayStream, exchanges
from scanners.ssh.kexinit import KEXINIT, LISTS, parse_kexinit
from scanners.ssh.limits import Meter, SshSettings
from scanners.ssh.transport import SshConnection

_Offer = dict[str, list[str]]


def reread(material: Material) -> Reading:
    """Compare an ``ssh.endpoint`` observation with its transcript.

    Raises ValueError for evidence that is no transcript.
    """
    identifications, offers = asyncio.run(_read(material.evidence))
    data = material.data
    account = Account(data)
    told = data["identification"]
    if told is not None:
        borne_out = (told["protocol"], told["software"]) in identifications
        account.check("identification", borne_out=borne_out)
    lists = data["algorithms"]
    if lists is not None:
        account.check("algorithms", borne_out=lists in offers)
    account.leave(Unread.CONNECTION, "reason", "protocol_1", "protocol_1_reason", "problems")
    account.leave(Unread.COMPARISON, "host_keys", "open_keys", "group_exchange")
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading(("identification", "algorithms"))


async def _read(evidence: Sequence[bytes]) -> tuple[list[tuple[str, str]], list[_Offer]]:
    identifications: list[tuple[str, str]] = []
    offers: list[_Offer] = []
    for transcript in evidence:
        for exchange in exchanges(transcript):
            connection = SshConnection(ReplayStream(exchange.received), Meter(SshSettings()))
            try:
                seen = await connection.identification()
                identifications.append((seen.protocol, seen.software))
                payload = await connection.message()
                if payload[0] != KEXINIT:
                    continue
                offer = parse_kexinit(payload)
            except ProbeError:
                continue
            offers.append({name: list(offer.named(name)) for name in LISTS})
    return identifications, offers
