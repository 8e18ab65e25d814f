"""Tables in: strict CSV into frames of text, and NDJSON in and out. Knows nothing of contacts.

A CSV is settled before polars may parse it: encoding (``sniffing``, ``encoding``), headings and what stands above
them (``headings``, ``preamble``), line by line shape (``shape``), report footer (``footer``); ``reading`` puts them
together. What can't be settled is refused by line.
"""

from toolkit.tables.encoding import must_be_file
from toolkit.tables.line_ends import LineEnds, count_line_ends
from toolkit.tables.ndjson import ndjson_line, ndjson_value, read_ndjson
from toolkit.tables.reading import CsvFile, CsvOptions, Table, open_csv, read_csv
from toolkit.tables.shelf import Shelf, shelf

__all__ = [
    "CsvFile", "CsvOptions", "LineEnds", "Shelf", "Table", "count_line_ends", "must_be_file", "ndjson_line",
    "ndjson_value", "open_csv", "read_csv", "read_ndjson", "shelf",
]  # fmt: skip
