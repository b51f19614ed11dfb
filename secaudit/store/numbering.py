"""Human ids (``F-0001``), given inside the write transaction, so that none is given twice."""

from sqlalchemy import Connection, Table, func, select


def human_id(prefix: str, number: int) -> str:
    """Write an id: four digits at least, more where they are needed."""
    return f"{prefix}-{number:04d}"


def next_number(connection: Connection, table: Table) -> int:
    """The number after the highest one in ``table.number``; the caller holds the write lock."""
    highest = connection.execute(select(func.max(table.c.number))).scalar()
    return int(highest or 0) + 1
