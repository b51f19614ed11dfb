from dataclasses import replace
from datetime import timedelta

import pytest
from network_sights import NOON

from scanners.plan import MOST_HOSTS, ScanOrder, ScanPlan, connection_lanes, make_plan
from scanners.ports import parse_ports
from secaudit.core.authorisation import Authorisation, ZonePermit
from secaudit.core.canonical import canonical_json
from secaudit.core.errors import InputError
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import ProbeClass, Reason, ZoneKind

LETTER = Authorisation(
    number="090/CONTOH/2026",
    issuer="Kota Contoh",
    valid_from=NOON - timedelta(days=1),
    valid_until=NOON + timedelta(days=1),
    targets=("192.0.2.0/24",),
    permitted=AddressSet.parse(["192.0.2.0/24"]),
    exclusions=AddressSet.parse(["192.0.2.9"]),
)


def plan(targets: str, letter: Authorisation = LETTER, **changes: object) -> ScanPlan:
    order = ScanOrder(
        letter, "kantor", ZoneKind.IT, AddressSet.parse([targets]), parse_ports("top100")
    )
    return make_plan(replace(order, **changes), NOON)  # type: ignore[arg-type]


def test_every_address_in_scope_is_planned_and_every_other_one_refused_with_its_reason() -> None:
    made = plan("192.0.2.8-192.0.3.1")
    assert [str(host.address) for host in made.hosts[:2]] == ["192.0.2.8", "192.0.2.10"]
    assert len(made.hosts) == 247
    assert made.refused == (
        ("192.0.2.9", Reason.EXCLUDED),
        ("192.0.3.0/31", Reason.OUT_OF_SCOPE),
    )


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        (replace(LETTER, revoked_at=NOON), Reason.REVOKED),
        (replace(LETTER, valid_until=NOON - timedelta(hours=1)), Reason.OUTSIDE_WINDOW),
        (replace(LETTER, zones=(ZonePermit("dc"),)), Reason.ZONE_NOT_PERMITTED),
        (
            replace(LETTER, probe_classes=frozenset({ProbeClass.TLS})),
            Reason.CLASS_NOT_PERMITTED,
        ),
    ],
)
def test_a_letter_that_does_not_stand_refuses_everything(
    letter: Authorisation, reason: Reason
) -> None:
    made = plan("192.0.2.0/28", letter)
    assert made.hosts == ()
    assert made.refused == (("192.0.2.0/28", reason),)
    assert (made.packets_low, made.packets_high, made.seconds_high) == (0, 0, 0)


def test_operational_technology_needs_a_letter_that_names_the_zone_so() -> None:
    assert plan("192.0.2.1", zone_kind=ZoneKind.OT).refused[0][1] is Reason.ZONE_NOT_PERMITTED
    letter = replace(LETTER, zones=(ZonePermit("kantor", ZoneKind.OT),))
    made = plan("192.0.2.1", letter, zone_kind=ZoneKind.OT)
    assert len(made.hosts) == 1
    assert connection_lanes(made.order) == 1


def test_known_ports_come_first_and_printers_are_refused_by_name() -> None:
    made = plan("192.0.2.1", known_ports={"192.0.2.1": (2323, 9100, 443)})
    assert made.hosts[0].ports[:3] == (2323, 443, 80)
    assert 9100 not in made.hosts[0].ports
    assert made.refused == (("192.0.2.1 port 9100", Reason.FORBIDDEN_PORT),)


def test_hosts_of_one_profile_share_its_ports() -> None:
    made = plan("192.0.2.0/29")
    assert len({id(host.ports) for host in made.hosts}) == 1


def test_too_many_addresses_are_refused_before_they_are_listed() -> None:
    letter = replace(LETTER, permitted=AddressSet.parse(["2001:db8::/64"]))
    with pytest.raises(InputError, match=str(MOST_HOSTS)):
        plan("2001:db8::/64", letter)


def test_the_bounds_are_ordered_and_grow_with_the_work() -> None:
    small, large = plan("192.0.2.1"), plan("192.0.2.0/25")
    for made in (small, large):
        assert 0 < made.packets_low <= made.packets_high
        assert 0 < made.seconds_low <= made.seconds_high
    assert small.packets_high < large.packets_high
    assert plan("192.0.2.1", services=False).packets_high < small.packets_high


def test_a_plan_has_a_json_form() -> None:
    assert b"192.0.2.1" in canonical_json(plan("192.0.2.1").hosts)
