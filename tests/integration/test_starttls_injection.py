"""Injection proved on a vulnerable server and absent on a sound one; and what only we can serve."""

import ssl
from pathlib import Path

import pytest
from starttls_pretenders import (
    GREETINGS,
    context,
    lines_server,
    mssql_server,
    postgresql_server,
)
from starttls_probing import behind, judged_at, seen_at
from tls_servers import raw_server

from scanners.starttls.injection import INJECTIONS
from secaudit.core.vocabulary import Outcome

INJECTABLE = [name for name in GREETINGS if name in INJECTIONS]


@pytest.mark.parametrize("name", INJECTABLE)
@pytest.mark.parametrize("keeps", [True, False])
def test_who_keeps_what_came_with_starttls(name: str, keeps: bool, tmp_path: Path) -> None:
    with raw_server(lines_server(name, context(tmp_path), keeps=keeps)) as port:
        seen = seen_at(name, port)
        outcome = judged_at(name, port)["starttls.injection"].outcome
    assert seen["injection"] == ("proved" if keeps else "absent")
    assert seen["connections"] == (3 if name == "ftp" else 2)
    assert outcome is (Outcome.FAILED if keeps else Outcome.PASSED)


@pytest.mark.parametrize("keeps", [True, False])
def test_postgresql_by_sqlstate(keeps: bool, tmp_path: Path) -> None:
    with raw_server(postgresql_server(context(tmp_path), keeps=keeps)) as port:
        seen = seen_at("postgresql", port)
    assert seen["injection"] == ("proved" if keeps else "absent")
    assert seen["direct_tls"] is False


def test_postgresql_that_speaks_tls_at_once_too(tmp_path: Path) -> None:
    with raw_server(postgresql_server(context(tmp_path), keeps=False, direct=True)) as port:
        assert seen_at("postgresql", port)["direct_tls"] is True


def test_logins_in_clear_are_failed_where_they_are_offered(tmp_path: Path) -> None:
    expected = {
        "smtp": ("starttls.smtp.login_in_clear", "LOGIN, PLAIN"),
        "imap": ("starttls.mailbox.login_in_clear", "LOGIN"),
        "pop3": ("starttls.mailbox.login_in_clear", "USER"),
        "sieve": ("starttls.mailbox.login_in_clear", "PLAIN"),
        "ftp": ("starttls.ftp.login_in_clear", "USER"),
    }
    for name, (check, methods) in expected.items():
        with raw_server(lines_server(name, context(tmp_path), keeps=False)) as port:
            found = judged_at(name, port)[check]
        assert found.outcome is Outcome.FAILED, name
        assert found.details["methods"] == methods
        assert found.details["port"] == port


def test_irc_goes_over_to_tls(tmp_path: Path) -> None:
    with raw_server(lines_server("irc", context(tmp_path), keeps=False)) as port:
        survey, version = behind("irc", port)
        assert seen_at("irc", port)["starts"] is True
    assert survey.data["protocols"]["TLS 1.3"] == "accepted"
    assert version == "TLSv1.3"


@pytest.mark.parametrize("encryption", [0, 1, 3])
def test_tls_inside_tds_packets(encryption: int, tmp_path: Path) -> None:
    """Our own server speaks PRELOGIN and frames TLS 1.2; it is no SQL Server."""
    secured = context(tmp_path, ssl.TLSVersion.TLSv1_2)
    with raw_server(mssql_server(secured, encryption)) as port:
        survey, version = behind("mssql", port, inside=b"di dalam")
        seen = seen_at("mssql", port)
    assert survey.data["protocols"]["TLS 1.2"] == "accepted"
    assert survey.data["protocols"]["TLS 1.3"] == "refused"
    assert survey.data["problems"] == []
    assert version == "TLSv1.2"
    assert (seen["starts"], seen["direct_tls"]) == (True, False)


def test_sql_server_without_encryption_offers_none(tmp_path: Path) -> None:
    with raw_server(mssql_server(context(tmp_path), 2)) as port:
        seen = seen_at("mssql", port)
    assert (seen["refusal"], seen["facts"]) == ("not_offered", {"encryption": "not_supported"})


def test_tds_8_is_tls_from_the_first_byte_on(tmp_path: Path) -> None:
    with raw_server(mssql_server(context(tmp_path), strict=True)) as port:
        seen = seen_at("mssql", port)
    assert (seen["starts"], seen["direct_tls"]) == (False, True)
