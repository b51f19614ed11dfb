"""The Statement of Applicability: versions of lines, one line for each control.

A draft is edited line by line. Once a named person has approved it with a signed document it
stays as it is (the database refuses every change too), and the next draft begins from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.assurance.evidence import EvidenceFile, of_rows, to_rows
from secaudit.assurance.vocabulary import Implementation, InclusionKind, StatementState
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.assurance import statement as table
from secaudit.store.tables.assurance import statement_line as line_table

PREFIX = "SOA"


@dataclass(frozen=True)
class Inclusion:
    """One reason why a control is included. ``reference`` is an article's, a risk's or our words.

    A proposed one was found by the program, and counts for nothing until a person confirms it.
    """

    kind: InclusionKind
    reference: str
    proposed: bool = False


@dataclass(frozen=True)
class Line:
    """What the statement says about one control. ``applicable`` is None until it is decided."""

    requirement: str
    applicable: bool | None = None
    justification: str = ""
    inclusions: tuple[Inclusion, ...] = ()
    implementation: Implementation | None = None
    owner: str = ""
    evidence: tuple[EvidenceFile, ...] = ()

    @property
    def confirmed(self) -> tuple[Inclusion, ...]:
        """The reasons that people gave or confirmed."""
        return tuple(item for item in self.inclusions if not item.proposed)

    @property
    def proposals(self) -> tuple[Inclusion, ...]:
        """The reasons that only the program gave."""
        return tuple(item for item in self.inclusions if item.proposed)


@dataclass(frozen=True)
class Statement:
    """One version. ``approved_by`` is the account that recorded the approval."""

    schema_version: ClassVar[int] = 1

    id: str
    framework: str
    version: int
    state: StatementState
    made_at: datetime
    made_by: str
    based_on: str | None
    note: str
    approver: str | None
    approved_at: datetime | None
    approved_by: str | None
    document: EvidenceFile | None
    lines: Mapping[str, Line] = field(default_factory=dict)
    """By requirement, in the order of the catalogue."""


@dataclass(frozen=True)
class LineChange:
    """How one control's line differs between two versions; None where it was not there."""

    requirement: str
    before: Line | None
    after: Line | None
    fields: tuple[str, ...]


def start(
    connection: Connection,
    framework: str,
    lines: Sequence[Line],
    *,
    at: datetime,
    account: str,
    note: str = "",
    based_on: str | None = None,
) -> str:
    """Begin a draft and return its id. Raises RefusedError while another draft is open."""
    known = list_all(connection, framework)
    for item in known:
        if item.state is StatementState.DRAFT:
            raise RefusedError(
                "{statement} is still a draft",
                hint="finish it with: secaudit control soa approve",
                statement=item.id,
            )
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            framework=framework,
            version=max((item.version for item in known), default=0) + 1,
            state=StatementState.DRAFT.value,
            made_at=at,
            made_by=account,
            based_on=based_on,
            note=note,
        )
    )
    connection.execute(insert(line_table), [_values(identity, line, at, account) for line in lines])
    return identity


def put_line(
    connection: Connection, statement_id: str, line: Line, *, at: datetime, account: str
) -> None:
    """Write one line of a draft. Raises RefusedError for an approved version."""
    statement = get(connection, statement_id)
    require_draft(statement)
    values = _values(statement_id, line, at, account)
    if line.requirement in statement.lines:
        connection.execute(
            update(line_table)
            .where(
                line_table.c.statement_id == statement_id,
                line_table.c.requirement == line.requirement,
            )
            .values(**values)
        )
    else:
        connection.execute(insert(line_table), [values])


def approve(
    connection: Connection,
    statement_id: str,
    *,
    approver: str,
    document: EvidenceFile,
    at: datetime,
    account: str,
) -> None:
    """Approve a draft in the name of a person, with the document that the person signed."""
    require_draft(get(connection, statement_id))
    if not approver.strip():
        raise InputError("an approval needs the name of the approver")
    connection.execute(
        update(table)
        .where(table.c.id == statement_id)
        .values(
            state=StatementState.APPROVED.value,
            approver=approver.strip(),
            approved_at=at,
            approved_by=account,
            document=to_rows([document])[0],
        )
    )


def require_draft(statement: Statement) -> None:
    """Raise RefusedError for an approved version."""
    if statement.state is StatementState.APPROVED:
        raise RefusedError(
            "{statement} was approved by {name} and stays as it is",
            hint="begin the next version with: secaudit control soa init",
            statement=statement.id,
            name=statement.approver,
        )


def get(connection: Connection, statement_id: str) -> Statement:
    """Return one version with its lines. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == statement_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no statement of applicability {statement}",
            hint="see them with: secaudit control soa list",
            statement=statement_id,
        )
    query = select(line_table).where(line_table.c.statement_id == statement_id)
    return _statement(row, [_line(found) for found in connection.execute(query)])


def list_all(connection: Connection, framework: str | None = None) -> list[Statement]:
    """Return every version, oldest first, without the lines."""
    query = select(table).order_by(table.c.number)
    if framework is not None:
        query = query.where(table.c.framework == framework)
    return [_statement(row, ()) for row in connection.execute(query)]


def latest(
    connection: Connection, framework: str | None = None, state: StatementState | None = None
) -> Statement | None:
    """Return the newest version with its lines, or None; of one state if that is given."""
    found = [
        item for item in list_all(connection, framework) if state is None or item.state is state
    ]
    return get(connection, found[-1].id) if found else None


def compare(before: Statement, after: Statement) -> tuple[LineChange, ...]:
    """Tell in which controls two versions differ, and in what."""
    changes = []
    for requirement in dict.fromkeys((*before.lines, *after.lines)):
        old, new = before.lines.get(requirement), after.lines.get(requirement)
        differing = tuple(
            name
            for name in (
                *("applicable", "justification", "inclusions"),
                *("implementation", "owner", "evidence"),
            )
            if old is None or new is None or getattr(old, name) != getattr(new, name)
        )
        if differing:
            changes.append(LineChange(requirement, old, new, differing))
    return tuple(changes)


def _values(statement_id: str, line: Line, at: datetime, account: str) -> dict[str, Any]:
    return {
        "statement_id": statement_id,
        "requirement": line.requirement,
        "applicable": line.applicable,
        "justification": line.justification,
        "inclusions": [
            {"kind": item.kind.value, "reference": item.reference, "proposed": item.proposed}
            for item in line.inclusions
        ],
        "implementation": line.implementation and line.implementation.value,
        "owner": line.owner,
        "evidence": to_rows(line.evidence),
        "updated_at": at,
        "updated_by": account,
    }


def _line(row: Row[Any]) -> Line:
    return Line(
        requirement=row.requirement,
        applicable=row.applicable,
        justification=row.justification,
        inclusions=tuple(
            Inclusion(InclusionKind(item["kind"]), item["reference"], item["proposed"])
            for item in row.inclusions
        ),
        implementation=Implementation(row.implementation) if row.implementation else None,
        owner=row.owner,
        evidence=of_rows(row.evidence),
    )


def _statement(row: Row[Any], lines: Iterable[Line]) -> Statement:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return Statement(
        **{
            **fields,
            "state": StatementState(row.state),
            "document": of_rows([row.document])[0] if row.document else None,
        },
        lines={line.requirement: line for line in lines},
    )
