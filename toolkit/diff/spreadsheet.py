"""A comparison as an Excel workbook (XLSX). Opens nothing: gives bytes, piece by piece.

XlsxWriter makes the workbook: its formats, the summary, headings, frozen panes and filters. The rows of the large
sheets are written on columns and put into its sheets as the workbook is packed, since cell by cell would take longer
than the comparison. Two runs give the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter  # type: ignore[import-untyped] # XlsxWriter ships no types

from toolkit.diff.result import DiffResult
from toolkit.diff.sheet_rows import letters, sheet_rows
from toolkit.diff.sheets import Sheet, sheets
from toolkit.diff.summary_sheet import plain, write_summary

_BATCH = 10_000
_EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 # the earliest time of a zip; none of ours stands in the file
_QUICK = 1
"""zlib's level: a quarter of the time of its usual one, a sixth more bytes."""
_NARROWEST, _WIDEST, _SAMPLE = 8, 50, 1_000
_MOST_FROZEN = 3
_COLOURS = {"before": "#FBE3E1", "after": "#DFF3E4"}


def spreadsheet(result: DiffResult) -> Iterator[bytes]:
    """Give the bytes of a workbook with the sheets Summary, Changed, Added and Removed."""
    shown = sheets(result)
    with zipfile.ZipFile(_skeleton(result, shown)) as skeleton:
        yield from _packed(skeleton, shown)


def _skeleton(result: DiffResult, shown: tuple[Sheet, ...]) -> io.BytesIO:
    """Make the workbook without the rows of its large sheets."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": f"{result.before.name} and {result.after.name}", "created": _EPOCH})
    looks = {name: book.add_format({"bg_color": colour}) for name, colour in _COLOURS.items()}
    looks["key"] = book.add_format({"bold": True})
    write_summary(book, result, [said for sheet in shown for said in sheet.left_out])
    heading = book.add_format({"bold": True, "bg_color": "#E8ECF2", "bottom": 1})
    for sheet in shown:
        _lay_out(book.add_worksheet(sheet.name), sheet, heading, looks)
    book.close()
    file.seek(0)
    return file


def _lay_out(page: Any, sheet: Sheet, heading: Any, looks: dict[str, Any]) -> None:
    """Write the headings, and below them a row of blanks, which show the format of each column until it is packed."""
    page.freeze_panes(1, sheet.frozen if sheet.frozen <= _MOST_FROZEN else 0)
    page.autofilter(0, 0, len(sheet.frame), len(sheet.headings) - 1)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for column, (text, look) in enumerate(zip(sheet.headings, sheet.looks, strict=True)):
        page.write_string(0, column, plain(text), heading)
        page.set_column(column, column, _width(sheet, column))
        if look:
            page.write_blank(1, column, None, looks[look])


def _width(sheet: Sheet, column: int) -> int:
    """Give a width in letters for the heading and the first cells of a column."""
    longest = sheet.frame.to_series(column).head(_SAMPLE).cast(pl.String).str.len_chars().max()
    most = longest if isinstance(longest, int) else 0
    return min(max(most, len(sheet.headings[column]) + 3, _NARROWEST), _WIDEST)


def _packed(skeleton: zipfile.ZipFile, shown: tuple[Sheet, ...]) -> Iterator[bytes]:
    """Pack the parts of the skeleton anew, the rows of the large sheets among them."""
    large = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(shown, 2)}
    file = _Sink()
    with zipfile.ZipFile(file, "w") as book:
        for part in skeleton.infolist():
            content = skeleton.read(part)
            sheet = large.get(part.filename)
            with book.open(_part(part.filename), "w") as place:
                for piece in _with_rows(content.decode(), sheet) if sheet else [content]:
                    place.write(piece)
                    yield file.taken()
    yield file.taken()


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name)  # of 1980, as every part: two runs give the same bytes
    part.compress_type = zipfile.ZIP_DEFLATED
    part._compresslevel = _QUICK  # type: ignore[attr-defined] # public from Python 3.13 on, and this still works
    return part


def _with_rows(page: str, sheet: Sheet) -> Iterator[bytes]:
    """Give the sheet with its rows in the place of the row of blanks."""
    last = f"{letters(sheet.frame.width - 1)}{len(sheet.frame) + 1}"
    page = re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="A1:{last}"/>', page, count=1)
    blanks = re.search(r'<row r="2"[^>]*>.*?</row>', page)
    found = dict(re.findall(r'<c r="([A-Z]+)2" s="([0-9]+)"/>', blanks[0])) if blanks else {}
    styles = [int(found.get(letters(column), 0)) for column in range(sheet.frame.width)]
    start, end = blanks.span() if blanks else (page.index("</sheetData>"),) * 2
    yield page[:start].encode()
    for first in range(0, len(sheet.frame), _BATCH):
        yield sheet_rows(sheet.frame.slice(first, _BATCH), first + 2, styles)
    yield page[end:].encode()


class _Sink(io.RawIOBase):
    """A file that can only be written to, and that is emptied as it grows."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Keep some bytes."""
        self._pieces.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        """Give what was written since the last time."""
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content
