"""Nobody becomes who decides by a blank page: attempts through the command line, all refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from assured_city import AssuredCity
from signed_papers import authority, signed_pdf, signer

from secaudit.core.vocabulary import Outcome
from secaudit.registry import people

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
REDIS = ("net.redis.no_password", "kantor/192.0.2.8:6379/tcp")
PEOPLE = (
    ("Ani Contoh", "operator", "ani"),
    ("Iwan Contoh", "auditor", "iwan"),
    ("Rina Contoh", "risk_owner", "rina"),
    ("Walter Contoh", "viewer", "walter"),
    ("GCIO", "approver", "gcio"),
    ("Sekda", "coordinator", "sekda"),
)
BY_SEKDA = ("--by", "Sekda", "--reason", "mutasi")


@pytest.fixture
def city(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    made.act_as("ani")
    for name, role, account in PEOPLE[:-1]:
        made.run("role", "grant", name, "--role", role, "--account", account)
    made.act_as("gcio")
    made.run("role", "grant", *_words(PEOPLE[-1]))
    yield made
    made.workspace.database.close()


def _words(person: tuple[str, str, str]) -> tuple[str, ...]:
    return (person[0], "--role", person[1], "--account", person[2])


@pytest.fixture
def blank(city: AssuredCity) -> str:
    return city.file("kosong.pdf", "halaman kosong")


@pytest.fixture
def decree(city: AssuredCity) -> str:
    root = authority()
    roots = city.workspace.folder / "trust" / "signatures"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(root.pem)
    path = city.workspace.folder.parent / "sk.pdf"
    path.write_bytes(signed_pdf(signer(root, "Sekda Kota Contoh")))
    own = city.workspace.folder.parent / "milik-sendiri.pdf"
    own.write_bytes(signed_pdf(signer(root, "Ani Contoh, S.Kom")))
    return str(path)


def accounts(city: AssuredCity) -> dict[str, str | None]:
    with city.workspace.view() as connection:
        return {item.name: item.account for item in people.list_all(connection)}


def test_an_account_never_comes_along_with_a_role(city, blank, decree) -> None:
    before, trail = accounts(city), city.trail()
    for actor in ("mallory", "walter", "ani", "iwan"):
        for paper in (blank, decree):
            city.act_as(actor)
            for role in ("viewer", "risk_owner"):
                grant = ("role", "grant", "GCIO", "--role", role, "--account", "mallory")
                city.run(*grant, *BY_SEKDA, "--document", paper, code=2)
    city.act_as("sekda")
    city.run("role", "grant", "GCIO", "--role", "viewer", "--account", "mallory", code=2)
    assert "secaudit role account PN-0005 --account mallory" in city.talk
    assert (accounts(city), city.trail()) == (before, trail)


def test_an_account_is_changed_from_a_granters_own_account_alone(city, blank, decree) -> None:
    before = accounts(city)
    change = ("role", "account", "GCIO", "--account", "mallory", "--reason", "akun baru")
    for actor in ("mallory", "walter", "iwan", "rina", "ani"):
        city.act_as(actor)
        for paper in (blank, decree):
            city.run(*change, "--by", "Sekda", "--document", paper, code=2)
        city.run(*change, code=2)
    assert accounts(city) == before
    city.act_as("sekda")
    city.run("role", "account", "GCIO", "--account", "SEKDA", "--reason", "x", code=2)
    city.run("role", "account", "Rina Contoh", "--account", "sekda", "--reason", "x", code=2)
    assert "nobody makes the account from which they act" in city.talk
    city.run("role", "account", "GCIO", "--account", "ani", "--reason", "x", code=2)
    assert "the account ani is that of Ani Contoh" in city.talk
    city.run("role", "account", "g.c.i.o", "--account", "gcio-baru", "--reason", "akun baru")
    assert accounts(city)["GCIO"] == "gcio-baru"
    assert city.trail()[-1] == "role.account_changed"
    assert city.json("role", "show", "GCIO")["account"] == "gcio-baru"


def test_who_decides_is_not_removed_or_appointed_with_a_blank_page(city, blank, decree) -> None:
    trail = city.trail()
    new = ("role", "grant", "Baru Contoh", "--account", "baru")
    for actor in ("mallory", "walter", "iwan", "rina", "ani"):
        city.act_as(actor)
        for verb in (
            ("role", "revoke", "GCIO", "--role", "approver"),
            (*new, "--role", "approver"),
            (*new, "--role", "coordinator"),
        ):
            city.run(*verb, *BY_SEKDA, "--document", blank, code=2)
            if actor != "ani":
                city.run(*verb, *BY_SEKDA, "--document", decree, code=2)
                assert "may not do this" in city.talk
        if actor != "ani":
            city.run(*new, "--role", "operator", *BY_SEKDA, "--document", blank, code=2)
            city.run(
                *("role", "revoke", "Iwan Contoh", "--role", "auditor"), *BY_SEKDA,
                "--document", blank, code=2,
            )  # fmt: skip
    assert city.trail() == trail


def test_an_operator_enters_what_is_validly_signed_but_not_by_themselves(city, decree) -> None:
    city.act_as("ani")
    own = str(Path(decree).with_name("milik-sendiri.pdf"))
    revoke = ("role", "revoke", "GCIO", "--role", "approver", *BY_SEKDA)
    city.run(*revoke, "--document", own, code=2)
    assert "cannot be the one who signed it" in city.talk
    city.run(*revoke, "--document", decree)
    new = ("role", "grant", "Baru Contoh", "--role", "approver", "--account", "baru", *BY_SEKDA)
    city.run(*new, "--document", decree)
    mine = ("role", "grant", "Ani Contoh", "--role", "coordinator", *BY_SEKDA)
    city.run(*mine, "--document", decree, code=2)
    assert "nobody gives a role to themselves" in city.talk
    mine = ("role", "grant", "Ani Contoh", "--role", "risk_owner", *BY_SEKDA)
    city.run(*mine, "--document", city.file("kosong.txt"), code=2)
    city.run(*mine, "--document", decree)
    assert city.trail()[-3:] == ["role.revoked", "role.granted", "role.granted"]


def test_where_no_granter_has_an_account_a_signed_document_helps(
    tmp_path, capsys, monkeypatch
) -> None:
    city = AssuredCity(tmp_path / "lain", capsys, monkeypatch)
    root = authority()
    roots = city.workspace.folder / "trust" / "signatures"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(root.pem)
    paper = tmp_path / "sk.pdf"
    paper.write_bytes(signed_pdf(signer(root, "Sekda Kota Contoh")))
    city.act_as("ani")
    city.run("role", "grant", "Ani Contoh", "--role", "operator", "--account", "ani")
    city.run("role", "grant", "Sekda", "--role", "coordinator")
    change = ("role", "account", "Sekda", "--account", "sekda", "--reason", "kini memiliki akun")
    city.run(*change, code=2)
    city.run(*change, "--by", "Sekda", "--document", city.file("kosong.txt"), code=2)
    assert "a valid electronic signature" in city.talk
    city.act_as("mallory")
    city.run(*change, "--by", "Sekda", "--document", str(paper), code=2)
    city.act_as("ani")
    city.run(*change, "--by", "Sekda", "--document", str(paper))
    assert accounts(city) == {"Ani Contoh": "ani", "Sekda": "sekda"}
    city.workspace.database.close()


def test_a_grant_to_oneself_and_names_that_are_none(city) -> None:
    city.act_as("gcio")
    city.run("role", "grant", "G.C.I.O.", "--role", "coordinator", code=2)
    assert "nobody gives a role to themselves" in city.talk
    city.run("role", "grant", "P-0002", "--role", "viewer", code=2)
    assert "P-0002 is no name" in city.talk
    assert "PN-0002 is Iwan Contoh" in city.talk
    for name in ("GClO", "Anı Contoh", "1wan Contoh"):
        city.run("role", "grant", name, "--role", "viewer", "--account", "baru", code=2)
    assert len(city.json("role", "list")) == len(PEOPLE)


SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
ACCEPT = ("--reason", "anggaran", "--until", SOON)
SPELLINGS = ("gcio", "G.C.I.O", "\uff27\uff23\uff29\uff2f", "G\u0421IO", "GCIO, S.Kom", "Ir. GCIO")


@pytest.fixture
def found(city: AssuredCity) -> AssuredCity:
    city.act_as("ani")
    city.scan({TELNET: Outcome.FAILED, REDIS: Outcome.FAILED})
    return city


def test_another_spelling_makes_no_other_person(found, blank) -> None:
    accept = ("finding", "accept", "F-0001", *ACCEPT, "--proof", blank)
    for name in SPELLINGS:
        found.act_as("gcio")
        found.run(*accept, "--approver", "gcio", "--requested-by", name, code=2)
        assert "GCIO asked for this and cannot approve it too" in found.talk
        found.act_as("ani")
        found.run(*accept, "--approver", "GCIO", "--requested-by", name, code=2)
        found.run("finding", "assign", "F-0002", "--owner", name)
        owned = ("finding", "accept", "F-0002", *ACCEPT, "--proof", blank)
        found.run(*owned, "--approver", "GCIO", "--requested-by", "Ani Contoh", code=2)
        assert "GCIO owns F-0002" in found.talk
        if name != "gcio":
            found.act_as("sekda")
            found.run("role", "grant", name, "--role", "approver", code=2)
            assert "GCIO holds this role already" in found.talk


def test_who_asked_an_approver_is_registered_or_owns_it(found, blank) -> None:
    found.act_as("gcio")
    accept = ("finding", "accept", "F-0001", *ACCEPT, "--proof", blank, "--approver", "gcio")
    found.run(*accept, "--requested-by", "Budi Entah", code=2)
    assert "neither registered nor the unit that owns it" in found.talk
    assert "or: Dinas Contoh" in found.talk
    found.run(*accept, "--requested-by", "DINAS CONTOH")
    found.run(*accept[:2], "F-0002", *accept[3:], "--requested-by", "iwan")
    [kept] = [found.json("finding", "show", "F-0002")["acceptance"]]
    assert kept["requested_by"] == "Iwan Contoh"
    pause = ("finding", "pause", "F-0001", "--until", SOON, "--reason", "x")
    found.run(*pause, "--approver", "GCIO", "--by", "Budi Entah", code=2)


def test_a_unit_that_owns_is_whoever_belongs_to_it(found, blank) -> None:
    found.act_as("sekda")
    found.run("role", "grant", "GCIO", "--role", "viewer", "--unit", "Dinas Contoh")
    accept = ("finding", "accept", "F-0001", *ACCEPT, "--proof", blank)
    found.act_as("gcio")
    found.run(*accept, "--approver", "gcio", "--requested-by", "Ani Contoh", code=2)
    assert "GCIO owns F-0001 and cannot approve it too" in found.talk
    found.act_as("sekda")
    found.run(*accept, "--approver", "sekda", "--requested-by", "Dinas Contoh")


def test_a_risk_that_nobody_owns_is_neither_approved_nor_accepted(city, blank) -> None:
    city.act_as("ani")
    city.scan({("net.telnet.exposed", "kantor/192.0.2.77:23/tcp"): Outcome.FAILED})
    city.run("risk", "propose")
    assert city.json("risk", "show", "R-0001")["owner"] == ""
    city.act_as("gcio")
    city.run("risk", "approve", "R-0001", "--approver", "gcio", "--reason", "sesuai", code=2)
    refusal = city.talk
    assert "R-0001 has no owner: nobody would answer for it" in refusal
    treat = ("risk", "treat", "R-0001", "--how", "accept", *ACCEPT, "--proof", blank)
    city.run(*treat, "--approver", "gcio", "--requested-by", "Rina Contoh", code=2)
    assert city.talk == refusal


def test_notices_are_hurried_by_an_operator_alone(city) -> None:
    for actor in ("mallory", "walter", "gcio"):
        city.act_as(actor)
        city.run("notice", "send")
        city.run("notice", "send", "--now", code=2)
        assert "It is for: operator" in city.talk
    city.act_as("ani")
    city.run("notice", "send", "--now")
