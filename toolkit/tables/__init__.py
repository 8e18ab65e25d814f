"""Tables in: strict CSV into frames of text, and NDJSON in and out. Knows nothing of contacts.

A CSV is settled before polars may parse it: encoding (``encoding``), line by line shape (``shape``), report footer
(``footer``), headings (``headings``); ``reading`` puts them together. What can't be settled is refused by line.
"""

from toolkit.tables.ndjson import ndjson_line, read_ndjson
from toolkit.tables.reading import CsvOptions, Table, read_csv

__all__ = ["CsvOptions", "Table", "ndjson_line", "read_csv", "read_ndjson"]
