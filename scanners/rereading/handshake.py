"""What the bytes of the handshake probe say, as far as they are in clear.

In TLS 1.2 and older that is the server's whole flight and its tickets, in TLS 1.3 its hello alone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.base import ProbeError
from scanners.handshake.extensions import (
    ALPN,
    COMPRESSIONS,
    ENCRYPT_THEN_MAC,
    EXTENDED_MASTER,
    GREASE_EXTENSION,
    HEARTBEAT,
    MAX_FRAGMENT,
    RENEGOTIATION_INFO,
    SCT,
    alpn_chosen,
)
from scanners.handshake.legacy import DOWNGRADE
from scanners.handshake.offered import NO_APPLICATION_PROTOCOL
from scanners.handshake.server_name import UNKNOWN_NAME, shown_leaf
from scanners.handshake.signatures import SCHEMES, SCHEMES_ASKED, scheme_name
from scanners.handshake.ssl2 import SSL2_ASKED, parse_ssl2_server_hello
from scanners.handshake.tolerance import FALLBACK_SCSV, FUTURE_VERSION
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange
from scanners.rereading.talks import (
    Talk,
    first_alert,
    first_hello,
    last_hello,
    play,
    read_client_hello,
    transcripts,
)
from scanners.tls.messages import KeyExchange, ServerHello, group_name
from scanners.tls.probe import reuse_data
from scanners.tls.version import Protocol, protocol_of
from secaudit.core.canonical import sha256_hex

_PRE_SHARED_KEY = 41
_NAMES = {"without_name": "-", "unknown_name": UNKNOWN_NAME}


@dataclass
class _Heard:
    """The recorded connections, by what they were for."""

    features: list[Talk] = field(default_factory=list)
    without_ticket: list[Talk] = field(default_factory=list)
    resumed: dict[str, Talk] = field(default_factory=dict)
    schemes: list[Talk] = field(default_factory=list)
    """Of TLS 1.2."""
    modern: list[tuple[Exchange, ServerHello | None]] = field(default_factory=list)
    names: dict[str, tuple[Exchange, Talk | None]] = field(default_factory=dict)
    fallback: Exchange | None = None
    future: Exchange | None = None
    ssl2: Exchange | None = None

    @property
    def flights(self) -> list[Talk]:
        """Full handshakes of TLS 1.2 and older, up to the server's ServerHelloDone."""
        return [talk for talk in (*self.features, *self.without_ticket) if talk.greeted]


def reread(material: Material) -> Reading:
    """Compare a ``tls.handshake`` observation with its transcript.

    Raises ValueError for evidence that is no transcript.
    """
    return asyncio.run(_reread(material))


async def _reread(material: Material) -> Reading:
    heard = await _sorted_out(transcripts(material.evidence))
    account = Account(material.data)
    _hello_facts(account, heard, material.data)
    _ticket_facts(account, heard, material.data)
    _flight_facts(account, heard, material)
    _protocol_names(account, heard, material.data)
    _scheme_facts(account, heard, material.data)
    _shown_names(account, heard, material.data)
    await _odd_hellos(account, heard, material.data)
    _keys(account, heard, material.data)
    account.leave(Unread.ENCRYPTED, "client_renegotiation")
    account.leave(Unread.ENCRYPTED, "tickets_modern", "ticket_lifetime_modern", "early_data")
    account.leave(Unread.CONNECTION, "intolerance_legacy", "intolerance_modern", "intolerance")
    account.leave(Unread.CONNECTION, "reasons", "schemes_incomplete")
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading()


async def _sorted_out(lines: Sequence[Exchange]) -> _Heard:
    heard = _Heard()
    for line in lines:
        asked = read_client_hello(line.sent)
        if line.purpose == SSL2_ASKED:
            heard.ssl2 = line
        elif asked is None:
            continue
        elif line.purpose.startswith("server name: "):
            talk = None if asked.modern else await play(line)
            heard.names[line.purpose.removeprefix("server name: ")] = (line, talk)
        elif asked.modern:
            heard.modern.append((line, await last_hello(line.received)))
        elif FALLBACK_SCSV in asked.suites:
            heard.fallback = line
        elif asked.version == FUTURE_VERSION:
            heard.future = line
        else:
            await _sort_legacy(line, heard)
    return heard


async def _sort_legacy(line: Exchange, heard: _Heard) -> None:
    by = line.purpose.removeprefix("handshake: resumption by ")
    talk = await play(line, resumed=by != line.purpose, rest=line.purpose.startswith("handshake"))
    if talk is None:
        return
    if by != line.purpose:
        heard.resumed[by] = talk
    elif line.purpose == "handshake: features":
        heard.features.append(talk)
    elif line.purpose == "handshake: no ticket":
        heard.without_ticket.append(talk)
    elif line.purpose.startswith(SCHEMES_ASKED):
        heard.schemes.append(talk)


def _told(data: Mapping[str, Any], *names: str) -> list[str]:
    """Those facts that say something; what is null was not to be seen."""
    return [name for name in names if data.get(name) is not None]


def _hello_facts(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    greeted = [talk for talk in heard.features if talk.hello is not None]
    last = greeted[-1].hello if greeted else None
    rich = [talk for talk in greeted if GREASE_EXTENSION in talk.asked.extensions]
    full = rich[-1].hello if rich else None
    got = {} if last is None else last.extensions
    all_got = {} if full is None else full.extensions
    compression = None if full is None else full.compression
    read = {
        "legacy_protocol": _protocol(heard.features[-1]) if heard.features else None,
        "secure_renegotiation": RENEGOTIATION_INFO in got,
        "extended_master_secret": EXTENDED_MASTER in got,
        "downgrade_sentinel": last is not None and last.random[-8:] in DOWNGRADE,
        "heartbeat": HEARTBEAT in all_got,
        "max_fragment_length": MAX_FRAGMENT in all_got,
        "compression": None
        if compression is None
        else COMPRESSIONS.get(compression, str(compression)),
    }
    if not heard.features:
        # The version is the survey's; it shows here where a hello could be sent at all.
        account.leave(Unread.ELSEWHERE, "legacy_protocol")
        del read["legacy_protocol"]
    for name in _told(data, *read):
        account.same(name, read[name])
    for name in _told(data, "encrypt_then_mac"):
        offered = [
            talk for talk in heard.without_ticket if ENCRYPT_THEN_MAC in talk.asked.extensions
        ]
        account.same(name, bool(offered) and offered[-1].session.mac_last)


def _protocol(talk: Talk) -> str | None:
    protocol = protocol_of(talk.asked.version)
    return protocol.value if protocol else None


def _ticket_facts(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    """Tickets of TLS 1.2 and older come in clear; so does the change of ciphers that resumes."""
    session = heard.features[-1].session if heard.features else None
    for name in _told(data, "tickets_legacy"):
        account.same(name, session is not None and bool(session.ticket))
    for name in _told(data, "ticket_lifetime_legacy"):
        account.same(name, None if session is None else session.ticket_lifetime)
    for name in _told(data, "resumption_ticket", "resumption_id"):
        talk = heard.resumed.get(name.removeprefix("resumption_"))
        # Where no resumption was tried, there was nothing to resume by.
        account.same(name, talk is not None and talk.session.resumed)
    for name in _told(data, "resumption_psk"):
        tried = [hello for line, hello in heard.modern if line.purpose == "handshake: PSK"]
        if tried:
            hello = tried[-1]
            account.same(name, hello is not None and _PRE_SHARED_KEY in hello.extensions)
        else:
            account.leave(Unread.ENCRYPTED, name)


def _flight_facts(account: Account, heard: _Heard, material: Material) -> None:
    data, flights = material.data, heard.flights
    hidden = bool(heard.modern)
    asks = any(talk.session.asks_client for talk in flights)
    _either(account, data, "asks_client", clear=asks, hidden=hidden)
    stamps = any(talk.hello is not None and SCT in talk.hello.extensions for talk in heard.features)
    _either(account, data, "sct_extension", clear=stamps, hidden=hidden)
    told = data["ocsp"]
    if told["stapled"]:
        kept = {sha256_hex(content): len(content) for content in material.evidence}
        account.check("ocsp", borne_out=kept.get(told["sha256"]) == told["size"])
    elif told["stapled"] is False:
        stapled = any(talk.session.ocsp for talk in flights)
        if stapled or not hidden:
            account.check("ocsp", borne_out=not stapled)
        else:
            account.leave(Unread.ENCRYPTED, "ocsp")


def _either(
    account: Account, data: Mapping[str, Any], name: str, *, clear: bool, hidden: bool
) -> None:
    """A fact that holds where either the clear or the hidden flight shows it."""
    if data.get(name) is None:
        return
    if clear or not hidden:
        account.same(name, clear)
    else:
        account.leave(Unread.ENCRYPTED, name)


def _protocol_names(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    offered = [talk for talk in (*heard.features, *heard.schemes) if ALPN in talk.asked.extensions]
    chosen = {_chosen(talk.hello) for talk in offered if talk.hello is not None}
    clear = {name for name in chosen if name}
    asked_modern = [line for line, _ in heard.modern if ALPN in _extensions(line)]
    refused = any(
        first_alert(line.received) == NO_APPLICATION_PROTOCOL
        for line in (*(talk.exchange for talk in offered), *asked_modern)
    )
    told = set(data["alpn"])
    if clear - told or not asked_modern or clear == told:
        account.check("alpn", borne_out=clear == told)
    else:
        account.leave(Unread.ENCRYPTED, "alpn")
    for name in _told(data, "alpn_unknown"):
        borne_out = refused if data[name] == "refused" else None in chosen
        if borne_out or not asked_modern:
            account.check(name, borne_out=borne_out)
        else:
            account.leave(Unread.ENCRYPTED, name)


def _extensions(line: Exchange) -> Mapping[int, bytes]:
    asked = read_client_hello(line.sent)
    return asked.extensions if asked else {}


def _chosen(hello: ServerHello | None) -> str | None:
    try:
        return alpn_chosen(hello.extensions.get(ALPN)) if hello else None
    except ProbeError:
        return None


def _scheme_facts(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    told = data["signature_schemes"]
    if Protocol.TLS1_2.value in told:
        first, walked = _exchanges(heard.flights), _exchanges(heard.schemes)
        codes = [item.signature for item in (*first[-1:], *walked)]
        read = dict.fromkeys(scheme_name(code) for code in codes if code in SCHEMES)
        borne_out = list(read) == told[Protocol.TLS1_2.value]
        account.check(f"signature_schemes.{Protocol.TLS1_2.value}", borne_out=borne_out)
    modern = f"signature_schemes.{Protocol.TLS1_3.value}"
    unread = {modern: Unread.ENCRYPTED} if Protocol.TLS1_3.value in told else {}
    account.add(Reading(unread=unread))
    account.check("signature_schemes", borne_out=True)


def _shown_names(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    """What was shown under no name and under an unknown one, against the known name's."""
    leaves = [talk.session.certificates[0] for talk in heard.flights if talk.session.certificates]
    usual = leaves[0] if leaves else None
    for name in _told(data, *_NAMES):
        told = data[name]
        if _NAMES[name] in heard.names:
            line, talk = heard.names[_NAMES[name]]
            if told["answer"] == "refused":
                account.check(name, borne_out=first_alert(line.received) == told["alert"])
            elif talk is None:
                account.leave(Unread.ENCRYPTED, name)
            else:
                leaf = (talk.session.certificates or (b"",))[0]
                read = shown_leaf(leaf, usual)
                if heard.modern and read["same"] is not True:
                    # The usual certificate may be the one that TLS 1.3 showed.
                    read["same"] = told["same"]
                account.same(name, read)
        elif usual is not None and told["sha256"] == shown_leaf(usual, None)["sha256"]:
            account.same(name, shown_leaf(usual, None))
        elif heard.modern:
            account.leave(Unread.ENCRYPTED, name)
        else:
            account.check(name, borne_out=False)


async def _odd_hellos(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    for name in _told(data, "fallback_scsv"):
        line = heard.fallback
        read = None if line is None else await first_hello(line.received) is None
        account.same(name, read)
    for name in _told(data, "fallback_alert"):
        account.same(name, first_alert(heard.fallback.received) if heard.fallback else None)
    for name in _told(data, "version_intolerance"):
        line = heard.future
        read = None if line is None else await first_hello(line.received) is None
        account.same(name, read)
    for name in _told(data, "ssl2"):
        received = heard.ssl2.received if heard.ssl2 else b""
        if not received:
            account.leave(Unread.CONNECTION, "ssl2", "ssl2_suites")
            return
        ciphers = _ssl2(received)
        account.same(name, ciphers is not None)
        account.same("ssl2_suites", ciphers or [])


def _ssl2(received: bytes) -> list[str] | None:
    """The cipher kinds of a SERVER-HELLO; None for anything else."""
    size = int.from_bytes(received[:2]) & 0x7FFF
    try:
        return list(parse_ssl2_server_hello(received[2 : 2 + size]).ciphers)
    except ProbeError:
        return None


def _keys(account: Account, heard: _Heard, data: Mapping[str, Any]) -> None:
    """Which ephemeral keys came, and came again."""
    sure = _exchanges((*heard.flights, *heard.schemes))
    modern = [(line.outcome == "done", _share(hello)) for line, hello in heard.modern if hello]
    sure += [share for done, share in modern if done and share is not None]
    # Where TLS 1.3 was broken off behind its hello, only its keys could say what the probe noted.
    whole = [*sure, *(share for done, share in modern if not done and share is not None)]
    told = {"compared": data["keys_compared"], "reused": data["keys_reused"]}
    borne_out = told in (reuse_data(sure), reuse_data(whole))
    account.check("keys_compared", borne_out=borne_out)
    account.check("keys_reused", borne_out=borne_out)


def _exchanges(talks: Sequence[Talk]) -> list[KeyExchange]:
    found = (talk.session.key_exchange for talk in talks)
    return [item for item in found if item is not None]


def _share(hello: ServerHello) -> KeyExchange | None:
    if hello.group is None or hello.is_retry:
        return None
    return KeyExchange(group=group_name(hello.group), public=hello.share, code=hello.group)
