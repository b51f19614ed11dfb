"""What the bytes of the probe of weaknesses say, and what follows from earlier observations.

Each weakness is named by itself: the answers to broken CBC records come under keys that are gone,
those to Heartbleed, CCS injection, ROBOT, Ticketbleed and compression in clear.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanners.base import ProbeError
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange
from scanners.rereading.talks import Talk, play, read_alerts, record_kinds, transcripts
from scanners.tls.exchange import SEEN_BYTES
from scanners.tls.records import ALERT, CHANGE_CIPHER, HEARTBEAT
from scanners.weakness.derived import derive
from scanners.weakness.earlier import ssl2_of
from scanners.weakness.early import (
    CHANGE_ASKED,
    EARLY_ASKED,
    HEARTBEAT_EXTENSION,
    UNDECIPHERABLE,
    bare_refusal,
    judge_compression,
    nothing_to_speak,
)
from scanners.weakness.ground import OLD_TLS, Ground
from scanners.weakness.renegotiation import RENEGOTIATION_INFO
from scanners.weakness.robot import ROBOT_ASKED, VECTORS
from scanners.weakness.ticketbleed import ECHO_ASKED, SESSION_TICKET, TICKET_ASKED, judge_echo
from scanners.weakness.verdict import State, Verdict, Weakness, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

_MOST_RECORDS = 8
_ALERT_TOLD = re.compile(r"\balert (\d+)")
Finding = Verdict | Unread | bool
"""A verdict to be compared, why there is none, or whether what is told is borne out."""


def reread(material: Material) -> Reading:
    """Compare a ``tls.weakness`` observation with its transcript and its ``tls.endpoint``.

    Raises ValueError for evidence that is no transcript.
    """
    return asyncio.run(_reread(material))


async def _reread(material: Material) -> Reading:
    told = material.data["weaknesses"]
    found = await _findings(material, told)
    account = Account(told, "weaknesses.")
    for name, verdict in told.items():
        finding = found.get(Weakness(name), Unread.ELSEWHERE)
        if isinstance(finding, Verdict):
            account.same(name, finding.data())
        elif isinstance(finding, bool):
            account.check(name, borne_out=finding)
        elif verdict["state"] == State.INCONCLUSIVE and finding is not Unread.ENCRYPTED:
            account.leave(Unread.CONNECTION, name)
        else:
            account.leave(finding, name)
    whole = Account(material.data)
    whole.add(account.reading())
    whole.check("weaknesses", borne_out=True)
    whole.leave(Unread.CONNECTION, "problems")
    whole.leave_rest(Unread.ELSEWHERE)
    return whole.reading()


async def _findings(material: Material, told: Mapping[str, Any]) -> dict[Weakness, Finding]:
    lines = transcripts(material.evidence)
    endpoint = material.of("tls.endpoint")
    found: dict[Weakness, Finding] = {}
    if endpoint is not None:
        ground = Ground(endpoint)
        earlier = material.of("tls.handshake")
        found |= derive(ground, ssl2_of([earlier] if earlier else []))
        found |= _out_of_reach(ground)
    found = await _early(lines, told) | found
    found.setdefault(Weakness.TICKETBLEED, await _ticketbleed(lines))
    found.setdefault(Weakness.ROBOT, await _robot(lines, told[Weakness.ROBOT]))
    for weakness in (Weakness.POODLE_TLS, Weakness.PADDING_ORACLE):
        found.setdefault(weakness, Unread.ENCRYPTED)
    return {
        weakness: Unread.CONNECTION if _not_asked(told[weakness]) else finding
        for weakness, finding in found.items()
    }


def _not_asked(told: Mapping[str, Any]) -> bool:
    """In zones of operational technology nothing was sent."""
    return bool(told["why"] == "not_asked")


def _out_of_reach(ground: Ground) -> dict[Weakness, Verdict]:
    """What needs no connection where the versions and suites leave nothing to ask."""
    found: dict[Weakness, Verdict] = {}
    if ground.session() is None:
        nothing = nothing_to_speak(ground)
        early = (Weakness.HEARTBLEED, Weakness.CCS_INJECTION, Weakness.CRIME)
        found |= dict.fromkeys((*early, Weakness.RENEGOTIATION, Weakness.TICKETBLEED), nothing)
    if not ground.accepted(lambda suite: suite.key_exchange.startswith("RSA")):
        doubt = ground.doubt()
        verdict = inconclusive(doubt) if doubt else absent("no_rsa_key_exchange")
        found[Weakness.ROBOT] = verdict
    if not ground.accepted(lambda suite: suite.cbc, OLD_TLS):
        doubt = ground.doubt(OLD_TLS)
        verdict = inconclusive(doubt) if doubt else absent("no_cbc")
        found |= {Weakness.POODLE_TLS: verdict, Weakness.PADDING_ORACLE: verdict}
    return found


def _of(lines: Iterable[Exchange], purpose: str) -> list[Exchange]:
    return [line for line in lines if line.purpose == purpose]


async def _early(lines: Sequence[Exchange], told: Mapping[str, Any]) -> dict[Weakness, Finding]:
    """Heartbleed, CCS injection, compression and renegotiation, by the first connection."""
    first = [await play(line) for line in _of(lines, EARLY_ASKED)]
    talk = first[0] if first else None
    early = (Weakness.HEARTBLEED, Weakness.CCS_INJECTION, Weakness.CRIME)
    if talk is None or talk.hello is None:
        return dict.fromkeys((*early, Weakness.RENEGOTIATION), Unread.CONNECTION)
    if not talk.greeted:
        # The probe judges nothing by a hello behind which the rest of the flight did not come.
        broken = {weakness: _broken_off(talk, told[weakness]) for weakness in early}
        return broken | {Weakness.RENEGOTIATION: Unread.ENCRYPTED}
    got = talk.hello.extensions
    found: dict[Weakness, Finding] = {
        Weakness.CRIME: judge_compression(talk.hello.compression),
        Weakness.RENEGOTIATION: Unread.ENCRYPTED,
    }
    if SESSION_TICKET not in got:
        found[Weakness.TICKETBLEED] = absent("no_tickets")
    if RENEGOTIATION_INFO in got:
        found[Weakness.RENEGOTIATION] = absent("renegotiation_bound")
    if HEARTBEAT_EXTENSION in got:
        bled = await _bled(talk, told[Weakness.HEARTBLEED])
        found[Weakness.HEARTBLEED] = _unless_doubted(bled, told[Weakness.HEARTBLEED])
        alone = [await play(line) for line in _of(lines, CHANGE_ASKED)]
        talk = alone[0] if alone else None
    else:
        found[Weakness.HEARTBLEED] = absent("no_heartbeat")
    changed = Unread.CONNECTION if talk is None else await _changed_early(talk)
    return found | {Weakness.CCS_INJECTION: _unless_doubted(changed, told[Weakness.CCS_INJECTION])}


def _broken_off(talk: Talk, told: Mapping[str, Any]) -> Finding:
    if told["state"] == State.INCONCLUSIVE:
        return Unread.CONNECTION
    return Unread.CUT_OFF if len(talk.exchange.received) >= SEEN_BYTES else False


def _unless_doubted(found: Finding, told: Mapping[str, Any]) -> Finding:
    """A refusal that blames nothing counts where the control went through: that is no byte here."""
    doubted = told["state"] == State.INCONCLUSIVE
    bare = isinstance(found, Verdict) and bare_refusal(found)
    return Unread.CONNECTION if bare and doubted else found


async def _bled(talk: Talk, told: Mapping[str, Any]) -> Finding:
    """The length of an answer alone is kept: what is in it may be somebody's secret."""
    try:
        for _ in range(_MOST_RECORDS):
            kind, content = await talk.session.read_record()
            if kind == ALERT:
                alert = content[1] if len(content) == 2 else -1
                return absent("heartbeat_unanswered", alert=alert)
            if kind == HEARTBEAT and told["state"] == State.PROVED:
                return len(content) > 3 and told["facts"]["answer_bytes"] == len(content)
            if kind == HEARTBEAT:
                return Unread.NOT_KEPT if told["state"] == State.INCONCLUSIVE else False
    except ProbeError:
        pass
    return Unread.CONNECTION


async def _changed_early(talk: Talk) -> Finding:
    """The alert that answers a change of ciphers; silence and a close are no bytes."""
    await read_alerts(talk)
    if not talk.alerts:
        return Unread.CONNECTION
    alert = talk.alerts[0]
    twice = record_kinds(talk.exchange.sent).count(CHANGE_CIPHER) > 1
    if twice and alert in UNDECIPHERABLE:
        return proved("early_change_accepted", alert=alert)
    return absent("early_change_refused", alert=alert)


async def _ticketbleed(lines: Sequence[Exchange]) -> Finding:
    given = [await play(line, rest=True) for line in _of(lines, TICKET_ASKED)]
    if not given or given[0] is None or not given[0].done:
        return Unread.CONNECTION
    if not given[0].session.ticket:
        return absent("no_tickets")
    echoes = [await play(line, resumed=True) for line in _of(lines, ECHO_ASKED)]
    for talk in echoes:
        hello = talk.hello if talk else None
        if talk is None or hello is None:
            return Unread.CONNECTION
        verdict = judge_echo(talk.asked.session_id, hello.session_id)
        if verdict is not None:
            return verdict
    return inconclusive(Reason.NO_OBSERVATION, "not_resumed")


async def _robot(lines: Sequence[Exchange], told: Mapping[str, Any]) -> Finding:
    """The alerts that each vector drew; whether a connection was then closed is no byte."""
    facts = told["facts"]
    answers = facts.get("answers") or dict.fromkeys(VECTORS, facts.get("answer", ""))
    asked = {name: _of(lines, f"{ROBOT_ASKED} {name}") for name in VECTORS}
    if not all(asked.values()) or not any(answers.values()):
        return Unread.CONNECTION
    rounds = facts.get("rounds", 1) if told["state"] == State.PROVED else 1
    for name, text in answers.items():
        heard = [await _alerts(line) for line in asked[name][:rounds]]
        said = [int(code) for code in _ALERT_TOLD.findall(text)]
        if len(heard) < rounds or any(alerts != said for alerts in heard):
            return False
    only_alerts = all(_ALERT_TOLD.sub("", text).strip(" ;,") == "" for text in answers.values())
    return True if only_alerts else Unread.CONNECTION


async def _alerts(line: Exchange) -> list[int]:
    talk = await play(line)
    if talk is None or not talk.greeted:
        return []
    await read_alerts(talk)
    return talk.alerts
