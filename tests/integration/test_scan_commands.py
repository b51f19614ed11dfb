"""``secaudit scan`` as a person runs it: on real listeners, with good and bad input."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from secaudit.app.locks import exclusive
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace, open_workspace
from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import Reason
from secaudit.ledger import scans, trail
from secaudit.ledger.scans import ScanState


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "ws", "Kota Contoh", "en")


def secaudit(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(workspace, *arguments), capture_output=True, text=True, timeout=100, check=False
    )


def command(workspace: Workspace, *arguments: str) -> list[str]:
    return [
        sys.executable, "-m", "secaudit", "--workspace", str(workspace.folder), *arguments,
    ]  # fmt: skip


@pytest.fixture
def telnet() -> Iterator[int]:
    """A service that asks for a login in clear text, on 127.0.0.1."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(3)
                    try:
                        connection.sendall(b"\xff\xfd\x18\xff\xfd\x20\r\nrouter login: ")
                        connection.recv(100)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def run(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return secaudit(workspace, "scan", "run", "--no-nmap", "--timeout", "1", *arguments)


def slow_letter(workspace: Workspace, target: str, *limits: str) -> tuple[str, str]:
    """Authorise a scan that is slow enough to be stopped in its midst, however busy the machine."""
    added = secaudit(
        workspace, "scope", "add", "--number", "094/1", "--issuer", "Sekda Kota Contoh",
        "--target", target, "--from", "2026-01-01", "--until", "2099-12-31", *limits,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    return ("--authorisation", "094/1")


def test_a_scan_finds_what_is_there_and_says_so_in_json(workspace: Workspace, telnet: int) -> None:
    done = run(workspace, "127.0.0.1", "--ports", str(telnet), "--format", "json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    failed = {row["check"] for row in record["results"] if row["outcome"] == "failed"}
    assert failed == {"net.telnet.exposed"}
    assert record["scan"]["state"] == "done"
    assert [row["subject"] for row in record["findings"]] == [f"kantor/127.0.0.1:{telnet}/tcp"]
    assert all(len(digest) == 64 for row in record["results"] for digest in row["evidence"])


def test_fail_on_exits_with_ten_only_when_something_is_that_bad(
    workspace: Workspace, telnet: int
) -> None:
    target = ("127.0.0.1", "--ports", str(telnet), "--fail-on")
    assert run(workspace, *target, "high").returncode == 10
    assert run(workspace, *target, "critical").returncode == 0


def test_a_plan_sends_nothing_and_says_what_a_scan_would_cost(workspace: Workspace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        made = secaudit(
            workspace, "scan", "plan", "127.0.0.1", "--ports", str(port), "--format", "json"
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert made.returncode == 0, made.stderr
    plan = json.loads(made.stdout)
    assert (plan["hosts"], plan["ports"]) == (1, 1)
    assert 0 < plan["packets"][0] <= plan["packets"][1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["192.0.2.7"], 2, "no authorisation in force covers 192.0.2.7"),
        (["10.0.0.0/33"], 2, "is not a CIDR block"),
        (["127.0.0.1", "--ports", "http"], 2, "http"),
        (["127.0.0.1", "--zone", "Kantor Pusat"], 2, "cannot name a zone"),
        (["127.0.0.1", "--authorisation", "094/9"], 2, "no authorisation 094/9"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_scanned(
    workspace: Workspace, arguments: list[str], code: int, says: str
) -> None:
    refused = run(workspace, *arguments)
    assert refused.returncode == code
    assert says in refused.stderr
    with workspace.view() as connection:
        assert scans.list_all(connection) == []


def test_nothing_listens_is_told_apart_from_a_clean_scan(workspace: Workspace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    clean = run(workspace, "127.0.0.1", "--ports", str(port))
    assert clean.returncode == 0, clean.stderr
    assert "1 of 1 hosts answered" in clean.stderr


def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(workspace: Workspace) -> None:
    with closing(socket.create_server(("0.0.0.0", 0), backlog=256)) as listener:  # noqa: S104 (loopback addresses alone are asked)
        port = listener.getsockname()[1]
        targets = ["127.0.3.1-127.0.3.60", "--ports", str(port)]
        letter = slow_letter(workspace, "127.0.3.0/24", "--rate", "200")
        arguments = ("scan", "run", "--no-nmap", "--timeout", "2", *letter, *targets)
        with started(workspace, *arguments, stderr=subprocess.PIPE) as scan:
            wait_for_hosts(workspace, 1)
            scan.send_signal(signal.SIGINT)
            said = scan.communicate(timeout=60)[1]
        assert scan.returncode == 1, said
        assert "secaudit scan resume S-0001" in said
        kept = hosts_done(workspace)
        assert 0 < len(kept) < 60
    again = secaudit(workspace, "scan", "resume", "S-0001")
    assert again.returncode == 0, again.stderr
    with workspace.view() as connection:
        assert scans.get(connection, "S-0001").state is ScanState.DONE
        assert len(scans.hosts_done(connection, "S-0001")) == 60
        assert scans.totals(connection, "S-0001").done == 60
        assert trail.verify(connection) is None
    assert secaudit(workspace, "scan", "resume", "S-0001").returncode == 2


def test_a_killed_scan_goes_on_where_it_was(workspace: Workspace) -> None:
    with closing(socket.create_server(("0.0.0.0", 0), backlog=256)) as listener:  # noqa: S104
        port = listener.getsockname()[1]
        arguments = ("scan", "run", "127.0.4.1-127.0.4.60", "--no-nmap", "--ports", str(port))
        with started(workspace, *arguments, stderr=subprocess.DEVNULL):
            wait_for_hosts(workspace, 1)
        kept = hosts_done(workspace)
    again = secaudit(workspace, "scan", "resume", "S-0001")
    assert again.returncode == 0, again.stderr
    assert kept < hosts_done(workspace)
    assert len(hosts_done(workspace)) == 60


def test_a_revoked_letter_stops_a_running_scan_and_it_cannot_be_resumed(
    workspace: Workspace,
) -> None:
    letter = slow_letter(workspace, "127.0.5.0/24", "--host-rate", "4", "--host-connections", "1")
    arguments = ("scan", "run", "127.0.5.1-127.0.5.2", "--no-nmap", *letter)
    with started(workspace, *arguments, stderr=subprocess.PIPE) as scan:
        wait_for_scan(workspace)
        revoked = secaudit(workspace, "scope", "revoke", "094/1", "--reason", "jaringan sibuk")
        assert revoked.returncode == 0, revoked.stderr
        said = scan.communicate(timeout=60)[1]
    assert scan.returncode == 1, said
    assert "the authorisation was revoked" in said
    with workspace.view() as connection:
        record = scans.get(connection, "S-0001")
        hosts = list(scans.hosts(connection, "S-0001"))
    assert (record.state, record.message) == (ScanState.INTERRUPTED, "revoked")
    assert {(host.state, host.reason) for host in hosts} == {("refused", Reason.REVOKED)}
    again = secaudit(workspace, "scan", "resume", "S-0001")
    assert again.returncode == 2
    assert "the authorisation was revoked" in again.stderr


def test_what_hosts_in_flight_had_cost_is_kept_when_a_scan_is_stopped(
    workspace: Workspace,
) -> None:
    letter = slow_letter(workspace, "127.0.6.1", "--host-rate", "4", "--host-connections", "1")
    arguments = ("scan", "run", "127.0.6.1", "--no-nmap", "--timeout", "30", *letter, "--ports")
    with closing(socket.create_server(("127.0.6.1", 0), backlog=8)) as listener:
        port = str(listener.getsockname()[1])
        with started(workspace, *arguments, port, stderr=subprocess.PIPE) as scan:
            listener.settimeout(60)
            listener.accept()[0].close()
            listener.accept()[0].close()
            scan.send_signal(signal.SIGTERM)
            said = scan.communicate(timeout=60)[1]
    assert scan.returncode == 1, said
    with workspace.view() as connection:
        totals = scans.totals(connection, "S-0001")
        assert scans.hosts_done(connection, "S-0001") == frozenset()
    assert totals.hosts == {"interrupted": 1}
    assert totals.packets > 0
    assert totals.connections >= 2


def test_two_scans_at_once_are_refused(workspace: Workspace) -> None:
    with exclusive(workspace.folder, "scan"):
        refused = run(workspace, "127.0.0.1", "--ports", "1")
    assert refused.returncode == RefusedError.exit_code
    assert "another process" in refused.stderr


def test_diff_tells_what_was_fixed_and_what_was_not_reached(
    workspace: Workspace, telnet: int
) -> None:
    target = ("127.0.0.1", "--ports", str(telnet))
    run(workspace, *target)
    run(workspace, "127.0.0.2", "--ports", str(telnet))
    missing = secaudit(workspace, "scan", "diff", "S-0001", "S-0002", "--format", "json")
    assert [row["difference"] for row in json.loads(missing.stdout)] == ["not_reached"]
    run(workspace, *target)
    same = secaudit(workspace, "scan", "diff", "S-0001", "S-0003", "--format", "json")
    assert [row["difference"] for row in json.loads(same.stdout)] == ["still_failed"]


@contextmanager
def started(workspace: Workspace, *arguments: str, stderr: int) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test; it is killed at the end of the block."""
    with subprocess.Popen(command(workspace, *arguments), stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_hosts(workspace: Workspace, count: int) -> None:
    for _ in range(600):
        if len(hosts_done(workspace)) >= count:
            return
        time.sleep(0.1)
    pytest.fail("the scan kept no host within a minute")


def wait_for_scan(workspace: Workspace) -> None:
    """Wait until a scan has begun, and has had the time to send something."""
    for _ in range(600):
        opened = open_workspace(workspace.folder)
        with opened.view() as connection:
            known = scans.list_all(connection)
        opened.database.close()
        if known:
            time.sleep(1)
            return
        time.sleep(0.1)
    pytest.fail("no scan began within a minute")


def hosts_done(workspace: Workspace) -> frozenset[str]:
    opened = open_workspace(workspace.folder)
    try:
        with opened.view() as connection:
            known = scans.list_all(connection)
            return scans.hosts_done(connection, known[0].id) if known else frozenset()
    finally:
        opened.database.close()
