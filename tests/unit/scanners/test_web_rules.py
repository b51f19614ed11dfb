"""Rules on web servers and names, where a whole server would be too much for the question."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.base import Sight, Watched
from scanners.dns import rules as dns_rules
from scanners.policy.aspects import ASPECTS
from scanners.policy.facts import EndpointFacts
from scanners.policy.library import find_profile, load_profiles
from scanners.registry import judge, load_checks
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject

AT = datetime(2026, 11, 1, tzinfo=UTC)
HERE = Subject("kantor", "192.0.2.7", 443)
NAME = "www.kota-contoh.go.id"


def results(check: str, *observations: Observation, watched: Subject | None = None) -> Any:
    owed = [Watched(check, watched)] if watched else []
    found = judge(Sight(observations), owed, AT)
    return [item for item in found if item.check == check]


def outcome(check: str, *observations: Observation) -> str | None:
    found: list[CheckResult] = results(check, *observations)
    assert len(found) <= 1
    return found[0].outcome.value if found else None


def named(
    *records: dict[str, Any], name: str = NAME, zone: str = "kota-contoh.go.id"
) -> Observation:
    """A name at which these CAA records were found."""
    caa = {
        "found_at": zone if records else None,
        "records": list(records),
        "walked": [name, zone],
        "authenticated": None,
        "problem": None,
    }
    data = {"name": name, "zone": zone, "caa": caa, "tlsa": None, "mail": None}
    data["dnssec"] = {"signed": True, "authenticated": None, "problem": None}
    return Observation("dns.name", HERE.named(name), AT, data)


def issue(value: str, tag: str = "issue") -> dict[str, Any]:
    return {"flags": 0, "tag": tag, "value": value}


def shown(issuer: str, *names: str, public: bool = True) -> Observation:
    leaf = {"issuer": issuer, "dns_names": list(names) or [NAME], "sha256": "00"}
    data = {"asked_name": NAME, "chain": [leaf], "publicly_rooted": public, "problem": None}
    return Observation("certificate.chain", HERE.named(NAME), AT, data)


def caa_issuer(name: Observation, chain: Observation) -> str | None:
    """By the rule alone: the chain has none of the facts that other rules want."""
    found = list(dns_rules.caa_issuer(Sight([name, chain]), load_checks()["dns.caa.issuer"]))
    return found[0].outcome.value if found else None


LETS = "CN=R11,O=Let's Encrypt,C=US"


@pytest.mark.parametrize(
    ("found", "chain", "expected"),
    [
        ([issue("letsencrypt.org")], shown(LETS), "passed"),
        ([issue("letsencrypt.org; validationmethods=dns-01")], shown(LETS), "passed"),
        ([issue("digicert.com")], shown(LETS), "failed"),
        ([issue("digicert.com"), issue("LetsEncrypt.org")], shown(LETS), "passed"),
        ([issue(";")], shown(LETS), "failed"),
        ([issue(";")], shown("CN=CA,O=Tak Dikenal"), "failed"),
        ([issue("digicert.com")], shown("CN=CA,O=Tak Dikenal"), "inconclusive"),
        ([issue("mailto:a@b.example", "iodef")], shown(LETS), "passed"),
        ([issue("digicert.com")], shown(LETS, public=False), None),
        ([], shown(LETS), None),
        ([issue("digicert.com", "issuewild")], shown(LETS), "passed"),
        ([issue("digicert.com", "issuewild")], shown(LETS, "*.kota-contoh.go.id"), "failed"),
        ([issue("digicert.com")], shown(LETS, "*.kota-contoh.go.id"), "failed"),
    ],
)
def test_the_issuer_is_held_against_caa(
    found: list[dict[str, Any]], chain: Observation, expected: str | None
) -> None:
    assert caa_issuer(named(*found), chain) == expected


def test_caa_is_judged_once_a_zone() -> None:
    bare = [named(name=f"{label}.kota-contoh.go.id") for label in ("satu", "dua")]
    [result] = results("dns.caa.missing", *bare)
    assert str(result.subject) == "kantor/192.0.2.7#kota-contoh.go.id"
    assert result.details["names"] == "satu.kota-contoh.go.id, dua.kota-contoh.go.id"
    assert outcome("dns.caa.missing", *bare, named(issue("x.example"))) == "failed"
    assert outcome("dns.caa.missing", named(issue("x.example"))) == "passed"


def page(name: str | None, scheme: str = "https", **facts: Any) -> Observation:
    data: dict[str, Any] = {
        "asked_name": name,
        "url": f"{scheme}://{name}/",
        "scheme": scheme,
        "status": 200,
        "problem": None,
        "hsts_applies": False,
        "hsts_max_age": None,
        "hsts": {"present": False, "max_age": None},
        "headers": {},
        "disclosed": [],
        "cookies": [],
        "redirect": None,
        "followed": None,
        "html": False,
        "nosniff": True,
        "referrer_policy": None,
        "compressed": False,
    }
    port = 443 if scheme == "https" else 80
    subject = Subject("kantor", "192.0.2.7", port).named(name)
    return Observation("http.response", subject, AT, data | facts)


def service(name: str, port: int, location: str | None = None) -> Observation:
    http = {"status": 301 if location else 200, "location": location, "server": None}
    data = {"name": name, "tls": port == 443, "starttls": None, "banner": "", "product": ""}
    data |= {"version": "", "http": http, "facts": {}, "problems": [], "anonymous": None}
    return Observation("service", Subject("kantor", "192.0.2.7", port), AT, data)


def test_a_name_that_is_left_in_clear_is_found_where_the_port_leads_on() -> None:
    check = "http.redirect.name_in_clear"
    leads = service("http", 80, "https://a.example/")
    redirect = {"location": "https://b.example/", "leads": "https"}
    assert outcome(check, leads, page("b.example", "http")) == "failed"
    assert outcome(check, leads, page("b.example", "http", redirect=redirect)) == "passed"
    assert outcome(check, leads, page("b.example", "http", status=426)) == "passed"
    assert outcome(check, leads, page("b.example", "http", status=404)) is None
    # Not even the first name is led on: that is net.http.no_redirect.
    assert outcome(check, service("http", 80), page("b.example", "http")) is None


def test_versions_are_told_once_an_endpoint() -> None:
    told = [page("a.example"), page("b.example", disclosed=["server: x/1.0"])]
    [result] = results("http.version_disclosed", *told)
    assert (result.outcome, result.subject) == ("failed", HERE)
    assert result.details["told"] == "server: x/1.0"


def test_fields_of_pages_in_clear_are_not_judged() -> None:
    assert outcome("http.page.sniffing", page("a.example", "http", nosniff=False)) is None
    assert outcome("http.page.sniffing", page("a.example", nosniff=False)) == "failed"


def test_the_page_behind_a_permitted_redirect_is_judged() -> None:
    behind = {**page("a.example").data, "url": "https://a.example/masuk", "nosniff": False}
    seen = page("a.example", status=302, followed=behind)
    [result] = results("http.page.sniffing", seen)
    assert (result.outcome, result.details["page"]) == ("failed", "https://a.example/masuk")
    lost = page("a.example", status=302, followed={"status": None, "problem": "timed_out"})
    assert outcome("http.page.sniffing", lost) is None


def test_the_usual_anti_forgery_cookies_may_be_read_by_scripts() -> None:
    def cookie(name: str, length: int = 8) -> dict[str, Any]:
        return {"name": name, "http_only": False, "value_bytes": length, "prefix": None}

    check = "http.cookie.no_http_only"
    assert outcome(check, page("a.example", cookies=[cookie("csrftoken")])) is None
    assert outcome(check, page("a.example", cookies=[cookie("lama", 0)])) is None
    assert outcome(check, page("a.example", cookies=[cookie("sesi")])) == "failed"


def test_a_web_server_that_gave_way_to_another_service_is_told() -> None:
    ports = {"state": "up", "open": [443], "closed": "", "filtered": "", "profile": "x"}
    host = Observation("host.ports", HERE.host, AT, ports | {"attempts": 1})
    check, subject = "http.hsts.missing", HERE.named(NAME)
    [result] = results(check, host, service("ssh", 443), watched=subject)
    assert (result.outcome, result.reason) == ("not_applicable", "protocol_mismatch")
    [result] = results(check, host, service("http", 443), watched=subject)
    assert result.outcome == "inconclusive"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"hsts_max_age": 63072000}, True),
        ({"hsts_max_age": 60}, False),
        ({}, False),
        ({"status": 404}, None),
        ({"status": 404, "hsts_max_age": 63072000}, True),
        ({"status": None, "problem": "timed_out"}, None),
    ],
)
def test_policies_hold_hsts_against_pages_under_names(
    answer: dict[str, Any], expected: bool | None
) -> None:
    profile = find_profile("mozilla-6.0-intermediate", load_profiles())
    rule = next(item for item in profile.rules if item.id == "hsts")
    tls = Observation("tls.endpoint", HERE, AT, {})
    seen = page(NAME, hsts_applies=True, **answer)
    facts = EndpointFacts(HERE, tls, pages=(seen, page(None)))
    found = ASPECTS[type(rule)](rule, facts, AT.date())
    assert found is not None
    assert found.conforms is expected
    nameless = EndpointFacts(HERE, tls, pages=(page(None),))
    assert ASPECTS[type(rule)](rule, nameless, AT.date()) is None
