"""The Statement of Applicability: drafts, approval, and what stays as it was approved."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from secaudit.assurance import statements
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.statements import Inclusion, Line
from secaudit.assurance.vocabulary import Implementation, InclusionKind, StatementState
from secaudit.core.errors import InputError, NotFoundError, RefusedError

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
FRAMEWORK = "iso27001-2022"
DOCUMENT = EvidenceFile("cd" * 32, "soa-ttd.pdf")
LAW = Inclusion(InclusionKind.LAW, "perda-pekalongan-3-2026:pasal-26.ayat-5", proposed=True)
LINE = Line("iso27001-2022:A.8.24", inclusions=(LAW,))


def begin(connection: Connection, *lines: Line) -> str:
    return statements.start(connection, FRAMEWORK, lines or (LINE,), at=NOW, account="a@b")


def approve(connection: Connection, identity: str) -> None:
    statements.approve(
        connection, identity, approver="Sekretaris Daerah", document=DOCUMENT, at=NOW, account="a@b"
    )


def test_a_line_comes_back_as_it_was_written(connection: Connection) -> None:
    identity = begin(connection)
    full = replace(
        LINE,
        applicable=True,
        justification="karena",
        inclusions=(replace(LAW, proposed=False), Inclusion(InclusionKind.GOOD_PRACTICE, "")),
        implementation=Implementation.PARTLY,
        owner="Dinas Contoh",
        evidence=(DOCUMENT,),
    )
    statements.put_line(connection, identity, full, at=NOW, account="a@b")
    found = statements.get(connection, identity).lines[LINE.requirement]
    assert found == full
    assert found.proposals == ()


def test_one_draft_at_a_time(connection: Connection) -> None:
    begin(connection)
    with pytest.raises(RefusedError, match="still a draft"):
        begin(connection)


def test_versions_are_counted_for_each_standard(connection: Connection) -> None:
    approve(connection, begin(connection))
    second = begin(connection)
    other = statements.start(connection, "iso27001-2013", [LINE], at=NOW, account="a@b")
    assert (second, statements.get(connection, second).version) == ("SOA-0002", 2)
    assert statements.get(connection, other).version == 1
    newest = statements.latest(connection, FRAMEWORK)
    approved = statements.latest(connection, FRAMEWORK, StatementState.APPROVED)
    assert newest is not None
    assert approved is not None
    assert (newest.id, approved.id) == (second, "SOA-0001")


def test_what_was_approved_stays(connection: Connection) -> None:
    identity = begin(connection)
    approve(connection, identity)
    found = statements.get(connection, identity)
    assert (found.state, found.approver, found.document) == (
        StatementState.APPROVED,
        "Sekretaris Daerah",
        DOCUMENT,
    )
    with pytest.raises(RefusedError, match="stays as it is"):
        statements.put_line(connection, identity, LINE, at=NOW, account="a@b")
    with pytest.raises(RefusedError, match="stays as it is"):
        approve(connection, identity)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE statement SET approver = 'other'",
        "DELETE FROM statement",
        "UPDATE statement_line SET applicable = 0",
        "DELETE FROM statement_line",
        (
            "INSERT INTO statement_line SELECT statement_id, 'x', applicable, justification,"
            " inclusions, implementation, owner, evidence, updated_at, updated_by"
            " FROM statement_line"
        ),
    ],
)
def test_the_database_refuses_it_too(connection: Connection, sql: str) -> None:
    approve(connection, begin(connection))
    with pytest.raises(IntegrityError, match="stays as it is"):
        connection.execute(text(sql))


def test_an_approval_needs_a_name(connection: Connection) -> None:
    identity = begin(connection)
    with pytest.raises(InputError):
        statements.approve(
            connection, identity, approver=" ", document=DOCUMENT, at=NOW, account="a@b"
        )
    with pytest.raises(NotFoundError):
        approve(connection, "SOA-0009")


def test_two_versions_are_compared_line_by_line_and_field_by_field(connection: Connection) -> None:
    gone, kept = Line("iso27001-2022:A.5.1"), Line("iso27001-2022:A.5.2")
    first = begin(connection, LINE, gone, kept)
    approve(connection, first)
    new = Line("iso27001-2022:A.5.3")
    second = begin(connection, replace(LINE, applicable=False, justification="x"), kept, new)
    changes = statements.compare(
        statements.get(connection, first), statements.get(connection, second)
    )
    found = {change.requirement: change for change in changes}
    assert set(found) == {LINE.requirement, gone.requirement, new.requirement}
    assert found[LINE.requirement].fields == ("applicable", "justification")
    assert found[gone.requirement].after is None
    assert found[new.requirement].before is None
