"""What headers, cookies, redirects and mail policies mean, with hostile input too."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.base import ProbeError
from scanners.dns import records
from scanners.dns.issuers import identifiers_of, organisation_of
from scanners.dns.probe import ancestors, is_public
from scanners.dns.spf import Found, read_spf
from scanners.http import headers
from scanners.http.cookies import cookie_facts, cookies, without_values
from scanners.http.message import Answer, parse_head
from scanners.http.redirect import Page, led_to, redirect_facts
from secaudit.core.vocabulary import Reason

HERE = Page("https", "layanan.contoh.go.id", 443)


@pytest.mark.parametrize(
    ("value", "age", "malformed"),
    [
        (b"max-age=31536000", 31536000, None),
        (b'MAX-AGE="31536000" ; includeSubDomains;; preload', 31536000, None),
        (b"includeSubDomains; max-age=0", 0, None),
        (b"max-age=31536000; x-baru=ya", 31536000, None),
        (b"includeSubDomains", None, "max_age_missing"),
        (b"", None, "max_age_missing"),
        (b"max-age=setahun", None, "max_age_unreadable"),
        (b"max-age=-1", None, "max_age_unreadable"),
        (b"max-age=" + b"9" * 19, None, "max_age_unreadable"),
        (b"max-age=1; Max-Age=2", None, "directive_twice"),
    ],
)
def test_hsts(value: bytes, age: int | None, malformed: str | None) -> None:
    facts = headers.hsts([value])
    assert (facts["max_age"], facts["malformed"]) == (age, malformed)


def test_the_first_hsts_field_counts() -> None:
    facts = headers.hsts([b"rusak", b"max-age=31536000"])
    assert (facts["max_age"], facts["duplicates"]) == (None, 1)


@pytest.mark.parametrize(
    ("values", "option"),
    [
        ([b"DENY"], "deny"),
        ([b" sameorigin "], "sameorigin"),
        ([b"SAMEORIGIN", b"SAMEORIGIN"], "sameorigin"),
        ([b"SAMEORIGIN, DENY"], "deny"),
        ([b"ALLOW-FROM https://a.example"], None),
        ([b"allowall"], None),
        ([], None),
    ],
)
def test_frame_options(values: list[bytes], option: str | None) -> None:
    assert headers.frame_options(values) == option


@pytest.mark.parametrize(
    ("policies", "ancestors_found", "anyone"),
    [
        ([b"default-src 'self'"], None, None),
        ([b"frame-ancestors 'none'"], ["'none'"], False),
        ([b"FRAME-ANCESTORS *"], ["*"], True),
        ([b"frame-ancestors *, frame-ancestors 'self'"], ["'self'"], False),
        ([b"frame-ancestors 'self'; frame-ancestors *"], ["'self'"], False),
        ([b"frame-ancestors"], [], False),
        ([b"frame-ancestors https:"], ["https:"], True),
    ],
)
def test_frame_ancestors(
    policies: list[bytes], ancestors_found: list[str] | None, anyone: bool | None
) -> None:
    found = headers.content_policy(policies, [], meta=False)["frame_ancestors"]
    assert found == ancestors_found
    if found is not None:
        assert headers.framed_by_anyone(found) is anyone


def test_inline_scripts_of_a_policy() -> None:
    def inline(value: bytes) -> bool:
        return bool(headers.content_policy([value], [], meta=False)["unsafe_inline"])

    assert inline(b"script-src 'unsafe-inline'")
    assert inline(b"default-src 'self' 'unsafe-inline'")
    assert not inline(b"script-src 'unsafe-inline' 'nonce-abc'")
    assert not inline(b"script-src 'self'; style-src 'unsafe-inline'")
    assert headers.content_policy([], [b"default-src 'self'"], meta=False)["present"] is False


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"nginx", False),
        (b"nginx/1.22.1", True),
        (b"Apache/2.4 (Debian)", True),
        (b"Microsoft-IIS/10.0", True),
        (b"cloudflare", False),
        (b"Apache", False),
        (b"mini_httpd 1.30", True),
        (b"gws2", False),
    ],
)
def test_versions_that_are_told(value: bytes, *, told: bool) -> None:
    assert bool(headers.disclosed([("server", value)])) is told


def test_a_proxy_tells_its_version_and_not_that_of_http() -> None:
    assert headers.disclosed([("via", b"1.1 proksi")]) == []
    assert headers.disclosed([("via", b"HTTP/1.1 proksi (squid/5.7)")]) != []


@pytest.mark.parametrize(
    ("value", "protocols", "h3"),
    [
        (b'h3=":443"; ma=86400, h3-29=":443"', ["h3", "h3-29"], True),
        (b'h2="lain.example:443"', ["h2"], False),
        (b"clear", [], False),
        (b"h3", [], False),
    ],
)
def test_alternative_services(value: bytes, protocols: list[str], *, h3: bool) -> None:
    assert headers.alt_svc([value]) == {"protocols": protocols, "h3": h3}


def test_the_last_known_referrer_policy_counts() -> None:
    assert headers.referrer_policy([b"no-referrer, strict-origin"]) == "strict-origin"
    assert headers.referrer_policy([b"no-referrer, baru"]) == "no-referrer"
    assert headers.referrer_policy([b"never"]) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a=b; Secure; HttpOnly; SameSite=Lax", (True, True, "lax", None)),
        (b"a=b; secure=ya; samesite=apa", (True, False, None, None)),
        (b"a=b; SameSite=Strict; SameSite=None", (False, False, "none", None)),
        (b"__Host-a=b; Secure; Path=/", (True, False, None, True)),
        (b"__host-a=b; Secure; Path=/; Domain=x", (True, False, None, False)),
        (b"__Secure-a=b", (False, False, None, False)),
        (b"__Secure-a=b; Secure", (True, False, None, True)),
    ],
)
def test_cookies(value: bytes, expected: tuple[Any, ...]) -> None:
    facts = cookie_facts(value)
    assert (
        facts["secure"],
        facts["http_only"],
        facts["same_site"],
        facts["prefix_kept"],
    ) == expected


@given(
    st.binary(max_size=200), st.sampled_from([b"Set-Cookie: ", b"set-cookie :", b"SET-COOKIE2:"])
)
def test_no_value_of_a_cookie_survives(noise: bytes, field: bytes) -> None:
    secret = b"RAHASIA-SEKALI"
    head = b"HTTP/1.1 200 OK\r\n" + field + b"n=" + secret + b"; Path=/\r\n" + noise
    assert secret not in without_values(head)
    assert "RAHASIA" not in repr(cookies([b"n=" + secret + noise.replace(secret, b"")]))


@given(st.binary(max_size=500))
def test_no_head_breaks_the_parser(noise: bytes) -> None:
    answer = Answer()
    parse_head(b"HTTP/1.1 200 OK\r\n" + noise, answer)
    values = [value for _name, value in answer.fields] + [noise]
    for read in (
        headers.hsts,
        headers.frame_options,
        headers.no_sniffing,
        headers.referrer_policy,
        headers.alt_svc,
        headers.compressed,
        cookies,
    ):
        read(values)
    headers.content_policy(values, values, meta=True)
    headers.disclosed([("server", value) for value in values])
    redirect_facts(HERE, 301, values)
    without_values(noise)
    with pytest.raises(ProbeError):
        parse_head(b"\x00" + noise, Answer())


@pytest.mark.parametrize(
    ("location", "leads", "same_endpoint"),
    [
        (b"/masuk", "https", True),
        (b"masuk?x=1", "https", True),
        (b"https://LAYANAN.contoh.go.id:443/", "https", True),
        (b"//layanan.contoh.go.id/", "https", True),
        (b"https://www.contoh.go.id/", "https", False),
        (b"http://layanan.contoh.go.id/", "http", False),
        (b"https://layanan.contoh.go.id:8443/", "https", False),
        (b"mailto:a@b.example", "elsewhere", None),
        (b"https://a@layanan.contoh.go.id/", None, None),
    ],
)
def test_where_a_redirect_leads(
    location: bytes, leads: str | None, same_endpoint: bool | None
) -> None:
    facts = redirect_facts(HERE, 302, [location])
    assert facts is not None
    assert (facts["leads"], facts["same_endpoint"]) == (leads, same_endpoint)


def test_addresses_in_redirects() -> None:
    here = Page("http", "2001:db8::1", 8080)
    assert here.authority == "[2001:db8::1]:8080"
    target = led_to(here, [b"http://[2001:DB8:0::1]:8080/x"])
    assert target == Page("http", "2001:db8::1", 8080, "/x")
    assert redirect_facts(here, 200, [b"/x"]) is None


def spf(texts: dict[str, list[bytes] | Reason], domain: str = "a.example") -> dict[str, Any]:
    async def look_up(name: str) -> Found:
        return texts.get(name, [])

    return asyncio.run(read_spf(domain, look_up))


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (b"v=spf1", "valid"),
        (b"V=SPF1 A/24 mx//64 a:b.example/24//64 ~ALL", "valid"),
        (b"v=spf1 ip6:2001:db8::/32 exp=b.example baru=x -all", "valid"),
        (b"v=spf1 exists:%{ir}.%{d2}.example -all", "valid"),
        (b"v=spf1 a/33 -all", "syntax"),
        (b"v=spf1 ip4:2001:db8::1 -all", "syntax"),
        (b"v=spf1 ip4:192.0.2.256 -all", "syntax"),
        (b"v=spf1 include -all", "syntax"),
        (b"v=spf1 all:x", "syntax"),
        (b"v=spf1 redirect=a.example redirect=b.example", "syntax"),
        (b"v=spf1 exists:%{ -all", "syntax"),
        (b"v=spf1 surel -all", "syntax"),
        (b"v=spf1 \xff -all", "syntax"),
        (b"v=spf1 " + b"mx " * 11 + b"-all", "too_many_lookups"),
        (b"v=spf1 " + b"mx " * 10 + b"-all", "valid"),
        (b"v=spf1 -all " + b"mx " * 20, "valid"),
        (b"v=spf1 redirect=b.example", "broken_reference"),
    ],
)
def test_records_of_spf(record: bytes, state: str) -> None:
    assert spf({"a.example": [b"lain", record]})["state"] == state


def test_what_cannot_be_asked_leaves_spf_unknown() -> None:
    found = spf({"a.example": [b"v=spf1 include:b.example -all"], "b.example": Reason.TIMED_OUT})
    assert (found["state"], found["problem"]) == ("unknown", "timed_out")
    assert spf({"a.example": Reason.TIMED_OUT})["state"] == "unknown"


def test_all_outweighs_a_redirect() -> None:
    texts: dict[str, list[bytes] | Reason] = {"a.example": [b"v=spf1 redirect=b.example -all"]}
    assert spf(texts) | {"record": ""} == spf(texts) | {"record": "", "all": "-", "lookups": 0}


@given(st.binary(max_size=300))
def test_no_record_breaks_the_parsers(noise: bytes) -> None:
    assert spf({"a.example": [b"v=spf1 " + noise]})["state"] in {
        "valid",
        "syntax",
        "too_many_lookups",
        "broken_reference",
    }
    records.dmarc([b"v=DMARC1;" + noise, noise], inherited=False)
    records.mta_sts([b"v=STSv1;" + noise])
    records.tls_reports([b"v=TLSRPTv1;" + noise])


def test_who_issued() -> None:
    assert identifiers_of("CN=R11,O=Let's Encrypt,C=US") == ("letsencrypt.org",)
    assert organisation_of(r"CN=x,O=DigiCert\, Inc.,C=US") == "DigiCert, Inc."
    assert "digicert.com" in identifiers_of(r"CN=x,O=DigiCert\, Inc.,C=US")
    assert identifiers_of("CN=Kota Contoh") == ()


def test_names_that_are_asked_for() -> None:
    assert ancestors("a.b.id") == ["a.b.id", "b.id", "id"]
    assert ancestors(".".join("x" * 40)) == [".".join("x" * n) for n in range(40, 28, -1)]
    asked = ["a.go.id", "x.local", "local", "x.home.arpa", "*.a.go.id", "192.0.2.1", "a b.id"]
    assert [name for name in asked if is_public(name)] == ["a.go.id"]
