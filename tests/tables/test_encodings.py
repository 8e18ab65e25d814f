"""Every encoding that Salesforce and spreadsheets write is found, or taken when it is named; damage is refused."""

import codecs
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolkit.errors import InputRefused
from toolkit.tables import CsvOptions, Table, read_csv

FRENCH = '"Nom","Ville"\r\n"Zoë Lefèvre","Besançon"\r\n"Elodie","Paris"\r\n'
ENGLISH = "Name,Note\nO\u2019Brien,it\u2019s “fine” \u2013 really…\n"
GERMAN = "Straße;Größe\nGroß-Gerau;“Spaß”\nÜbersee;Äöü\n"
CYRILLIC = '"Имя","Город"\n"Иван","Москва"\n"Ольга","Казань"\n'
GREEK = "Όνομα;Πόλη\nΓιώργος;Αθήνα\n"  # noqa: RUF001 - Greek letters are meant
CHINESE = "姓名,公司,城市\n张伟,上海丬丬贸易有限公司,上海\n王芳,伢∬电子,北京\n"
JAPANESE = "氏名,会社\n田中一郎,株式会社山田\n鈴木花子,東京電力\n"
ARABIC = "الاسم,المدينة\nمحمد,القاهرة\n"
TEXTS = [FRENCH, ENGLISH, GERMAN, CYRILLIC, GREEK, CHINESE, JAPANESE, ARABIC]


def read(folder: Path, content: bytes, encoding: str | None = None) -> Table:
    path = folder / "contacts.csv"
    path.write_bytes(content)
    return read_csv(path, CsvOptions(encoding))


def refusal(folder: Path, content: bytes, encoding: str | None = None) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read(folder, content, encoding)
    return caught.value


def text(table: Table) -> list[list[str]]:
    return [table.frame.columns, *([cell or "" for cell in row] for row in table.frame.rows())]


def as_lists(content: str) -> list[list[str]]:
    plain = content.replace('"', "").replace(";", ",")
    return [line.split(",") for line in plain.splitlines()]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write Unicode: the bytes in front, and what the reader calls it."""

    encoding: str
    mark: bytes
    found: str
    declared: str = ""


FORMS = [
    Form("utf-8", b"", "utf-8"),
    Form("utf-8", codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    Form("utf-16-le", b"", "utf-16-le"),
    Form("utf-16-le", codecs.BOM_UTF16_LE, "utf-16", "UTF-16 LE"),
    Form("utf-16-be", b"", "utf-16-be"),
    Form("utf-16-be", codecs.BOM_UTF16_BE, "utf-16", "UTF-16 BE"),
]


@pytest.mark.parametrize("content", TEXTS)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_unicode_is_found_or_named(tmp_path: Path, content: str, form: Form, named: bool) -> None:
    """UTF-8 and UTF-16, with and without a mark, in every script: the same table, and no note about it."""
    actual = read(tmp_path, form.mark + content.encode(form.encoding), form.encoding if named else None)

    assert (as_lists(content), form.encoding if named else form.found, form.declared, ()) == (
        text(actual), actual.encoding, actual.byte_order_mark, actual.notes,
    )  # fmt: skip


@pytest.mark.parametrize("content", [FRENCH, CHINESE])
@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf16_named_without_an_order_is_found(tmp_path: Path, content: str, order: str) -> None:
    """--encoding utf-16 on a file without a mark does not mean this machine's order of bytes."""
    actual = read(tmp_path, content.encode(order), "utf-16")

    assert (as_lists(content), order) == (text(actual), actual.encoding)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(FRENCH, "cp1252"), (ENGLISH, "cp1252"), (GERMAN, "cp1252"), (JAPANESE, "cp932")],
)
@pytest.mark.parametrize("named", [False, True])
def test_one_byte_encodings_are_guessed_or_named(tmp_path: Path, content: str, encoding: str, named: bool) -> None:
    """What is not Unicode is guessed and noted; when it is named there is nothing to note."""
    actual = read(tmp_path, content.encode(encoding), encoding if named else None)

    assert (as_lists(content), encoding, [] if named else ["encoding"]) == (
        text(actual), actual.encoding, [note.code for note in actual.notes],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["latin-1", "ISO-8859-1"])
def test_latin_1_keeps_its_control_characters_when_it_is_named(tmp_path: Path, name: str) -> None:
    """The bytes 80 to 9F are characters in ISO-8859-1, and some are none in cp1252."""
    content = "Name\nZo\xeb \x85\x81\x9d\n"
    actual = read(tmp_path, content.encode("latin-1"), name)

    assert (["Zo\xeb \x85\x81\x9d"], "iso8859-1") == (actual.frame["Name"].to_list(), actual.encoding)


def test_latin_1_without_a_name_is_not_guessed(tmp_path: Path) -> None:
    """Bytes that neither UTF-8 nor cp1252 knows are refused with a hint: many an encoding has them."""
    error = refusal(tmp_path, b"Name\nZo\xeb \x81\n")

    assert ("contacts.csv is not text in utf-8, cp1252", True) == (error.sentence, "--encoding" in error.hint)


@pytest.mark.parametrize("name", ["shift_jis", "cp932", "sjis"])
def test_shift_jis_by_its_names(tmp_path: Path, name: str) -> None:
    """Python's names for Shift_JIS are all taken."""
    assert as_lists(JAPANESE) == text(read(tmp_path, JAPANESE.encode("cp932"), name))


@pytest.mark.parametrize("padding", [0, 2_000_000])
def test_utf8_with_a_broken_byte_is_damaged_and_not_cp1252(tmp_path: Path, padding: int) -> None:
    """A file that is UTF-8 but for one byte is refused with the place, however far in it stands."""
    rows = "Zoë,Müller\n" * 20 + "a,b\n" * (padding // 4) + "Zoë,Müller\n" * 20
    error = refusal(tmp_path, b"a,b\n" + rows.encode() + b"x,\xe9\n")

    assert "contacts.csv is not text in utf-8" == error.sentence
    assert [f"contacts.csv:{rows.count(chr(10)) + 2}"] == [str(each).partition(": ")[0] for each in error.problems]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n\0,4\n", b"\0\0a,b\n1,2\n", ("é,b\n" * 3 + "\0,4\n").encode("cp1252")])
def test_a_few_zero_bytes_are_damage_and_not_utf16(tmp_path: Path, content: bytes) -> None:
    """A NUL in a file of single bytes is named as such."""
    assert ["nul"] == [problem.code for problem in refusal(tmp_path, content).problems]
