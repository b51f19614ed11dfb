"""Which letter a scan runs under, and what it excludes. No real name is resolved."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanners.plan import make_plan
from secaudit.app.scanning.order import OutOfScopeError, make_order
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.scanning.run import run_scan
from secaudit.app.scopes import check_scope
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.authorisation import Authorisation, RateCaps
from secaudit.core.errors import NothingScannedError, RefusedError
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import Reason
from secaudit.ledger import trail
from secaudit.registry import authorisations

AT = datetime(2026, 11, 21, tzinfo=UTC)
NAMES = {"dua.kota-contoh.example": ("127.0.2.2",), "luar.kota-contoh.example": ("192.0.2.77",)}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = init_workspace(tmp_path / "ws", "Kota Contoh", "en")
    yield made
    made.database.close()


def letter(workspace: Workspace, number: str, target: str, *excluded: str) -> Authorisation:
    made = Authorisation(
        number=number,
        issuer="Kota Contoh",
        valid_from=AT - timedelta(days=1),
        valid_until=datetime.now(UTC) + timedelta(days=365),
        targets=(target,),
        permitted=AddressSet.parse([target]),
        exclusions=AddressSet.parse(excluded),
        caps=RateCaps(packets_per_second=7),
    )
    with workspace.database.write() as connection:
        authorisations.add(connection, made)
    return made


def ordered(workspace: Workspace, *targets: str) -> Authorisation:
    order, _ = make_order(workspace, ScanRequest(targets), AT, resolver=NAMES.__getitem__)
    return order.authorisation


def test_the_implicit_letter_excludes_what_any_letter_in_force_excludes(
    workspace: Workspace,
) -> None:
    letter(workspace, "094/1", "127.0.1.0/24", "127.0.1.9")
    letter(workspace, "094/2", "192.0.2.0/24", "127.0.2.9")
    order, _ = make_order(workspace, ScanRequest(("127.0.1.8-9", "127.0.2.8-9")), AT)
    assert order.authorisation.number == "loopback"
    plan = make_plan(order, AT)
    assert [str(host.address) for host in plan.hosts] == ["127.0.1.8", "127.0.2.8"]
    assert plan.refused == (("127.0.1.9", Reason.EXCLUDED), ("127.0.2.9", Reason.EXCLUDED))
    assert {answer.reason for answer in check_scope(workspace, "127.0.1.9", AT)} == {
        Reason.EXCLUDED,
        Reason.OUT_OF_SCOPE,
    }


def test_exclusions_of_a_letter_that_was_revoked_no_longer_bind(workspace: Workspace) -> None:
    letter(workspace, "094/1", "192.0.2.0/24", "127.0.2.9")
    with workspace.database.write() as connection:
        authorisations.revoke(connection, "094/1", AT)
    assert not ordered(workspace, "127.0.2.9").exclusions


def test_the_one_letter_that_covers_loopback_whole_is_used(workspace: Workspace) -> None:
    made = letter(workspace, "094/1", "127.0.1.0/24", "127.0.1.9")
    assert ordered(workspace, "127.0.1.0/28").caps == made.caps
    assert ordered(workspace, "127.0.1.9").number == "094/1"
    assert ordered(workspace, "127.0.1.8", "127.0.3.1").number == "loopback"
    letter(workspace, "094/2", "127.0.0.0/16")
    assert ordered(workspace, "127.0.1.8").number == "loopback"


@pytest.mark.parametrize("address", ["127.0.4.5", "[::1]"])
def test_printer_ports_are_forbidden_on_loopback_too(workspace: Workspace, address: str) -> None:
    (answer,) = check_scope(workspace, f"{address}:9100", AT)
    assert (answer.number, answer.reason) == ("loopback", Reason.FORBIDDEN_PORT)


def test_a_name_chooses_the_letter_in_whose_scope_it_is(workspace: Workspace) -> None:
    letter(workspace, "094/1", "127.0.1.0/24")
    letter(workspace, "094/2", "127.0.2.0/24")
    asked: list[str] = []

    def resolver(name: str) -> tuple[str, ...]:
        asked.append(name)
        return NAMES[name]

    request = ScanRequest(("dua.kota-contoh.example",))
    order, scope = make_order(workspace, request, AT, resolver=resolver)
    assert order.authorisation.number == "094/2"
    assert str(scope.addresses) == "127.0.2.2"
    assert scope.names == {"127.0.2.2": ("dua.kota-contoh.example",)}
    assert asked == ["dua.kota-contoh.example"]


def test_a_name_out_of_scope_is_said_with_its_addresses(workspace: Workspace) -> None:
    letter(workspace, "094/1", "127.0.1.0/24")
    with pytest.raises(OutOfScopeError, match=r"luar\.kota-contoh\.example \(192\.0\.2\.77\)"):
        ordered(workspace, "luar.kota-contoh.example")


def test_a_name_out_of_scope_leaves_a_row_in_the_trail(workspace: Workspace) -> None:
    letter(workspace, "094/1", "192.0.2.0/24")
    request = ScanRequest(("localhost",), authorisation="094/1")
    with pytest.raises(NothingScannedError, match=r"localhost \(.*127\.0\.0\.1"):
        run_scan(workspace, request)
    with workspace.view() as connection:
        rows = [row for row in trail.entries(connection) if row.action == "scan.refused"]
    assert [list(row.details["out_of_scope"]) for row in rows] == [["localhost"]]


def test_without_targets_and_letters_no_dash_is_printed(workspace: Workspace) -> None:
    with pytest.raises(RefusedError, match="permits a scan from zone kantor"):
        ordered(workspace)


def test_a_letter_out_of_its_time_is_refused_in_words(workspace: Workspace) -> None:
    made = letter(workspace, "094/1", "127.0.1.0/24")
    late = made.valid_until + timedelta(days=1)
    request = replace(ScanRequest(("127.0.1.1",)), authorisation="094/1")
    with pytest.raises(RefusedError) as caught:
        make_order(workspace, request, late)
    assert "outside_window" not in str(caught.value)
