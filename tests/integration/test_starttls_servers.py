"""Going over to TLS on real servers: every probe of TLS works behind the words before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import more_starttls_servers as more
import pytest
import starttls_probing
import starttls_servers as mail
from loopback_scans import identified, of_kind, order_for, scanned
from more_starttls_servers import DOMAIN
from starttls_probing import behind
from starttls_servers import HOST, free_port

from scanners.base import Sight
from scanners.plan import ScanOrder
from scanners.registry import judge, load_checks
from scanners.starttls.probe import StartTlsSettings

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SERVERS = [
    "smtp", "imap", "pop3", "lmtp", "ftp", "ldap", "postgresql", "mysql", "xmpp", "xmpp-server",
    "rdp",
]  # fmt: skip


@contextmanager
def serving_as(name: str, folder: Path) -> Iterator[int]:
    """The real server of a protocol."""
    if name in ("imap", "pop3", "lmtp"):
        with mail.dovecot(folder) as ports:
            yield ports[name]
    elif name.startswith("xmpp"):
        with more.prosody(folder) as ports:
            yield ports[name]
    else:
        single = {
            "smtp": mail.postfix,
            "ftp": more.vsftpd,
            "ldap": more.slapd,
            "postgresql": more.postgresql,
            "mysql": more.mariadb,
            "rdp": more.xrdp,
        }
        with single[name](folder) as port:
            yield port


def seen_at(name: str, port: int) -> dict[str, Any]:
    return starttls_probing.seen_at(name, port, DOMAIN, host=HOST)


@pytest.mark.parametrize("name", SERVERS)
def test_tls_behind_the_words_of_a_real_server(name: str, tmp_path: Path) -> None:
    with serving_as(name, tmp_path / "server") as port:
        survey, version = behind(name, port, DOMAIN, host=HOST)
        seen = seen_at(name, port)
    assert survey.data["protocols"]["TLS 1.3"] == "accepted"
    assert survey.data["protocols"]["SSL 3.0"] == "refused"
    assert survey.data["problems"] == []
    assert version == "TLSv1.3"
    assert seen["starts"] is True
    assert seen["injection"] == ("not_tried" if name in ("mysql", "rdp") else "absent")
    clear = {"ldap": None, "postgresql": None, "mysql": None, "rdp": True}
    assert seen["login_in_clear"] is clear.get(name, False)


def test_xrdp_that_insists_on_tls(tmp_path: Path) -> None:
    with more.xrdp(tmp_path / "server", security="tls") as port:
        seen = seen_at("rdp", port)
    assert (seen["login_in_clear"], seen["facts"]) == (False, {"selected": "tls", "rdstls": False})


@pytest.mark.parametrize("only_in_tls", [True, False])
def test_postfix_and_logins_in_clear(only_in_tls: bool, tmp_path: Path) -> None:
    """Postfix asks Dovecot for logins, as a city's mail server would."""
    port = free_port()
    asked = f"service auth {{\n inet_listener {{\n port = {port}\n }}\n}}"
    answer = "yes" if only_in_tls else "no"
    settings = (
        "smtpd_sasl_auth_enable = yes",
        "smtpd_sasl_type = dovecot",
        f"smtpd_sasl_path = inet:{HOST}:{port}",
        f"smtpd_tls_auth_only = {answer}",
    )
    with (
        mail.dovecot(tmp_path / "dovecot", asked, "disable_plaintext_auth = no"),
        mail.postfix(tmp_path / "postfix", *settings) as smtp,
    ):
        seen = seen_at("smtp", smtp)
    assert seen["login_in_clear"] is not only_in_tls
    assert seen["login_methods"] == ([] if only_in_tls else ["PLAIN"])


def test_postfix_that_limits_new_sessions(tmp_path: Path) -> None:
    """A refusal for a time is no broken STARTTLS."""
    limited = (
        "smtpd_client_event_limit_exceptions =",
        "smtpd_client_new_tls_session_rate_limit = 1",
    )
    with mail.postfix(tmp_path / "server", *limited) as port:
        first = seen_at("smtp", port)
        second = starttls_probing.observed("smtp", port, host=HOST)[0]
    assert first["starts"] is True
    assert second.data["refusal"] == "unavailable"
    broken = judge(Sight([second]), (), NOON, {"starttls.broken": load_checks()["starttls.broken"]})
    assert [item.outcome for item in broken] == ["inconclusive"]


def test_postfix_that_cannot_use_its_key(tmp_path: Path) -> None:
    """It goes on announcing STARTTLS, and refuses with the code of a refusal for a time."""
    with mail.postfix(tmp_path / "server", "smtpd_tls_key_file = /nonexistent") as port:
        seen = seen_at("smtp", port)
    assert (seen["starts"], seen["refusal"]) == (False, "refused")


def test_prosody_serves_by_name(tmp_path: Path) -> None:
    with more.prosody(tmp_path / "server") as ports:
        unnamed = starttls_probing.seen_at("xmpp", ports["xmpp"], host=HOST)
        other = starttls_probing.seen_at("xmpp", ports["xmpp"], "lain.example", host=HOST)
    assert (unnamed["refusal"], other["refusal"]) == ("name_unknown", "name_unknown")


def test_prosody_that_offers_logins_in_clear(tmp_path: Path) -> None:
    loose = ("c2s_require_encryption = false", "allow_unencrypted_plain_auth = true")
    with more.prosody(tmp_path / "server", *loose) as ports:
        seen = seen_at("xmpp", ports["xmpp"])
    assert (seen["login_in_clear"], seen["facts"]) == (True, {"required": False})
    assert "PLAIN" in seen["login_methods"]


def test_dovecot_that_offers_logins_in_clear(tmp_path: Path) -> None:
    with mail.dovecot(tmp_path / "server", "disable_plaintext_auth = no") as ports:
        imap, pop3 = seen_at("imap", ports["imap"]), seen_at("pop3", ports["pop3"])
    assert (imap["login_in_clear"], pop3["login_in_clear"]) == (True, True)
    assert "LOGIN" in imap["login_methods"]
    assert "USER" in pop3["login_methods"]


def test_vsftpd_that_does_not_insist_on_tls(tmp_path: Path) -> None:
    with more.vsftpd(tmp_path / "server", "force_local_logins_ssl=NO") as port:
        assert seen_at("ftp", port)["login_in_clear"] is True


def test_slapd_that_refuses_all_talk_in_clear(tmp_path: Path) -> None:
    with more.slapd(tmp_path / "server", "security tls=1") as port:
        seen = seen_at("ldap", port)
    assert (seen["login_in_clear"], seen["injection"]) == (False, "absent")


def test_slapd_without_a_certificate_knows_no_starttls(tmp_path: Path) -> None:
    with more.slapd(tmp_path / "server", tls=False) as port:
        seen = seen_at("ldap", port)
    assert (seen["starts"], seen["refusal"]) == (False, "not_offered")


def test_mariadb_without_tls(tmp_path: Path) -> None:
    with more.mariadb(tmp_path / "server", "--skip-ssl") as port:
        seen = seen_at("mysql", port)
    assert (seen["starts"], seen["refusal"]) == (False, "not_offered")


def test_identification_knows_lmtp(tmp_path: Path) -> None:
    with mail.dovecot(tmp_path / "dovecot") as ports:
        service, _ = identified(ports["lmtp"], HOST)
    assert (service.name, service.starttls, service.product) == ("lmtp", True, "Dovecot")


def _order(ports: str, **changes: Any) -> ScanOrder:
    return order_for(HOST, ports, names={HOST: (DOMAIN,)}, **changes)


def test_a_scan_visits_starttls_ports_with_every_probe_of_tls(tmp_path: Path) -> None:
    with mail.dovecot(tmp_path / "dovecot") as ports:
        outcomes, evidence, _ = scanned(_order(",".join(map(str, ports.values()))))
    outcome = outcomes[HOST]
    for kind in ("tls.endpoint", "certificate.chain", "starttls.endpoint"):
        found = {item.subject.port for item in of_kind(outcome, kind)}
        assert found == set(ports.values()), kind
    for item in of_kind(outcome, "tls.endpoint"):
        assert item.data["protocols"]["TLS 1.3"] == "accepted"
        assert any(b"words before TLS" in evidence[digest] for digest in item.evidence)
    assert of_kind(outcome, "error") == []


def test_what_waits_to_be_asked_is_found_on_its_usual_ports(tmp_path: Path) -> None:
    with (
        more.slapd(tmp_path / "slapd", port=10389),
        more.xrdp(tmp_path / "xrdp", port=3390),
        more.prosody(tmp_path / "prosody", usual=True),
    ):
        outcomes, _, _ = scanned(_order("10389,3390,5222,5269"))
    outcome = outcomes[HOST]
    names = {item.subject.port: item.data["name"] for item in of_kind(outcome, "service")}
    assert names == {10389: "ldap", 3390: "rdp", 5222: "xmpp", 5269: "xmpp-server"}
    spoken = {
        item.subject.port: item.data["protocols"]["TLS 1.3"]
        for item in of_kind(outcome, "tls.endpoint")
    }
    assert spoken == dict.fromkeys(names, "accepted")
    assert of_kind(outcome, "error") == []


def test_operational_technology_is_left_in_peace(tmp_path: Path) -> None:
    gentle = StartTlsSettings(gentle=True)
    with more.vsftpd(tmp_path / "server") as port:
        seen = starttls_probing.seen_at("ftp", port, host=HOST, settings=gentle)
    assert (seen["starts"], seen["injection"], seen["connections"]) == (True, "not_tried", 1)
    assert seen["login_in_clear"] is None
