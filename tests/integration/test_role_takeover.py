"""Nobody becomes who decides by a blank page: attempts through the command line, all refused."""

from pathlib import Path

import pytest
from assured_city import AssuredCity
from signed_papers import authority, signed_pdf, signer

from secaudit.registry import people

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
