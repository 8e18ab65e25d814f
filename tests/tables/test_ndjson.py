from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputRefused
from toolkit.tables import ndjson_line, read_ndjson

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(tmp_path: Path, content: bytes) -> list[tuple[int, object]]:
    path = tmp_path / "operations.ndjson"
    path.write_bytes(content)
    return list(read_ndjson(path))


@given(st.lists(VALUE, max_size=5))
def test_values_come_back_with_their_line_numbers(
    tmp_path_factory: pytest.TempPathFactory, values: list[object]
) -> None:
    """What is written line by line is read line by line."""
    content = b"".join(ndjson_line(value) for value in values)
    assert list(enumerate(values, start=1)) == read(tmp_path_factory.mktemp("ndjson"), content)


def test_a_line_has_sorted_keys_and_one_line_end() -> None:
    """Two runs give identical bytes."""
    assert '{"a":{"c":2,"d":1},"b":"é\\n"}\n'.encode() == ndjson_line({"b": "é\n", "a": {"d": 1, "c": 2}})


def test_a_last_line_without_its_end_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """Editors that leave the last line end out do no harm."""
    assert read(tmp_path, b'\xef\xbb\xbf{}\r\n{"a":1}') == [(1, {}), (2, {"a": 1})]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{}\n{"a":\n', "operations.ndjson:2:6: not JSON"),
        (b'{}\n{"a":', "operations.ndjson:2: the last line is torn off"),
        (b"{}\n\n{}\n", "operations.ndjson:2: this line is blank"),
        (b'{"a":"\xff"}\n', "operations.ndjson:1:"),
        (b"NaN\n", "operations.ndjson:1:1: not JSON"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    """Each broken line is refused with its file and number."""
    with pytest.raises(InputRefused) as caught:
        read(tmp_path, content)
    assert expected == str(caught.value.problems[0])[: len(expected)]


def test_a_missing_file_is_refused_at_once(tmp_path: Path) -> None:
    """The mistake shows before the first line is asked for."""
    with pytest.raises(InputRefused, match="there is no file"):
        read_ndjson(tmp_path / "none.ndjson")
