"""Tells encodings by bytes. Pure: opens nothing; whether a whole file is in that encoding is seen elsewhere."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 BE"),
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_JAPANESE = re.compile(rb"(?:[\x81-\x9f][\x40-\x7e\x80-\xfc]){2,}")
"""Two kana or common kanji of Shift_JIS in a row; Western text in cp1252 has its rarest bytes one at a time."""
_MARKS = b'\t\n\r ",;'
"""What stands between the words of a table in any language."""


def byte_order_mark(head: bytes) -> str:
    """Name the encoding that the first bytes declare: ``UTF-8``, ``UTF-16 LE``, ``UTF-16 BE``, or ""."""
    return next((name for mark, _, name in _BOMS if head.startswith(mark)), "")


def candidates(head: bytes) -> tuple[str, ...]:
    """Give the encodings to try, by Python's names, in this order: UTF-8 fails on nearly any other text."""
    for mark, encoding, _ in _BOMS:
        if head.startswith(mark):
            return (encoding,)
    return utf16(head) or (("utf-8", "cp932", "cp1252") if _is_japanese(head) else ("utf-8", "cp1252"))


def utf16(head: bytes) -> tuple[str, ...]:
    """Tell UTF-16 without a mark: the bytes of commas, quotes, blanks and line ends have a zero on the same side.

    Letters may have none (Cyrillic, Greek, Chinese), and their bytes may look like a comma: so a fifth is enough.
    """
    if 0 not in head or _is_damaged_text(head):
        return ()
    first, second = head[::2], head[1::2]
    little = sum(mark in _MARKS for mark, zero in zip(first, second, strict=False) if zero == 0)
    big = sum(mark in _MARKS for zero, mark in zip(first, second, strict=False) if zero == 0)
    most, least = max(little, big), min(little, big)
    if most == 0 or most * 5 < sum(head.count(mark) for mark in _MARKS) or least * 10 > most:
        return ()
    return ("utf-16-be" if big > little else "utf-16-le",)


def _is_damaged_text(head: bytes) -> bool:
    """Say whether bytes are plain UTF-8 but for zeros, and those too few for UTF-16 in Latin letters."""
    if head.count(0) > len(head) / 4 or _CONTROL.search(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _is_japanese(head: bytes) -> bool:
    """Say whether most bytes beyond ASCII stand in runs of Shift_JIS's two-byte characters."""
    return 2 * sum(len(_HIGH.findall(run)) for run in _JAPANESE.findall(head)) > len(_HIGH.findall(head))


def is_mostly_utf8(broken: bytes) -> bool:
    """Say whether bytes that are not UTF-8 are so but for a few: they are damaged then, not in another encoding."""
    return len(_MULTIBYTE.findall(broken)) > 3 * len(_HIGH.findall(_MULTIBYTE.sub(b"", broken)))
