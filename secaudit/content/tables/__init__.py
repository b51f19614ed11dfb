"""Tables that people keep in spreadsheets: CSV as it is saved, and XLSX, cell by cell.

Reading never computes, never guesses and is bounded; what a cell means is left to who asks.
"""

from secaudit.content.tables.cells import Cell, Line, Table, raise_all
from secaudit.content.tables.files import LARGEST_FILE, MOST_ROWS, content_of, read_tables

__all__ = [
    "LARGEST_FILE",
    "MOST_ROWS",
    "Cell",
    "Line",
    "Table",
    "content_of",
    "raise_all",
    "read_tables",
]
