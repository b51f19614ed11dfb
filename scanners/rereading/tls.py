"""What the bytes of a TLS survey say: versions, suites, groups and primes that servers chose."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.base import ProbeError
from scanners.rereading.replay import ReplayStream, exchanges
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.messages import (
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    group_name,
    parse_key_exchange,
    parse_server_hello,
)
from scanners.tls.records import RecordStream
from scanners.tls.suites import all_suites


@dataclass
class _Read:
    suites: dict[str, set[str]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    dh_bits: set[int] = field(default_factory=set)


def reread(data: Mapping[str, Any], evidence: Sequence[bytes]) -> list[str]:
    """Compare the data of a ``tls.endpoint`` observation with its transcript.

    Returns the names of the facts that differ. Raises ValueError for evidence that is no
    transcript.
    """
    read = asyncio.run(_read(evidence))
    accepted = {name for name, state in data["protocols"].items() if state == "accepted"}
    differing = [
        f"protocols.{name}"
        for name in sorted(accepted ^ (read.suites.keys() & data["protocols"].keys()))
    ]
    differing += [
        f"suites.{protocol}"
        for protocol, names in data["suites"].items()
        if set(names) != read.suites.get(protocol, set())
    ]
    exchange = data["key_exchange"]
    if not set(exchange["dh_bits"]) <= read.dh_bits:
        differing.append("key_exchange.dh_bits")
    told = {name for names in data.get("groups", {}).values() for name in names}
    if not {*told, *exchange["curves"]} <= read.groups:
        differing.append("groups")
    return differing


async def _read(evidence: Sequence[bytes]) -> _Read:
    found = _Read()
    for transcript in evidence:
        for exchange in exchanges(transcript):
            records = RecordStream(ReplayStream(exchange.received), Meter(TlsSettings()))
            await records.send(b"")
            try:
                await _note(records, found)
            except ProbeError:
                continue  # an alert, a close, or an answer cut off where the transcript ends
    return found


async def _note(records: RecordStream, found: _Read) -> None:
    kind, body = await records.message()
    if kind != SERVER_HELLO:
        return
    hello = parse_server_hello(body)
    suite = all_suites().get(hello.suite)
    if hello.protocol is None or suite is None:
        return
    found.suites.setdefault(hello.protocol.value, set()).add(suite.name)
    if hello.group is not None:
        found.groups.add(group_name(hello.group))
    if not (suite.ephemeral_dh or suite.ephemeral_ec):
        return
    while kind not in (SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE):
        kind, body = await records.message()
    if kind == SERVER_KEY_EXCHANGE:
        exchange = parse_key_exchange(body, suite)
        if exchange.dh_bits is not None:
            found.dh_bits.add(exchange.dh_bits)
        if exchange.group is not None:
            found.groups.add(exchange.group)
