"""Signatures of documents: every verdict, on documents that were really signed."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from signed_papers import (
    authority,
    detached,
    plain_pdf,
    signed_pdf,
    signer,
    with_certificates_kept,
    with_text_added,
)

from secaudit.app import signature_checks
from secaudit.app.setup import init_workspace
from secaudit.app.signatures import check, check_document
from secaudit.core.errors import RefusedError
from secaudit.core.signature import SignatureVerdict

WITHOUT = """
import sys
sys.modules["pyhanko"] = None
from pathlib import Path
from secaudit.app.signatures import check
found = check(Path(sys.argv[1]).read_bytes(), None, ())
print(found.verdict.value, found.why)
"""
LOUD = """
import sys
from pathlib import Path
from secaudit.app.signatures import check
roots = (Path(sys.argv[1]).read_bytes(),)
for name in sys.argv[2:]:
    print(check(Path(name).read_bytes(), None, roots).verdict.value)
"""
NONE, VALID, UNTRUSTED, ALTERED, NOT_CHECKED = SignatureVerdict


@pytest.fixture(scope="module")
def root():
    return authority()


def test_a_scan_of_paper_has_no_signature(root):
    for content in (plain_pdf(), b"kertas", b"/ByteRange"):
        found = check(content, None, (root.pem,))
        assert (found.verdict, found.signers) == (NONE, ())


def test_a_signature_under_a_root_of_the_workspace_is_valid(root):
    found = check(signed_pdf(signer(root)), None, (root.pem,))
    assert found.verdict is VALID
    [who] = found.signers
    assert (who.name, who.issuer) == ("GCIO Kota Contoh", "CA Tanda Tangan Kota Contoh")
    assert who.signed_at is not None
    assert abs(datetime.now(UTC) - who.signed_at) < timedelta(hours=1)
    assert (who.stamped_at, who.expired_when_signed) == (None, False)


def test_without_its_root_the_signer_is_unknown(root):
    content = signed_pdf(signer(root))
    for roots in ((), (authority().pem,), (b"no certificate",)):
        found = check(content, None, roots)
        assert (found.verdict, found.why) == (UNTRUSTED, "unknown_root")


def test_a_changed_document_is_altered(root):
    content = signed_pdf(signer(root))
    flipped = bytearray(content)
    flipped[content.index(b"/MediaBox") + 12] ^= 1
    for changed in (with_text_added(content), bytes(flipped), content[: len(content) // 2]):
        assert check(changed, None, (root.pem,)).verdict is ALTERED
    assert check(with_text_added(content), None, (root.pem,)).verdict is ALTERED
    assert check(bytes(flipped), None, (root.pem,)).verdict is ALTERED


def test_a_damaged_signature_is_not_taken_for_none(root):
    content = signed_pdf(signer(root))
    for mark, broken in (
        (b"/ByteRange", b"/BytxRange"),
        (b"/Type /Sig", b"/Type /Xig"),
        (b"/AcroForm", b"/AcroXorm"),
        (b"/Fields", b"/Xields"),
        (b"/V ", b"/X "),
        (b"/FT /Sig", b"/FT /Txt"),
        (b"%PDF-", b"%XXX-"),
    ):
        assert mark in content
        found = check(content.replace(mark, broken), None, (root.pem,))
        assert found.verdict is ALTERED, mark
    for cut in (len(content) // 2, len(content) - 200):
        assert check(content[:cut], None, (root.pem,)).verdict is ALTERED
    beside = detached(signer(root), content.replace(b"/V ", b"/X "))
    assert check(content.replace(b"/V ", b"/X "), beside, (root.pem,)).verdict is ALTERED


def test_bytes_after_what_is_signed(root):
    content = signed_pdf(signer(root))
    assert check(content + b"\r\n \x00", None, (root.pem,)).verdict is VALID
    shadow = b"1 0 obj\n<</Contents 9 0 R>>\nendobj\n" + content[content.rindex(b"startxref") :]
    twice = signed_pdf(signer(root, "Sekda Kota Contoh"), content, "Kedua")
    for base in (content, twice):
        for more in (b"tambahan", b"\n% catatan\n", shadow):
            found = check(base + more, None, (root.pem,))
            assert (found.verdict, found.why) == (ALTERED, "covers_a_part")


def test_what_is_kept_for_later_checks_may_follow_the_signature(root):
    content = signed_pdf(signer(root))
    kept = with_certificates_kept(content, root)
    assert kept.startswith(content)
    assert check(kept, None, (root.pem,)).verdict is VALID
    for more in (b"tambahan", b"\n%%EOF\n"):
        assert check(kept + more, None, (root.pem,)).verdict is ALTERED


@pytest.mark.parametrize("roots", ["mine", "strange"])
def test_the_libraries_say_nothing_to_the_terminal(root, tmp_path, roots):
    """pyHanko logs a traceback for each chain that it cannot build."""
    signed = tmp_path / "surat.pdf"
    signed.write_bytes(signed_pdf(signer(root)))
    (tmp_path / "ca.pem").write_bytes(root.pem if roots == "mine" else authority().pem)
    broken = tmp_path / "rusak.pdf"
    broken.write_bytes(signed.read_bytes()[:-300])
    told = subprocess.run(
        [sys.executable, "-W", "always", "-c", LOUD, str(tmp_path / "ca.pem"), signed, broken],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["valid" if roots == "mine" else "untrusted", "altered"]
    assert told.stderr == ""


def test_a_check_that_takes_too_long_is_given_up(root, monkeypatch):
    monkeypatch.setattr(signature_checks, "LONGEST_SECONDS", 0.0)
    found = check(signed_pdf(signer(root)), None, (root.pem,))
    assert (found.verdict, found.why) == (ALTERED, "too_slow")


def test_two_signers_and_the_worse_one_counts(root):
    once = signed_pdf(signer(root))
    twice = signed_pdf(signer(root, "Sekda Kota Contoh"), once, "Kedua")
    found = check(twice, None, (root.pem,))
    assert found.verdict is VALID
    assert [who.name for who in found.signers] == ["GCIO Kota Contoh", "Sekda Kota Contoh"]
    strange = signed_pdf(signer(authority(), "Orang lain"), once, "Kedua")
    found = check(strange, None, (root.pem,))
    assert found.verdict is UNTRUSTED
    assert [who.verdict for who in found.signers] == [VALID, UNTRUSTED]


def test_a_certificate_that_had_run_out_is_told_and_not_fatal(root):
    now = datetime.now(UTC)
    old = signer(root, begins=now - timedelta(days=400), ends=now - timedelta(days=30))
    found = check(signed_pdf(old), None, (root.pem,))
    assert found.verdict is VALID
    assert [who.expired_when_signed for who in found.signers] == [True]


@pytest.mark.parametrize("pem", [False, True])
def test_a_signature_beside_the_document(root, pem):
    who = signer(root)
    paper = b"Nota dinas\n"
    beside = detached(who, paper, pem=pem)
    assert check(paper, beside, (root.pem,)).verdict is VALID
    assert check(paper, beside, ()).verdict is UNTRUSTED
    assert check(paper + b"!", beside, (root.pem,)).verdict is ALTERED
    assert check(paper, beside[:-40], (root.pem,)).verdict is ALTERED
    assert check(paper, b"bukan tanda tangan", (root.pem,)).verdict is ALTERED


def test_what_was_signed_is_kept_and_what_was_altered_is_not(root, tmp_path):
    workspace = init_workspace(tmp_path / "ws", "Pemerintah Kota Contoh", "en")
    roots = workspace.folder / "trust" / "signatures"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(root.pem)
    paper = tmp_path / "nota.txt"
    paper.write_bytes(b"Nota dinas\n")
    beside = tmp_path / "nota.txt.p7s"
    beside.write_bytes(detached(signer(root), paper.read_bytes()))
    kept = check_document(workspace, paper)
    assert kept.signature.verdict is VALID
    assert workspace.evidence.get(kept.sha256) == paper.read_bytes()
    assert kept.signature.beside is not None
    assert workspace.evidence.get(kept.signature.beside) == beside.read_bytes()

    before = sorted(workspace.evidence.digests())
    changed = tmp_path / "nota.pdf"
    changed.write_bytes(with_text_added(signed_pdf(signer(root))))
    with pytest.raises(RefusedError, match="was changed after it was signed"):
        check_document(workspace, changed)
    assert sorted(workspace.evidence.digests()) == before
    workspace.database.close()


def test_the_roots_of_servers_are_not_those_of_signers(root, tmp_path):
    workspace = init_workspace(tmp_path / "ws", "Pemerintah Kota Contoh", "en")
    (workspace.folder / "trust" / "tls.pem").write_bytes(root.pem)
    signed = tmp_path / "surat.pdf"
    signed.write_bytes(signed_pdf(signer(root)))
    assert check_document(workspace, signed).signature.verdict is UNTRUSTED
    workspace.database.close()


def test_without_pyhanko_a_signature_is_said_not_to_be_checked(root, tmp_path):
    signed = tmp_path / "surat.pdf"
    signed.write_bytes(signed_pdf(signer(root)))
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(signed)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["not_checked", "pyhanko_missing"]
