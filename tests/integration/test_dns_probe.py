"""The DNS probe against a real DNS server on loopback, and what the checks make of it."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dns_probing import asked_about, client_of, judged_names, letter_for_dns, name_outcomes
from dns_server import Names, apex, dns_server
from loopback_scans import greeting, order_for, scanned, serving
from tls_pki import Issued, Wish, issue
from tls_probing import chains
from tls_servers import openssl_server

from scanners.base import ScopeRefusedError
from scanners.dns.server import RESOLVER
from secaudit.core.network import AddressSet
from secaudit.core.observation import Observation

ZONE = "kota-contoh.go.id"
HOST = f"surel.{ZONE}"
TIDY = (
    apex("id"),
    apex("go.id"),
    apex(ZONE),
    f"{ZONE}. DS 1 13 2 {'ab' * 32}",
    f'{ZONE}. CAA 0 issue "letsencrypt.org"',
    f"{ZONE}. MX 10 {HOST}.",
    f'{ZONE}. TXT "v=spf1 mx include:_spf.{ZONE} -all"',
    f'_spf.{ZONE}. TXT "v=spf1 ip4:192.0.2.10 " "-all"',
    f'_dmarc.{ZONE}. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{ZONE}"',
    f'_mta-sts.{ZONE}. TXT "v=STSv1; id=20260101T000000;"',
    f'_smtp._tls.{ZONE}. TXT "v=TLSRPTv1; rua=mailto:tls@{ZONE}"',
    f"{HOST}. A 192.0.2.10",
)


def test_a_tidy_mail_domain_passes_everything() -> None:
    with dns_server(Names(TIDY, validates=True, signed=(".", ZONE))) as resolver:
        found, _ = asked_about(resolver, HOST, port=25, mail=True)

    data = found[0].data
    assert data["resolver"] == resolver
    assert (data["zone"], data["validates"]) == (ZONE, True)
    assert data["dnssec"] == {"signed": True, "authenticated": True, "problem": None}
    assert (data["caa"]["found_at"], data["caa"]["walked"]) == (ZONE, [HOST, ZONE])
    mail = data["mail"]
    assert (mail["domain"], mail["takes_mail"]) == (ZONE, True)
    assert mail["exchangers"] == [{"preference": 10, "name": f"{HOST}."}]
    assert (mail["spf"]["state"], mail["spf"]["all"], mail["spf"]["lookups"]) == ("valid", "-", 2)
    assert (mail["dmarc"]["policy"], mail["dmarc"]["inherited"]) == ("reject", False)
    assert mail["mta_sts"]["state"] == mail["tls_reports"]["state"] == "valid"
    assert data["questions"] == len(data["asked"]) < 20
    assert set(name_outcomes(*found).values()) == {"passed"}


def test_a_bare_domain_fails_what_it_lacks() -> None:
    lines = (apex("go.id"), apex(ZONE), f"{HOST}. A 192.0.2.10", f"{ZONE}. MX 10 {HOST}.")
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, HOST, port=25, mail=True)

    assert found[0].data["caa"]["walked"] == [HOST, ZONE, "go.id", "id"]
    results = judged_names(*found)
    failed = {name for name, item in results.items() if item.outcome == "failed"}
    assert failed == {
        "dns.caa.missing",
        "dns.dnssec.missing",
        "dns.spf.missing",
        "dns.dmarc.missing",
        "dns.mta_sts.missing",
    }
    assert str(results["dns.spf.missing"].subject) == f"uji/127.0.0.1#{ZONE}"
    assert str(results["dns.caa.missing"].subject) == f"uji/127.0.0.1#{ZONE}"
    assert results["dns.caa.missing"].details["names"] == HOST


@pytest.mark.parametrize(
    ("record", "failed"),
    [
        ("v=spf1 +all", {"dns.spf.passes_all"}),
        ("v=spf1 ip4:0.0.0.0/0 -all", {"dns.spf.passes_all"}),
        ("v=spf1 include:terbuka.example -all", {"dns.spf.passes_all"}),
        ("v=spf1 redirect=terbuka.example", {"dns.spf.passes_all"}),
        ("v=spf1 a ?all", {"dns.spf.neutral"}),
        ("v=spf1 a", {"dns.spf.neutral"}),
        ("v=spf1 ipv4:192.0.2.1 -all", {"dns.spf.invalid"}),
        ("v=spf1 include:tiada.example -all", {"dns.spf.invalid"}),
        ("v=spf1 include:putar.example -all", {"dns.spf.invalid"}),
        ("v=spf1 -all", set()),
        ("v=spf1 exists:%{i}.spf.example ~all", set()),
        ("v=spf10 -all", {"dns.spf.missing"}),
    ],
)
def test_policies_of_senders(record: str, failed: set[str]) -> None:
    lines = [line for line in TIDY if " TXT " not in line or line.startswith("_")]
    lines += [
        f'{ZONE}. TXT "{record}"',
        'terbuka.example. TXT "v=spf1 +all"',
        'putar.example. TXT "v=spf1 include:putar.example -all"',
        'tiada.example. TXT "bukan spf"',
    ]
    with dns_server(Names(lines)) as resolver:
        outcomes = name_outcomes(*asked_about(resolver, HOST, mail=True)[0])
    assert {name for name, item in outcomes.items() if item == "failed"} == failed


def test_two_records_of_spf_are_none() -> None:
    lines = [*TIDY, f'{ZONE}. TXT "v=spf1 -all"']
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, HOST, mail=True)
    assert found[0].data["mail"]["spf"]["state"] == "multiple"
    assert name_outcomes(*found)["dns.spf.invalid"] == "failed"


@pytest.mark.parametrize(
    ("record", "state", "policy", "failed"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.example", "valid", "none", "dns.dmarc.none"),
        ("v=DMARC1; p=quarantine; pct=20", "valid", "quarantine", None),
        ("v=DMARC1; p=apa; rua=mailto:a@b.example", "valid", "none", "dns.dmarc.none"),
        ("v=DMARC1; p=apa", "malformed", None, "dns.dmarc.missing"),
        ("v=DMARC2; p=reject", "none", None, "dns.dmarc.missing"),
    ],
)
def test_policies_of_dmarc(record: str, state: str, policy: str | None, failed: str | None) -> None:
    lines = [line for line in TIDY if not line.startswith("_dmarc")]
    with dns_server(Names([*lines, f'_dmarc.{ZONE}. TXT "{record}"'])) as resolver:
        found, _ = asked_about(resolver, HOST, mail=True)
    facts = found[0].data["mail"]["dmarc"]
    assert (facts["state"], facts["policy"]) == (state, policy)
    outcomes = name_outcomes(*found)
    about_dmarc = {name for name in outcomes if name.startswith("dns.dmarc")}
    assert {n for n in about_dmarc if outcomes[n] == "failed"} == ({failed} if failed else set())


def test_a_domain_below_the_zone_inherits_what_is_said_for_it() -> None:
    lines = [
        *(line for line in TIDY if not line.startswith("_dmarc")),
        f"bagian.{ZONE}. MX 5 surel.bagian.{ZONE}.",
        f'_dmarc.{ZONE}. TXT "v=DMARC1; p=reject; sp=none"',
    ]
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, f"surel.bagian.{ZONE}", mail=True)
    mail = found[0].data["mail"]
    assert mail["domain"] == f"bagian.{ZONE}"
    assert (mail["dmarc"]["inherited"], mail["dmarc"]["policy"]) == (True, "none")


def test_a_domain_that_takes_no_mail_needs_no_mta_sts() -> None:
    lines = [apex(ZONE), f"{ZONE}. MX 0 .", f'{ZONE}. TXT "v=spf1 -all"']
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, ZONE, mail=True)
    assert found[0].data["mail"]["takes_mail"] is False
    assert "dns.mta_sts.missing" not in name_outcomes(*found)


def _shown(folder: Path, issued: Issued, name: str) -> tuple[int, Observation]:
    with openssl_server(issued, folder) as port:
        return port, chains(port, name)[1]


def test_tlsa_is_held_against_the_chain_that_is_shown(tmp_path: Path) -> None:
    issued = issue(wish=Wish(name=HOST, names=(HOST,)))
    port, chain = _shown(tmp_path, issued, HOST)
    der = issued.certificate.public_bytes(Encoding.DER)
    spki = issued.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    right = {
        f"3 1 1 {hashlib.sha256(spki).hexdigest()}",
        f"3 1 2 {hashlib.sha512(spki).hexdigest()}",
        f"3 0 1 {hashlib.sha256(der).hexdigest()}",
        f"3 0 2 {hashlib.sha512(der).hexdigest()}",
        f"3 1 0 {spki.hex()}",
        f"3 0 0 {der.hex()}",
    }
    cases = dict.fromkeys(right, "passed")
    cases |= {f"3 1 1 {'00' * 32}": "failed", f"2 1 1 {'00' * 32}": "failed"}
    cases |= {f"0 0 1 {'00' * 32}": "inconclusive", f"9 9 9 {'00' * 32}": "inconclusive"}
    for record, outcome in cases.items():
        lines = [*TIDY, f"_{port}._tcp.{HOST}. TLSA {record}"]
        with dns_server(Names(lines, validates=True)) as resolver:
            found, _ = asked_about(resolver, HOST, port=port)
        results = name_outcomes(*found, chain)
        assert results["dns.tlsa.mismatch"] == outcome, record
        # The resolver verifies (it says so of the root), and does not vouch for this zone.
        assert results["dns.tlsa.unsigned"] == "failed"


def test_whether_records_are_signed_is_unknown_where_the_resolver_does_not_verify() -> None:
    lines = [*TIDY, f"_443._tcp.{HOST}. TLSA 3 1 1 {'00' * 32}"]
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, HOST)
    assert found[0].data["tlsa"]["authenticated"] is None
    assert name_outcomes(*found)["dns.tlsa.unsigned"] == "inconclusive"


def test_a_long_answer_is_asked_for_over_tcp_and_aliases_are_followed() -> None:
    many = [f'{ZONE}. TXT "{"isi " * 50}{number}"' for number in range(20)]
    lines = [*TIDY, *many, f"www.{ZONE}. CNAME {HOST}.", f'{HOST}. CAA 0 issue ";"']
    with dns_server(Names(lines)) as resolver:
        found, _ = asked_about(resolver, f"www.{ZONE}", mail=True)
    assert found[0].data["mail"]["spf"]["state"] == "valid"
    assert found[0].data["caa"]["found_at"] == f"www.{ZONE}"
    assert found[0].data["caa"]["records"] == [{"flags": 0, "tag": "issue", "value": ";"}]


def test_over_ipv6() -> None:
    with dns_server(Names(TIDY), address="::1") as resolver:
        found, _ = asked_about(resolver, HOST)
    assert found[0].data["resolver"] == resolver
    assert found[0].data["caa"]["found_at"] == ZONE


def test_a_failing_resolver_decides_nothing() -> None:
    with dns_server(Names(TIDY, failing=(ZONE,))) as resolver:
        found, _ = asked_about(resolver, HOST, port=25, mail=True)
    assert set(name_outcomes(*found).values()) == {"inconclusive"}


def test_private_names_and_addresses_are_not_asked_for() -> None:
    names = Names(TIDY)
    with dns_server(names) as resolver:
        found, _ = asked_about(resolver, "server", "server.local", "a.home.arpa", "192.0.2.7")
    assert (found, names.asked) == ([], [])


def test_each_question_is_asked_once_a_scan() -> None:
    names = Names(TIDY)
    with dns_server(names) as resolver:

        async def both() -> None:
            client = client_of(resolver)
            await asyncio.gather(*(client.ask(HOST, "CAA") for _ in range(5)))
            await client.ask(HOST.upper() + ".", "CAA")

        asyncio.run(both())
    assert names.asked == [(HOST, "CAA")]


def test_nothing_is_sent_without_the_probe_class_or_to_what_is_excluded() -> None:
    names = Names(TIDY)
    with dns_server(names) as resolver:
        for changes in (
            {"exclusions": AddressSet.parse(["127.0.0.53"])},
            {"valid_until": datetime(2020, 1, 1, tzinfo=UTC)},
        ):
            client = client_of(resolver, **changes)
            if "exclusions" in changes:
                found, _ = asked_about(resolver, HOST, client=client)
                assert found[0].data["caa"]["problem"] == "excluded"
                continue
            with pytest.raises(ScopeRefusedError):
                asked_about(resolver, HOST, client=client)
        order = order_for("127.0.0.1", "1-2", settings={RESOLVER: resolver})
        scanned(order)
    assert names.asked == []


def test_a_scan_asks_about_the_names_of_its_hosts(tmp_path: Path) -> None:
    issued = issue(wish=Wish(name=HOST, names=(HOST,)))
    with dns_server(Names(TIDY)) as resolver, openssl_server(issued, tmp_path, "-www") as port:
        order = order_for(
            "127.0.0.1",
            str(port),
            authorisation=letter_for_dns(),
            names={"127.0.0.1": (HOST,)},
            settings={RESOLVER: resolver},
        )
        outcomes, evidence, _plan = scanned(order)
    seen = outcomes["127.0.0.1"].observations
    kinds = [item.kind for item in seen]
    assert kinds.count("http.response") == kinds.count("dns.name") == 1
    name = next(item for item in seen if item.kind == "dns.name")
    assert str(name.subject) == f"kantor/127.0.0.1:{port}/tcp#{HOST}"
    assert all(digest in evidence for digest in name.evidence)


def test_a_scan_asks_about_the_domain_of_a_mail_server() -> None:
    hello = ((b"EHLO", b"250 surel\r\n"), (b"QUIT", b"221 sampai jumpa\r\n"))
    names = Names(TIDY)
    with (
        dns_server(names) as resolver,
        serving(greeting(b"220 surel ESMTP\r\n", hello)) as port,
    ):
        order = order_for(
            "127.0.0.1",
            str(port),
            authorisation=letter_for_dns(),
            names={"127.0.0.1": (HOST,)},
            settings={RESOLVER: resolver},
        )
        outcomes, _evidence, _plan = scanned(order)
    [name] = [item for item in outcomes["127.0.0.1"].observations if item.kind == "dns.name"]
    assert name.data["mail"]["domain"] == ZONE
    # No TLS is spoken here: nothing is certified.
    assert (name.data["caa"], name.data["tlsa"]) == (None, None)
    assert "CAA" not in {kind for _name, kind in names.asked}
