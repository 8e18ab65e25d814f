"""One record of a CSV into its cells. Opens nothing, refuses nothing: what is well formed is told in ``shape``."""

import re

DELIMITERS = ",;\t"
"""Those that are looked for, the likeliest first; any other must be named."""

_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')


def likeliest_delimiter(record: str) -> str:
    """Give the one of ``DELIMITERS`` that stands most often outside quotes."""
    return max(DELIMITERS, key=_QUOTED.sub("", record).count)


def count_cells(record: str, delimiter: str) -> int:
    """Count the cells of one well-formed record."""
    return _QUOTED.sub("", record).count(delimiter) + 1


def split_cells(record: str, delimiter: str) -> list[str]:
    """Split one well-formed record into its cells, quotes undone; any other record is split somehow."""
    mark = re.escape(delimiter)
    found = re.finditer(rf"(?:^|{mark})({_QUOTED.pattern}|)([^{mark}]*)", record)
    return [cell[1][1:-1].replace('""', '"') + cell[2] for cell in found]
