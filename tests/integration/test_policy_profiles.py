"""Policy profiles against real servers: each deviation names its rule, and nothing is rescanned."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from handshake_probing import handshakes
from tls_pki import Wish, authority, issue, rsa_key
from tls_probing import chains, survey
from tls_servers import nginx_server, openssl_server

from scanners.base import Sight
from scanners.policy.grade import grade_endpoints
from scanners.policy.library import load_profiles
from scanners.policy.rules import SETTING
from scanners.policy.verdict import EndpointVerdict, Verdict, judge_host
from scanners.registry import judge, load_checks
from secaudit.app.setup import init_workspace
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.observation import Observation
from secaudit.core.vocabulary import Outcome

TODAY = date(2026, 11, 21)
INTERMEDIATE, MODERN = "mozilla-6.0-intermediate", "mozilla-6.0-modern"
NIST, BSI = "nist-sp800-52r2", "bsi-tr-02102-2"
GOOD = (
    "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off; ssl_ecdh_curve X25519:P-256;",
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384;",
)

needs_nginx = pytest.mark.skipif(not shutil.which("/usr/sbin/nginx"), reason="nginx is missing")


def observed(port: int) -> list[Observation]:
    return [survey(port), *chains(port)]


def verdict_of(name: str, seen: list[Observation], on: date = TODAY) -> EndpointVerdict:
    (found,) = judge_host(load_profiles()[name], seen, on)
    return found


def deviations(found: EndpointVerdict) -> dict[str, tuple[str, ...]]:
    return {item.rule: item.found for item in found.of(Verdict.DEVIATES)}


@needs_nginx
def test_a_server_as_mozilla_has_it_departs_from_nothing(tmp_path: Path) -> None:
    issued = issue(authority("Akar Contoh"), Wish(key=ec.generate_private_key(ec.SECP256R1())))
    with nginx_server(issued, tmp_path, *GOOD) as port:
        seen = observed(port)

    found = verdict_of(INTERMEDIATE, seen)
    assert deviations(found) == {}
    assert {item.rule for item in found.of(Verdict.CONFORMS)} >= {
        *("versions", "tls1_3", "suites_1_2", "suites_1_3", "groups", "keys", "hashes", "days"),
    }
    assert set(deviations(verdict_of(MODERN, seen))) == {"versions"}


@needs_nginx
def test_each_deviation_names_what_was_found_and_the_date_of_its_rule(tmp_path: Path) -> None:
    wish = Wish(key=rsa_key(2048), end=timedelta(days=800))
    weak = (
        "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;",
        "ssl_ciphers ECDHE-RSA-AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0;",
    )
    with nginx_server(issue(authority("Akar Contoh"), wish), tmp_path, *weak) as port:
        seen = observed(port)

    found = verdict_of(INTERMEDIATE, seen)
    assert found.verdict is Verdict.DEVIATES
    assert found.evidence
    broken = deviations(found)
    assert broken["versions"] == ("TLS 1.0", "TLS 1.1")
    assert set(broken["suites_1_2"]) == {
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_256_CBC_SHA",
    }
    assert broken["days"] == ("801.0 d",)
    assert "keys" not in broken
    assert {str(item.holds_since) for item in found.rules} == {"2026-04-06"}
    assert set(deviations(verdict_of(NIST, seen))) >= {"versions", "suites_1_2"}
    assert "TLS_RSA_WITH_AES_256_CBC_SHA" in deviations(verdict_of(NIST, seen))["suites_1_2"]
    assert deviations(verdict_of(BSI, seen))["keys"] == ("RSA 2048 bit",)


@needs_nginx
def test_the_day_decides_which_rules_hold(tmp_path: Path) -> None:
    issued = issue(authority("Akar Contoh"), Wish(key=ec.generate_private_key(ec.SECP256R1())))
    only_1_2 = ("ssl_protocols TLSv1.2;", GOOD[1], "ssl_ecdh_curve P-256;")
    with nginx_server(issued, tmp_path, *only_1_2) as port:
        seen = observed(port)

    assert "tls1_3" not in {item.rule for item in verdict_of(NIST, seen, date(2023, 12, 31)).rules}
    assert deviations(verdict_of(NIST, seen, date(2024, 1, 1)))["tls1_3"] == ("TLS 1.3",)
    assert "versions" not in deviations(verdict_of(BSI, seen, date(2031, 12, 31)))
    later = deviations(verdict_of(BSI, seen, date(2032, 1, 1)))
    assert later["versions"] == ("TLS 1.2",)
    assert later["groups"] == ("secp256r1",)


@needs_nginx
def test_features_of_the_handshake_are_read(tmp_path: Path) -> None:
    with nginx_server(issue(authority("Akar Contoh")), tmp_path, *GOOD) as port:
        seen = [*handshakes(port), *chains(port)]
    states = {item.rule: item.verdict for item in verdict_of(NIST, seen).rules}

    for rule in ("extended_master_secret", "secure_renegotiation", "no_early_data"):
        assert states[rule] is Verdict.CONFORMS, rule
    assert states["ocsp_stapling"] is Verdict.DEVIATES
    with nginx_server(issue(), tmp_path, "ssl_protocols TLSv1.3;") as port:
        seen = [*handshakes(port), *chains(port)]
    states = {item.rule: item.verdict for item in verdict_of(NIST, seen).rules}
    assert states["extended_master_secret"] is Verdict.NOT_APPLICABLE
    assert states["no_early_data"] is Verdict.CONFORMS


@needs_nginx
def test_a_rule_about_what_cannot_be_there_does_not_apply(tmp_path: Path) -> None:
    issued = issue(authority("Akar Contoh"), Wish(key=rsa_key()))

    def states(*directives: str) -> dict[str, Verdict]:
        with nginx_server(issued, tmp_path, "ssl_protocols TLSv1.2;", *directives) as port:
            seen = [*handshakes(port), *chains(port)]
        return {item.rule: item.verdict for item in verdict_of(BSI, seen).rules}

    found = states("ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;")
    assert found["no_early_data"] is found["encrypt_then_mac"] is Verdict.NOT_APPLICABLE
    found = states("ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256;")
    assert found["encrypt_then_mac"] is Verdict.CONFORMS


def test_what_was_not_seen_is_undecided(tmp_path: Path) -> None:
    issued = issue(authority("Akar Contoh"))
    with openssl_server(issued, tmp_path, "-tls1_3") as port:
        seen = [survey(port)]

    found = verdict_of(INTERMEDIATE, seen)
    assert {item.rule for item in found.of(Verdict.UNDECIDED)} >= {"keys", "days"}
    assert found.verdict in {Verdict.UNDECIDED, Verdict.DEVIATES}
    # TLS 1.2 is refused: its suites have nothing to be judged.
    assert "suites_1_2" in {item.rule for item in found.of(Verdict.NOT_APPLICABLE)}


@needs_nginx
def test_the_check_judges_by_what_was_chosen_alone(tmp_path: Path) -> None:
    with nginx_server(issue(authority("Akar Contoh")), tmp_path, *GOOD) as port:
        seen = observed(port)
    profiles = load_profiles()

    def results(*names: str) -> list[Outcome]:
        sight = Sight(seen, {SETTING: tuple(profiles[name] for name in names)})
        found = judge(sight, (), datetime.now(UTC))
        mine = [item for item in found if item.check == "tls.policy"]
        for item in mine:
            if item.outcome is Outcome.FAILED:
                statement = load_checks()["tls.policy"].statement
                assert "2026-04-06" in statement.id.format(**item.details)
        return [item.outcome for item in mine]

    assert results() == []
    assert results(MODERN) == [Outcome.FAILED]
    assert results(INTERMEDIATE, MODERN) == [Outcome.FAILED]


@needs_nginx
def test_a_grade_stands_with_its_reasons(tmp_path: Path) -> None:
    weak = ("ssl_protocols TLSv1 TLSv1.2;", "ssl_ciphers ALL:@SECLEVEL=0;")
    with nginx_server(issue(), tmp_path, *weak) as port:
        seen = observed(port)

    (grade,) = grade_endpoints(judge(Sight(seen), (), datetime.now(UTC)))
    checks = load_checks()
    worst = min(checks[name].severity.rank for name in grade.failed)
    assert {checks[name].severity.rank for name in grade.reasons} == {worst}
    assert grade.letter == "FDCBA"[worst]


def test_an_own_profile_replaces_ours_and_its_faults_name_file_and_line(tmp_path: Path) -> None:
    ours = (Path(sys.modules["scanners.policy.library"].__file__ or "")).with_name("profiles")
    text = (ours / f"{MODERN}.yaml").read_text(encoding="utf-8")
    own = tmp_path / "policies"
    own.mkdir()
    (own / "a.yaml").write_text(text.replace("most: 90", "most: 200"), encoding="utf-8")
    days = next(rule for rule in load_profiles(own)[MODERN].rules if rule.id == "days")
    assert getattr(days, "most", None) == 200

    for wrong, right in (
        ("most: 90", "most: -1"),
        ("- TLS_AES_128_GCM_SHA256", "- TLS_TIDAK_ADA"),
        ("[X25519MLKEM768,", "[X25519MLKEM769,"),
        ("id: days", "id: hashes"),
        ("aspect: preference", "aspect: selera"),
    ):
        found = text.replace(
            "names: [TLS_AES_128_GCM_SHA256,", "names:\n    - TLS_AES_128_GCM_SHA256\n    #"
        )
        assert wrong in found or wrong in text
        (own / "a.yaml").write_text((found if wrong in found else text).replace(wrong, right))
        with pytest.raises(InputError, match=r"a\.yaml:\d+"):
            load_profiles(own)


@needs_nginx
def test_a_stored_scan_is_judged_again_without_a_packet(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "ws", "Kota Contoh", "en")

    def secaudit(*arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "secaudit", "--workspace", str(workspace.folder)]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    assert "no scan yet" in secaudit("policy", "judge", code=2)
    with nginx_server(issue(authority("Akar Contoh")), tmp_path, *GOOD) as port:
        secaudit("scan", "run", "127.0.0.1", "--ports", str(port), "--no-nmap")
    # The server is gone by now.
    rows = json.loads(secaudit("policy", "judge", "--profile", MODERN, "--format", "json"))
    wrong = {row["rule"] for row in rows if row["verdict"] == "deviates"}
    assert "versions" in wrong
    assert {row["subject"] for row in rows} == {f"kantor/127.0.0.1:{port}/tcp"}
    assert rows[0]["grade"]["reasons"]
    assert "no policy profile" in secaudit("policy", "judge", "--profile", "tidak-ada", code=2)
    assert MODERN in secaudit("policy", "list")
    assert "2026-04-06" in secaudit("policy", "show", MODERN)

    settings = workspace.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8").replace(
        "tls_policies: []", f"tls_policies: [{MODERN}]"
    )
    settings.write_text(text, encoding="utf-8")
    shown = json.loads(secaudit("scan", "show", "S-0001", "--format", "json"))
    mine = [item for item in shown["results"] if item["check"] == "tls.policy"]
    assert [item["outcome"] for item in mine] == ["failed"]
    settings.write_text(text.replace(MODERN, "tidak-ada"), encoding="utf-8")
    assert "no policy profile" in secaudit("scan", "show", "S-0001", code=2)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    from scanners.policy.library import find_profile

    with pytest.raises(NotFoundError, match="tidak-ada"):
        find_profile("tidak-ada", load_profiles())
