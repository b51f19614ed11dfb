"""Every column that could keep a hash of evidence is known, and those that do are looked into."""

from sqlalchemy import JSON, String

from secaudit.store.evidence_references import PLACES, WITHOUT_EVIDENCE
from secaudit.store.tables import metadata

SHA256_LENGTH = 64


def test_each_column_that_could_keep_evidence_is_looked_into_or_said_to_keep_none() -> None:
    could = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, JSON)
        or (isinstance(column.type, String) and column.type.length == SHA256_LENGTH)
    }
    looked_into = {(place.column.table.name, place.column.name) for place in PLACES}
    without = {(table, name) for table, names in WITHOUT_EVIDENCE.items() for name in names}
    assert not looked_into & without
    assert looked_into | without == could


def test_who_refers_is_named_by_columns_of_the_same_table_or_of_one_that_is_joined() -> None:
    for place in PLACES:
        assert place.named
        if place.joined is None:
            assert {column.table for column in place.named} == {place.column.table}
