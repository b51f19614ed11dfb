"""Resolvers that stay silent, lie and flood: each question ends in time, and decides nothing."""

import asyncio

import dns.flags
import dns.message
import dns.rrset
import pytest
from dns_probing import asked_about, client_of, name_outcomes
from dns_server import Answer, Names, apex, dns_server, question_id

from scanners.base import ScopeRefusedError
from scanners.dns.client import Patience, Reply
from scanners.dns.server import parse_server
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Reason

ZONE = "kota-contoh.go.id"
HOST = f"surel.{ZONE}"
HASTY = Patience(seconds=0.2, tries=2, strikes=3)


def ask(resolver: str, kind: str = "TXT", name: str = ZONE) -> Reply:
    async def work() -> Reply:
        return await client_of(resolver, patience=HASTY).ask(name, kind)

    return asyncio.run(work())


def of_another(question: dns.message.Message) -> bytes:
    other = dns.message.make_query("lain.example", "TXT", id=question.id)
    return dns.message.make_response(other).to_wire()


def in_a_loop(question: dns.message.Message) -> bytes:
    answer = dns.message.make_response(question)
    answer.answer.append(dns.rrset.from_text(f"{ZONE}.", 1, "IN", "CNAME", f"www.{ZONE}."))
    answer.answer.append(dns.rrset.from_text(f"www.{ZONE}.", 1, "IN", "CNAME", f"{ZONE}."))
    return answer.to_wire()


def cut_short(question: dns.message.Message) -> bytes:
    return Names([f'{ZONE}. TXT "v=spf1 -all"']).answer(question).to_wire()[:-5]


def full_of_pointers(question: dns.message.Message) -> bytes:
    head = question_id(question) + b"\x81\x80\x00\x01\x00\xff\x00\x00\x00\x00"
    return head + b"\xc0\x0c" * 500


def with_another_number(question: dns.message.Message) -> bytes:
    number = (question.id ^ 1).to_bytes(2, "big")
    return number + dns.message.make_response(question).to_wire()[2:]


def an_echo(question: dns.message.Message) -> bytes:
    return question.to_wire()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _question: None, Reason.TIMED_OUT),
        (lambda _question: b"", Reason.TIMED_OUT),
        (lambda _question: b"\0" * 4000, Reason.TIMED_OUT),
        (with_another_number, Reason.TIMED_OUT),
        (an_echo, Reason.TIMED_OUT),
        (of_another, Reason.MALFORMED_ANSWER),
        (in_a_loop, Reason.MALFORMED_ANSWER),
        (cut_short, Reason.MALFORMED_ANSWER),
        (full_of_pointers, Reason.MALFORMED_ANSWER),
        (
            lambda question: question_id(question) + b"\x81\x80" + b"\xff" * 600,
            Reason.MALFORMED_ANSWER,
        ),
    ],
)
def test_no_answer_is_no_verdict(answer: Answer, reason: Reason) -> None:
    with dns_server(udp=answer) as resolver:
        assert ask(resolver).problem is reason
        found, _ = asked_about(resolver, HOST, mail=True, patience=HASTY)
    assert set(name_outcomes(*found).values()) == {"inconclusive"}


def truncated(question: dns.message.Message) -> bytes:
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.TC
    return answer.to_wire()


@pytest.mark.parametrize(
    ("over_tcp", "reason"),
    [
        (lambda _question: None, Reason.CONNECTION_CLOSED),
        (lambda _question: b"\0" * 20, Reason.MALFORMED_ANSWER),
        (an_echo, Reason.MALFORMED_ANSWER),
        (cut_short, Reason.MALFORMED_ANSWER),
    ],
)
def test_lies_over_tcp(over_tcp: Answer, reason: Reason) -> None:
    with dns_server(udp=truncated, tcp=over_tcp) as resolver:
        assert ask(resolver).problem is reason


def test_a_resolver_that_is_not_there_is_left_alone_after_a_while() -> None:
    with dns_server(Names([])) as resolver:
        address, _, port = resolver.partition(":")
    gone = f"{address}:{port}"

    async def work() -> tuple[list[Reason | None], int]:
        client = client_of(gone, patience=HASTY)
        replies = [await client.ask(f"{number}.example", "A") for number in range(8)]
        return [reply.problem for reply in replies], client.questions

    problems, questions = asyncio.run(work())
    assert problems[0] in (Reason.CONNECTION_REFUSED, Reason.TIMED_OUT)
    assert problems[-1] is Reason.TIMED_OUT
    assert questions == HASTY.strikes * HASTY.tries


def test_a_letter_that_ends_in_between_stops_the_questions() -> None:
    names = Names([apex(ZONE)])
    with dns_server(names) as resolver:
        client = client_of(resolver)
        left = [None, None, None, Reason.REVOKED]

        def standing() -> Reason | None:
            return left.pop(0) if len(left) > 1 else left[0]

        client._standing = standing
        with pytest.raises(ScopeRefusedError):
            asked_about(resolver, HOST, client=client)
    assert len(names.asked) == 1


def test_includes_without_end_are_cut_off() -> None:
    lines = [f'd{n}.example. TXT "v=spf1 include:d{n + 1}.example ~all"' for n in range(200)]
    lines += [apex(ZONE), f'{ZONE}. TXT "v=spf1 include:d0.example -all"', f"{ZONE}. MX 1 {HOST}."]
    names = Names(lines)
    with dns_server(names) as resolver:
        found, _ = asked_about(resolver, ZONE, mail=True)
    assert found[0].data["mail"]["spf"]["state"] == "too_many_lookups"
    assert len([name for name, kind in names.asked if kind == "TXT" and "d" in name[:1]]) <= 10


def test_a_tree_of_includes_stays_within_its_questions() -> None:
    wide = " ".join(f"include:w{n}.example" for n in range(60))
    lines = [
        apex(ZONE),
        f"{ZONE}. MX 1 {HOST}.",
        f'{ZONE}. TXT "v=spf1" " {wide[:250]}" "{wide[250:500]} -all"',
    ]
    names = Names([*lines, *(f'w{n}.example. TXT "v=spf1 ?all"' for n in range(60))])
    with dns_server(names) as resolver:
        found, _ = asked_about(resolver, ZONE, mail=True)
    assert found[0].data["mail"]["spf"]["state"] == "too_many_lookups"
    assert found[0].data["questions"] <= 48


def test_many_records_and_long_ones_are_bounded() -> None:
    lines = [apex(ZONE)]
    lines += [f'{ZONE}. CAA 0 issue "ca{n}.example"' for n in range(300)]
    lines += [f"_443._tcp.{ZONE}. TLSA 3 0 0 {n:04x}{'ab' * 2000}" for n in range(12)]
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, ZONE)
    data = found[0].data
    assert len(data["caa"]["records"]) == 40
    assert {item["data"] for item in data["tlsa"]["records"]} == {None}


@pytest.mark.parametrize(
    "text",
    ["", "resolver.example", "192.0.2.1:0", "192.0.2.1:x", "192.0.2.1:99999", "[::1", "::1:53:"],
)
def test_what_is_no_resolver_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        print(parse_server(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.53", "192.0.2.53:53"),
        ("192.0.2.53:5353", "192.0.2.53:5353"),
        ("2001:db8::53", "[2001:db8::53]:53"),
        ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
    ],
)
def test_resolvers_as_they_are_written(text: str, shown: str) -> None:
    assert str(parse_server(text)) == shown
