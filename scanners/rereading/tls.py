"""What the bytes of a TLS survey say: versions, suites, groups and primes that servers chose."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from scanners.base import ProbeError
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import ReplayStream, exchanges
from scanners.tls.finite import finite_group
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


def reread(material: Material) -> Reading:
    """Compare a ``tls.endpoint`` observation with its transcript.

    Raises ValueError for evidence that is no transcript.
    """
    read = asyncio.run(_read(material.evidence))
    data = material.data
    account = Account(data)
    accepted = {name for name, state in data["protocols"].items() if state == "accepted"}
    for name in sorted(accepted ^ (read.suites.keys() & data["protocols"].keys())):
        account.check(f"protocols.{name}", borne_out=False)
    for protocol, names in data["suites"].items():
        borne_out = set(names) == read.suites.get(protocol, set())
        account.check(f"suites.{protocol}", borne_out=borne_out)
    exchange = data["key_exchange"]
    account.check("key_exchange.dh_bits", borne_out=set(exchange["dh_bits"]) <= read.dh_bits)
    told = {name for names in data.get("groups", {}).values() for name in names}
    account.check("groups", borne_out={*told, *exchange["curves"]} <= read.groups)
    account.leave(Unread.CONNECTION, "reasons", "incomplete", "groups_incomplete", "problems")
    account.leave(Unread.COMPARISON, "preference", "group_preference", "unordered")
    account.leave(Unread.ELSEWHERE, "asked_name", "connections")
    return account.reading()


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
            finite = finite_group(exchange.prime)
            found.groups |= {group_name(finite)} if finite is not None else set()
        if exchange.group is not None:
            found.groups.add(exchange.group)
