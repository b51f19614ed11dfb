from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.network import AddressRange, AddressSet
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry import assets, zones
from secaudit.registry.assets import NOT_NUMBERED, Asset, AssetIndex, Upsert

FIRST = int(ip_address("192.0.2.0"))
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
PORTAL = Asset(
    NOT_NUMBERED,
    "Portal",
    "Dinas Kominfo",
    "kantor",
    addresses=AddressSet.parse(["192.0.2.10", "2001:db8::10"]),
    hostnames=("www.example.go.id",),
    confidentiality=3,
    tags=("layanan publik",),
)


def test_an_asset_is_added_once_and_then_brought_up_to_date(database):
    with database.write() as connection:
        added = assets.upsert(connection, PORTAL)
        assert (added.change, added.asset) == (Upsert.ADDED, replace(PORTAL, id="A-0001"))
        assert assets.upsert(connection, PORTAL).change is Upsert.UNCHANGED
        changed = assets.upsert(connection, replace(PORTAL, owner="Diskominfo"))
        assert (changed.change, changed.before) == (Upsert.CHANGED, added.asset)
        other = assets.upsert(connection, replace(PORTAL, zone="dmz", kind=ZoneKind.DC))
        assert other.asset.id == "A-0002"
    with database.read() as connection:
        assert assets.get(connection, "A-0001").owner == "Diskominfo"
        assert [asset.id for asset in assets.list_all(connection)] == ["A-0001", "A-0002"]
        assert zones.all_zones(connection) == {"dmz": ZoneKind.DC, "kantor": ZoneKind.IT}


def test_a_retired_asset_stays_retired_until_it_is_added_anew(database):
    with database.write() as connection:
        assets.upsert(connection, PORTAL)
        assert assets.retire(connection, "Portal", AT, "diganti", "ab" * 32).retired_at == AT
        assert assets.upsert(connection, PORTAL).change is Upsert.RETIRED
        assert assets.list_all(connection) == []
        assert [a.id for a in assets.list_all(connection, include_retired=True)] == ["A-0001"]
        retirement = assets.retirement(connection, "A-0001")
        assert retirement == assets.Retirement("diganti", "ab" * 32)
        with pytest.raises(RefusedError, match="already retired"):
            assets.retire(connection, "A-0001", AT)
        assert assets.upsert(connection, PORTAL, revive=True).asset.id == "A-0002"
        assert assets.retirement(connection, "A-0002") is None


def test_what_is_not_there_is_named(database):
    with database.write() as connection:
        with pytest.raises(NotFoundError, match="A-0009"):
            assets.get(connection, "A-0009")
        assets.upsert(connection, PORTAL)
        assets.upsert(connection, replace(PORTAL, zone="dmz"))
        with pytest.raises(RefusedError, match="more than one"):
            assets.get(connection, "Portal")


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"zone": "Kantor Pusat"}, {"confidentiality": 0}, {"availability": 4}],
)
def test_values_that_an_asset_cannot_have(database, change):
    with database.write() as connection, pytest.raises(InputError):
        assets.upsert(connection, replace(PORTAL, **change))


def asset(number, zone, *addresses, **more):
    return Asset(
        f"A-{number:04d}",
        f"n{number}",
        f"o{number}",
        zone,
        addresses=AddressSet.parse(addresses),
        **more,
    )


def test_the_narrowest_asset_at_an_address_wins():
    index = AssetIndex(
        [
            asset(1, "kantor", "192.0.2.0/24", "2001:db8::/64"),
            asset(2, "kantor", "192.0.2.10-192.0.2.20"),
            asset(3, "kantor", "192.0.2.15", hostnames=("www.example.go.id",)),
            asset(4, "dmz", "192.0.2.15"),
            asset(5, "kantor", "192.0.2.16", retired_at=AT, in_scope=False),
            asset(6, "kantor", "255.255.255.255", in_scope=False),
        ]
    )
    found = {
        address: getattr(index.asset_at("kantor", address), "id", None)
        for address in (
            "192.0.2.1",
            "192.0.2.10",
            "192.0.2.15",
            "192.0.2.16",
            "192.0.2.255",
            "192.0.3.0",
            "2001:db8::5",
            "255.255.255.255",
            "::",
        )
    }
    assert list(found.values()) == [
        "A-0001",
        "A-0002",
        "A-0003",
        "A-0002",
        "A-0001",
        None,
        "A-0001",
        "A-0006",
        None,
    ]
    assert index.asset_at("dmz", "192.0.2.15").id == "A-0004"
    assert index.asset_at("none", "192.0.2.15") is None
    assert [item.id for item in index.in_scope] == ["A-0001", "A-0002", "A-0003", "A-0004"]


def test_owners_of_subjects():
    index = AssetIndex(
        [
            asset(1, "kantor", "192.0.2.1"),
            asset(2, "kantor", hostnames=("www.example.go.id",)),
        ]
    )
    endpoint = Subject("kantor", "192.0.2.1", 443)
    assert index.owner_of(endpoint) == "o1"
    assert index.owner_of(endpoint.named("WWW.example.go.id.")) == "o2"
    assert index.owner_of("kantor/192.0.2.1:443/tcp#other.example") == "o1"
    assert index.owner_of("dmz/192.0.2.1") == ""
    assert index.owner_of("no subject") == ""
    assert index.owner_of("file:store/path") == ""


ranges = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda pair: AddressRange(4, min(pair), max(pair))
)


@settings(max_examples=100)
@given(st.lists(st.lists(ranges, max_size=3), max_size=6))
def test_the_index_agrees_with_a_search_through_all(groups):
    members = [
        replace(asset(number, "z"), addresses=AddressSet.of(group))
        for number, group in enumerate(groups)
    ]
    index = AssetIndex(members)
    for number in range(42):
        holders = [
            (run.last - run.first, member.id)
            for member in members
            for run in member.addresses.runs
            if run.first <= number <= run.last
        ]
        found = index.asset_at("z", f"0.0.0.{number}")
        assert (found.id if found else None) == (min(holders)[1] if holders else None)


def test_ten_thousand_assets(database):
    with database.write() as connection:
        servers = [
            replace(
                PORTAL,
                name=f"Server {number}",
                addresses=AddressSet.of([AddressRange(4, FIRST + number, FIRST + number)]),
            )
            for number in range(10_000)
        ]
        done = assets.upsert_all(connection, servers)
        assert {item.change for item in done} == {Upsert.ADDED}
        again = assets.upsert_all(connection, [replace(servers[7], owner="x"), servers[8], PORTAL])
        assert [item.change for item in again] == [Upsert.CHANGED, Upsert.UNCHANGED, Upsert.ADDED]
        assert again[2].asset.id == "A-10001"
    with database.read() as connection:
        index = AssetIndex.of(connection)
    assert index.asset_at("kantor", "192.0.2.5").name == "Server 5"
    assert len(index.assets) == 10_001
