import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InternalError, NotFoundError, VerificationError
from secaudit.store.evidence import EvidenceStore


@pytest.fixture
def store(tmp_path):
    return EvidenceStore(tmp_path / "evidence")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_what_is_put_comes_back_under_its_hash(store, content):
    digest = store.put(content, "application/octet-stream")
    assert digest == sha256_hex(content) == store.put(content, "text/plain")
    assert store.get(digest) == content
    assert digest in list(store.digests())


def test_only_the_content_and_its_note_are_on_disk(store):
    digest = store.put(b"a", "text/plain")
    names = sorted(path.name for path in (store.folder / digest[:2]).iterdir())
    assert names == [digest, f"{digest}.json"]
    note = store.path_of(digest).with_suffix(".json").read_text(encoding="ascii")
    assert note == '{"media_type":"text/plain","size":1}'


def test_changed_evidence_is_noticed(store):
    digest = store.put(b"a", "text/plain")
    store.path_of(digest).write_bytes(b"b")
    with pytest.raises(VerificationError, match="was changed"):
        store.get(digest)


def test_missing_evidence_is_named(store):
    with pytest.raises(NotFoundError, match="ab" * 32):
        store.get("ab" * 32)


def test_a_place_that_takes_no_files_is_named(tmp_path):
    (tmp_path / "evidence").write_bytes(b"a file")
    with pytest.raises(InternalError, match="evidence"):
        EvidenceStore(tmp_path / "evidence").put(b"a", "text/plain")
