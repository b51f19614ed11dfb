import ipaddress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from secaudit.core.authorisation import Authorisation, ZonePermit, loopback_authorisation
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import ProbeClass, Reason, ZoneKind

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
LETTER = Authorisation(
    number="094/001/2026",
    issuer="Kepala Dinas",
    valid_from=AT - timedelta(days=1),
    valid_until=AT + timedelta(days=1),
    targets=("192.0.2.0/24",),
    permitted=AddressSet.parse(["192.0.2.0/24"]),
    exclusions=AddressSet.parse(["192.0.2.9"]),
    zones=(ZonePermit("scada", ZoneKind.OT),),
)


def refusal(letter, address="192.0.2.7", port=443, probe=ProbeClass.TLS, at=AT):
    return letter.refusal(ipaddress.ip_address(address), port, probe, at)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"port": None}, None),
        ({"address": "192.0.2.9"}, Reason.EXCLUDED),
        ({"address": "::ffff:192.0.2.9"}, Reason.EXCLUDED),
        ({"address": "198.51.100.1"}, Reason.OUT_OF_SCOPE),
        ({"address": "2001:db8::1"}, Reason.OUT_OF_SCOPE),
        ({"port": 9100}, Reason.FORBIDDEN_PORT),
        ({"port": 9107}, Reason.FORBIDDEN_PORT),
        ({"port": 9108}, None),
        ({"probe": ProbeClass.ANONYMOUS_ACCESS}, Reason.CLASS_NOT_PERMITTED),
        ({"probe": ProbeClass.OT}, Reason.CLASS_NOT_PERMITTED),
        ({"at": AT - timedelta(days=2)}, Reason.OUTSIDE_WINDOW),
        ({"at": AT + timedelta(days=2)}, Reason.OUTSIDE_WINDOW),
        ({"at": AT + timedelta(days=1)}, None),
    ],
)
def test_what_a_letter_permits(facts, reason):
    assert refusal(LETTER, **facts) is reason


def test_a_revoked_letter_permits_nothing_from_that_moment():
    revoked = replace(LETTER, revoked_at=AT)
    assert refusal(revoked) is Reason.REVOKED
    assert refusal(revoked, at=AT - timedelta(seconds=1)) is None


def test_zones():
    assert LETTER.permits_zone("scada")
    assert not LETTER.permits_zone("kantor")
    assert LETTER.zone_kind("scada") is ZoneKind.OT
    assert LETTER.zone_kind("kantor") is ZoneKind.IT
    assert replace(LETTER, zones=()).permits_zone("kantor")


def test_the_scope_is_less_the_exclusions():
    assert LETTER.scope.count == 255


def test_loopback_needs_no_letter_and_reaches_nothing_else():
    letter = loopback_authorisation(AT)
    assert refusal(letter, "127.8.9.1") is None
    assert refusal(letter, "::1") is None
    assert refusal(letter, "192.0.2.1") is Reason.OUT_OF_SCOPE
    assert refusal(letter, "127.0.0.1", 9100) is Reason.FORBIDDEN_PORT
