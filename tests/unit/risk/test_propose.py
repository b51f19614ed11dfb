import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity
from secaudit.risk.content import load_themes
from secaudit.risk.propose import MOST_RISKS, propose
from secaudit.risk.scale import load_scales
from secaudit.risk.weigh import AffectedAsset, OpenFinding


def finding(number=1, **changes):
    values = {
        "id": f"F-{number:04d}",
        "check": "tls.protocol.tls1_0",
        "severity": Severity.HIGH,
        "owner": "Dinas Contoh",
        "zone": "kantor",
        "address": f"192.0.2.{number % 250}",
        "public": False,
        "days_open": 1,
        "overdue": False,
        "asset": None,
    }
    return OpenFinding(**(values | changes))


@pytest.mark.parametrize(
    ("check", "theme"),
    [
        ("tls.protocol.tls1_0", "interception"),
        ("tls.cipher.rc4", "interception"),
        ("cert.expired", "certificate_outage"),
        ("cert.name_mismatch", "impersonation"),
        ("net.telnet.exposed", "stolen_passwords"),
        ("net.ftp.cleartext", "stolen_passwords"),
        ("net.redis.no_password", "unauthorised_access"),
        ("net.http.no_redirect", "interception"),
        ("net.service.unknown", "unknown_services"),
        ("quite.new", "other"),
    ],
)
def test_each_check_has_its_theme(check, theme):
    assert load_themes().of_check(check).id == theme


def test_a_thousand_findings_become_a_register_that_a_person_can_read():
    checks = ["tls.cipher.rc4", "cert.expired", "net.telnet.exposed", "net.smb.exposed"]
    owners = ["Dinas A", "Dinas B", "Dinas C"]
    many = [
        finding(number, check=checks[number % 4], owner=owners[number % 3])
        for number in range(1, 1001)
    ]
    risks = propose(many)
    assert len(risks) == 12
    assert sorted(id_ for risk in risks for id_ in risk.findings) == sorted(f.id for f in many)


def test_where_many_owners_and_zones_would_make_too_many_the_small_ones_are_shared():
    checks = ["tls.cipher.rc4", "cert.expired", "net.telnet.exposed", "net.smb.exposed"]
    many = [
        finding(
            number,
            check=checks[number % 4],
            owner=f"Dinas {number % 41}",
            zone=("kantor", "dmz", "dc")[number % 3],
            severity=Severity.CRITICAL if number % 41 == 7 else Severity.LOW,
        )
        for number in range(1, 1001)
    ]
    risks = propose(many)
    assert len(risks) == MOST_RISKS
    assert sorted(id_ for risk in risks for id_ in risk.findings) == sorted(f.id for f in many)
    worst = [risk for risk in risks if risk.owner == "Dinas 7"]
    assert len(worst) == 4
    assert all("several owners" in risk.title["en"] for risk in risks if not risk.owner)
    assert len(propose(many, room=0)) == 4


def test_the_score_comes_with_its_numbers_in_both_languages():
    asset = AffectedAsset("A-0001", confidentiality=3, integrity=1, availability=1)
    many = [
        finding(number, public=True, days_open=91, asset=asset, severity=Severity.MEDIUM)
        for number in range(1, 11)
    ]
    (risk,) = propose(many)
    assert (risk.likelihood, risk.impact) == (5, 4)
    assert "Kemungkinan dimulai dari 2: temuan terberat bertingkat sedang" in risk.reasoning["id"]
    assert "internet (10)" in risk.reasoning["id"]
    assert "5 dari 5 (Hampir Pasti Terjadi)" in risk.reasoning["id"]
    assert "Highest value of the assets concerned (1)" in risk.reasoning["en"]
    assert "open for more than 90 days (10)" in risk.reasoning["en"]
    assert risk.title["en"].endswith("(Dinas Contoh, kantor)")


def test_unregistered_addresses_are_weighed_and_named():
    (risk,) = propose([finding(owner="")])
    assert (risk.likelihood, risk.impact) == (3, 3)
    assert risk.key == "interception/zone:kantor"
    assert "not in the asset register (1)" in risk.reasoning["en"]


def test_only_the_properties_that_the_threat_touches_weigh():
    asset = AffectedAsset("A-0001", confidentiality=3, integrity=3, availability=1)
    (outage,) = propose([finding(check="cert.expired", asset=asset)])
    assert outage.impact == 2


@given(
    st.lists(
        st.builds(
            finding,
            st.integers(1, 9999),
            severity=st.sampled_from(list(Severity)),
            check=st.sampled_from(["tls.x", "cert.expired", "net.x", "net.service.unknown"]),
            owner=st.sampled_from(["", "A", "B {x}"]),
            public=st.booleans(),
            days_open=st.integers(0, 400),
            overdue=st.booleans(),
            asset=st.none()
            | st.builds(
                AffectedAsset,
                st.sampled_from(["A-1", "A-2", "A-3", "A-4"]),
                *[st.integers(1, 3)] * 3,
            ),
        ),
        unique_by=lambda item: item.id,
        max_size=40,
    )
)
def test_every_finding_is_in_one_risk_and_scores_stay_in_bounds(findings):
    risks = propose(findings)
    assert sorted(id_ for risk in risks for id_ in risk.findings) == sorted(f.id for f in findings)
    assert len({risk.key for risk in risks}) == len(risks)
    sizes = [risk.magnitude for risk in risks]
    assert sizes == sorted(sizes, reverse=True)
    for risk in risks:
        assert 1 <= risk.likelihood <= 5
        assert 1 <= risk.impact <= 5
        assert "{" not in risk.reasoning["id"] + risk.reasoning["en"]


def test_the_levels_grow_with_both_sides():
    scale = load_scales()["product-5x5"]
    levels = [[scale.level(cell) for cell in row] for row in scale.cells]
    assert levels == [list(column) for column in zip(*levels, strict=True)]
    assert all(row == sorted(row) for row in levels)
    assert (levels[0][0], levels[2][2], levels[4][4]) == (1, 3, 5)
    with pytest.raises(InputError, match="likelihood goes from 1 to 5"):
        scale.magnitude(0, 3)


def test_the_scale_says_how_surely_it_was_read():
    scale = load_scales()["product-5x5"]
    assert scale.confidence.value == "secondary"
    assert scale.likelihood[4].id == "Hampir Pasti Terjadi"
