"""The same servers through sslyze and testssl.sh: whatever they test too, they answer alike."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import weak_servers
from tls_pki import Issued, Wish, issue, rsa_key
from weak_probing import look
from weak_servers import Sound, weak_server

NAME = "localhost"
"""Under an address the peers would send it as the server's name, which tlslite-ng refuses."""
SERVERS: dict[str, dict[str, Any]] = {
    "sound": {},
    "heartbleed": {"flaw": weak_servers.Bleeding},
    "ccs_injection": {"flaw": weak_servers.EarlyChange},
    "renegotiation": {"flaw": weak_servers.Unbound},
    "alert": {"oracle": "alert"},
    "late": {"oracle": "late"},
    "weak": {"oracle": "weak"},
}


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key(), name=NAME, names=(NAME,)))


@contextmanager
def serving(kind: str, issued: Issued) -> Iterator[int]:
    given = SERVERS[kind]
    flaw, oracle = given.get("flaw", Sound), given.get("oracle", "")
    with weak_server(issued, flaw, oracle=oracle) as port:
        yield port


def by_sslyze(port: int) -> dict[str, Any]:
    """What sslyze says, in our words."""
    program = Path(sys.prefix) / "bin" / "sslyze"
    if not program.exists():
        pytest.skip("needs sslyze (pip install .[bench]), to compare answers with")
    asked = ["--heartbleed", "--openssl_ccs", "--robot", "--reneg", "--compression"]
    done = subprocess.run(
        [str(program), *asked, "--json_out=-", f"{NAME}:{port}"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)["server_scan_results"][0]["scan_result"]
    robot = found["robot"]["result"]["robot_result"]
    return {
        "heartbleed": found["heartbleed"]["result"]["is_vulnerable_to_heartbleed"],
        "ccs_injection": found["openssl_ccs_injection"]["result"]["is_vulnerable_to_ccs_injection"],
        "robot": robot in ("VULNERABLE_STRONG_ORACLE", "VULNERABLE_WEAK_ORACLE"),
        "strength": robot.split("_")[1].lower() if "VULNERABLE_" in robot[:11] else None,
        "bound": found["session_renegotiation"]["result"]["supports_secure_renegotiation"],
        "crime": found["tls_compression"]["result"]["supports_compression"],
    }


@pytest.mark.parametrize("kind", SERVERS)
def test_sslyze_says_the_same(kind: str, issued: Issued) -> None:
    with serving(kind, issued) as port:
        theirs = by_sslyze(port)
        seen = look(port, NAME)

    for weakness in ("heartbleed", "ccs_injection", "robot", "crime"):
        assert (seen.state(weakness) == "proved") == theirs[weakness]
        assert (seen.state(weakness) == "absent") != theirs[weakness]
    facts = seen.observation.data["weaknesses"]["robot"]["facts"]
    assert facts.get("strength") == theirs["strength"]
    # sslyze tells whether the extension is there; we, whether it can be done without.
    assert (seen.why("renegotiation") == "renegotiation_bound") == theirs["bound"]


@pytest.mark.parametrize(
    ("kind", "option", "verdict"),
    [
        ("heartbleed", "-H", "CRITICAL"),
        ("ccs_injection", "-I", "CRITICAL"),
        ("weak", "-BB", "MEDIUM"),
    ],
)
def test_testssl_says_the_same(
    kind: str, option: str, verdict: str, issued: Issued, tmp_path: Path
) -> None:
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if program is None:
        pytest.skip("needs testssl.sh, to compare answers with")
    answer = tmp_path / "answer.json"
    quiet = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "min", "--ip", "127.0.0.1"]
    with serving(kind, issued) as port:
        subprocess.run(
            [program, *quiet, option, "--jsonfile", str(answer), f"{NAME}:{port}"],
            capture_output=True,
            check=False,
        )
        seen = look(port, NAME)

    names = {"-H": "heartbleed", "-I": "CCS", "-BB": "ROBOT"}
    theirs = {item["id"]: item["severity"] for item in json.loads(answer.read_text())}
    assert theirs[names[option]] == verdict
    ours = {"-H": "heartbleed", "-I": "ccs_injection", "-BB": "robot"}
    assert seen.state(ours[option]) == "proved"
