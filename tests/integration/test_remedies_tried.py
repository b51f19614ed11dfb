"""The ready lines of remediations, as real servers take them: they start, and a new scan passes.

The lines are read out of the declarations, so that what is tried is what an administrator is told.
"""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import starttls_servers as mail
from starttls_probing import words_dialer
from starttls_servers import HOST, open_to_all
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, endpoint_at, free_dialer, outcomes
from tls_servers import nginx_server

from scanners.base import Dialer
from scanners.handshake.probe import probe_handshake
from scanners.registry import load_checks
from scanners.tls.probe import probe_tls
from secaudit.core.observation import Observation

CHECKS = load_checks()
WEAK_POSTFIX = (
    "smtpd_tls_protocols = >=TLSv1",
    "smtpd_tls_ciphers = low",
    "tls_low_cipherlist = ALL:COMPLEMENTOFALL:@SECLEVEL=0",
    "tls_medium_cipherlist = ALL:COMPLEMENTOFALL:@SECLEVEL=0",
)
WEAK_DOVECOT = ("ssl_min_protocol = TLSv1", "ssl_cipher_list = ALL:@SECLEVEL=0")
SOUND = ("passed", "not_applicable")
"""What a new scan may say; the second where nothing is left to judge (no Diffie-Hellman at all)."""
TOLD = [
    ("tls.protocol.tls1_0", 1),
    ("tls.protocol.tls1_1", 1),
    ("tls.cipher.no_forward_secrecy", 1),
    ("tls.cipher.no_forward_secrecy", 2),
    ("tls.dh.weak", 1),
    ("tls.dh.weak", 2),
    ("tls.dh.common_prime", 2),
    ("tls.preference.client", 2),
    ("tls.signature.sha1", 1),
]
"""Checks that the weak settings fail, and the step of the remediation that is tried."""
POSTFIX_ALONE = {("tls.cipher.no_forward_secrecy", 2), ("tls.dh.common_prime", 2)}
"""Dovecot's step is another one, or its weak settings do not fail the check."""

HANGS_UP = {"tls.signature.sha1"}
"""Dovecot ends a connection without an alert where no signature suits: that decides nothing."""


def step(text: str, number: int) -> str:
    """One numbered step of a remediation."""
    return re.split(r"(?m)^(?=\d\. )", text)[number]


def lines(check: str, number: int, program: str, folder: Path, language: str = "en") -> list[str]:
    """The settings of one program in a step, with the paths in it moved into a folder."""
    told = step(getattr(CHECKS[check].remediation, language), number)
    rows = [row for row in told.splitlines() if row.strip().startswith(program)]
    where = rows or [told]
    quoted = [item for row in where for item in re.findall(r'"([^"]+)"', _today(row))]
    settings = [item for item in quoted if re.match(r"\w+ = ", item)]
    return [re.sub(r"/etc/\w+/", f"{folder}/", item) for item in settings]


def _today(row: str) -> str:
    """Without what stands in brackets: the names of other releases."""
    return re.sub(r"\((?:before|from|sebelum|sejak)[^)]*\)", "", row)


def files_for(folder: Path, check: str) -> None:
    """Make the files that the lines name, by the commands and contents that are told."""
    told = CHECKS[check].remediation.en
    command = re.search(r'"(openssl genpkey -genparam[^"]+) -out [^"]+"', told)
    if command is not None:
        made = [*command[1].split(), "-out", str(folder / "ffdhe2048.pem")]
        subprocess.run(made, check=True, capture_output=True)
    content = re.search(r"In /etc/ssl/mail\.cnf:\n(.*?)\n\d\. ", told, re.DOTALL)
    if content is not None:
        (folder / "mail.cnf").write_text(content[1] + "\n")
    for path in folder.iterdir():
        if path.is_file():
            path.chmod(0o644)


def found_at(port: int, dialer: Dialer, *names: str, address: str = HOST) -> list[Observation]:
    async def look() -> list[Observation]:
        kept, endpoint = MemoryEvidence(), endpoint_at(port, *names, address=address)
        seen = await probe_tls(endpoint, dialer, kept)
        return seen + await probe_handshake(endpoint, dialer, kept, seen[0])

    return asyncio.run(look())


def of_postfix(folder: Path, *settings: str) -> dict[str, str]:
    certificate, key = mail.credentials(open_to_all(folder / "rsa"), rsa())
    own = (f"smtpd_tls_cert_file = {certificate}", f"smtpd_tls_key_file = {key}")
    with mail.postfix(folder / "server", *own, *settings) as port:
        return outcomes(*found_at(port, words_dialer("smtp")))


def of_dovecot(folder: Path, *settings: str, short_prime: bool = True) -> dict[str, str]:
    certificate, key = mail.credentials(open_to_all(folder / "rsa"), rsa())
    short = folder / "rsa" / "short.pem"
    command = ["openssl", "dhparam", "-out", str(short), "-dsaparam", "1024"]
    subprocess.run(command, check=True, capture_output=True)
    short.chmod(0o644)
    own = [f"ssl_cert = <{certificate}", f"ssl_key = <{key}"]
    own += [f"ssl_dh = <{short}"] * short_prime
    with mail.dovecot(folder / "server", *own, *settings) as ports:
        return outcomes(*found_at(ports["imap"], words_dialer("imap")))


def rsa() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


@pytest.fixture(scope="module")
def weak_postfix(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return of_postfix(tmp_path_factory.mktemp("postfix"), *WEAK_POSTFIX)


@pytest.fixture(scope="module")
def weak_dovecot(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return of_dovecot(tmp_path_factory.mktemp("dovecot"), *WEAK_DOVECOT)


@pytest.mark.parametrize(("check", "number"), TOLD)
def test_lines_for_postfix(
    check: str, number: int, weak_postfix: dict[str, str], tmp_path: Path
) -> None:
    assert weak_postfix[check] == "failed"
    files_for(open_to_all(tmp_path), check)
    told = lines(check, number, "Postfix", tmp_path)
    assert told
    assert of_postfix(tmp_path / "after", *WEAK_POSTFIX, *told)[check] in SOUND


@pytest.mark.parametrize(("check", "number"), [item for item in TOLD if item not in POSTFIX_ALONE])
def test_lines_for_dovecot(
    check: str, number: int, weak_dovecot: dict[str, str], tmp_path: Path
) -> None:
    assert weak_dovecot[check] == "failed"
    files_for(open_to_all(tmp_path), check)
    told = lines(check, number, "Dovecot", tmp_path)
    assert told
    kept = 'take an "ssl_dh"' not in step(CHECKS[check].remediation.en, number)
    after = of_dovecot(tmp_path / "after", *WEAK_DOVECOT, *told, short_prime=kept)
    assert after[check] in SOUND or (check in HANGS_UP and after[check] == "inconclusive")


def test_both_languages_tell_the_same_lines(tmp_path: Path) -> None:
    for check, number in TOLD:
        for program in ("Postfix", "Dovecot"):
            one = lines(check, number, program, tmp_path)
            other = lines(check, number, program, tmp_path, "id")
            assert [item.replace("surel.cnf", "mail.cnf") for item in other] == one


@pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin") is None, reason="needs nginx")
@pytest.mark.parametrize("told", [True, False])
def test_the_default_server_of_nginx_that_refuses_unknown_names(told: bool, tmp_path: Path) -> None:
    """Its versions rule the socket: without ssl_protocols in it TLS 1.3 is gone for all."""
    text = CHECKS["tls.sni.any_name"].remediation.en
    block = re.search(r'nginx: "(server \{[^"]+\})"', text)
    assert block is not None
    default = block[1].replace("443", "127.0.0.1:PORT")
    if not told:
        default = re.sub(r"ssl_protocols [^;]+; ", "", default)
    # The helper's own server is closed before, and the brackets come out even behind.
    more = ("ssl_protocols TLSv1.2 TLSv1.3;", f"server_name {NAME};", "}", default[:-1])
    with nginx_server(issue(), tmp_path, *more) as port:
        survey, talk = found_at(port, free_dialer(), NAME, address="127.0.0.1")
    protocols = survey.data["protocols"]
    assert protocols["TLS 1.2"] == "accepted"
    assert protocols["TLS 1.3"] == ("accepted" if told else "refused")
    if told:
        assert outcomes(survey, talk)["tls.sni.any_name"] == "passed"
        assert protocols["TLS 1.0"] == protocols["TLS 1.1"] == "refused"
