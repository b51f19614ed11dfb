"""What the bytes of an SSH survey say: the lists of algorithms that the server offers."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from scanners.base import ProbeError
from scanners.rereading.replay import ReplayStream, exchanges
from scanners.ssh.kexinit import KEXINIT, LISTS, parse_kexinit
from scanners.ssh.limits import Meter, SshSettings
from scanners.ssh.transport import SshConnection

_Offer = dict[str, list[str]]


def reread(data: Mapping[str, Any], evidence: Sequence[bytes]) -> list[str]:
    """Compare the data of an ``ssh.endpoint`` observation with its transcript.

    Returns the names of the facts that differ. Raises ValueError for evidence that is no
    transcript.
    """
    identifications, offers = asyncio.run(_read(evidence))
    differing = []
    told = data["identification"]
    if told is not None and (told["protocol"], told["software"]) not in identifications:
        differing.append("identification")
    lists = data["algorithms"]
    if lists is not None and lists not in offers:
        differing.append("algorithms")
    return differing


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
