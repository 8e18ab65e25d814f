"""Mappings written to do harm: they are refused before a row is read, and nothing is opened or asked.

The report of these tests is ragged, so that reading its rows would be refused in other words; and the files that the
mappings name are pipes nobody writes to, so that opening one to read would never end.
"""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.errors import InputRefused, WrongSettings
from toolkit.files import Outputs
from toolkit.progress import Progress

BASE = """
version: 1
source: {{key: Id{where}}}
contact:
  name: {name}
  handles: [{{source: email, from: Email}}]
  lists: [{{name: All{when}}}]
  custom_fields: {{Extra: {{type: string, {value}}}}}
"""
PLAIN = {"where": "", "name": '"{Name}"', "when": "", "value": "from: Name"}
RAGGED = "Id,Name,Email\n1,Ann,ann@example.com\n2,short\n"

OPENERS = [
    "read_csv", "read_csv_auto", "read_parquet", "read_ipc", "read_json", "read_ndjson", "read_lines", "read_text",
    "read_blob", "scan_csv", "scan_parquet", "scan_ipc", "scan_ndjson", "scan_iceberg", "scan_delta", "glob",
]  # fmt: skip
ASKING = [
    *(f"{opener}('PLACE')" for opener in OPENERS),
    *(f"Name IN (SELECT * FROM {opener}('PLACE'))" for opener in OPENERS),
    "(SELECT 1 FROM 'PLACE') = 1",
    '(SELECT 1 FROM "PLACE") = 1',
    "EXISTS (SELECT 1 FROM read_csv('PLACE'))",
    "EXISTS (FROM 'PLACE')",
    "NOT EXISTS (SELECT 1 FROM 'PLACE')",
    "Name = ANY (SELECT a FROM read_csv('PLACE'))",
    "Name = ALL (SELECT a FROM read_csv('PLACE'))",
    "Name NOT IN (SELECT a FROM 'PLACE')",
    'Name IN (TABLE "PLACE")',
    "Name IN (VALUES ((SELECT a FROM read_csv('PLACE'))))",
    "CASE WHEN Name = 'x' THEN (SELECT 1 FROM read_csv('PLACE')) = 1 END",
    "COALESCE(Name, (SELECT a FROM read_csv('PLACE'))) = 'x'",
    "Name BETWEEN 'a' AND (SELECT a FROM read_csv('PLACE'))",
    "Name LIKE (SELECT a FROM read_csv('PLACE'))",
    "CAST((SELECT a FROM read_csv('PLACE')) AS VARCHAR) = 'x'",
    "WITH t AS (SELECT * FROM read_csv('PLACE')) SELECT * FROM t",
    "Name IN (WITH t AS (SELECT * FROM read_csv('PLACE')) SELECT * FROM t)",
    "SELECT * FROM read_csv('PLACE')",
    "FROM read_csv('PLACE')",
    "Name = 'x' UNION SELECT * FROM read_csv('PLACE')",
    "Name = 'x' INTERSECT SELECT * FROM read_csv('PLACE')",
    "Name = 'x'; SELECT * FROM read_csv('PLACE')",
    "Name = 'x' AND 1 = (SELECT COUNT(*) FROM 'PLACE' JOIN 'PLACE' USING (a))",
    "UNNEST((SELECT a FROM read_csv('PLACE'))) = 'x'",
    "LATERAL (SELECT * FROM read_csv('PLACE'))",
    "COPY t FROM 'PLACE'",
    "CREATE TABLE t AS SELECT * FROM read_csv('PLACE')",
    "ATTACH 'PLACE' AS other",
]
OVER_ROWS = [
    *(f"{function}(Name) = 'x'" for function in ("SUM", "COUNT", "AVG", "MIN", "MAX", "FIRST", "LAST", "MEDIAN")),
    *(f"{function}(Name) = 'x'" for function in ("STDDEV", "VARIANCE", "ARRAY_AGG", "ANY_VALUE", "MODE")),
    *(f"{function}(Name) OVER (ORDER BY Id) = 'x'" for function in ("MAX", "LAG", "LEAD", "FIRST_VALUE", "SUM")),
    "COUNT(*) > 1", "COUNT(DISTINCT Name) > 1", "STRING_AGG(Name, ',') = 'x'", "ROW_NUMBER() OVER () = 1",
    "RANK() OVER (PARTITION BY Name ORDER BY Id) = 1", "SUM(Name) FILTER (WHERE Name = 'x') > 1",
    "QUANTILE_CONT(Name, 0.5) > 1", "UNNEST(Name) = 'x'",
]  # fmt: skip
BOMBS = [
    "REPEAT(Name, 1000000)", "REPEAT(REPEAT('x', 9999), 9999)", "LPAD(Name, 1000000, 'x')", "RPAD(Name, 1000000)",
    "SPACE(1000000)", "REPLACE(REPLACE(Name, 'a', 'aa'), 'a', 'aa')", "REPLACE(Name, '', 'x')",
    "TRANSLATE(Name, 'a', 'b')",
    "REPLACE(Name, Email, Name)", "CAST(Name AS CHAR(1000000))", "FORMAT('%1000000s', Name)",
    "STRING_AGG(Name, Name)", "ARRAY_TO_STRING(Name, Name)", "REGEXP_REPLACE(Name, '', 'xx', 'g')", "QUOTE(Name)",
    "HEX(Name)", "ENCODE(Name)", "CONCAT_WS(Name, '', '', '')", "CONCAT_WS(CONCAT_WS(Name, '', '', ''), '', '', '')",
    f"CONCAT({', '.join(['Id'] * 101)})", " || ".join(["Id"] * 101), "CONCAT(" * 40 + "Id" + ", Id)" * 40,
    f"CONCAT({', '.join(['CONCAT(Id, Id, Id, Id)'] * 30)})", "1/(1/(1/(1/(1/(1/(1/(1/Name)))))))",
]  # fmt: skip


def mapping(**parts: str) -> str:
    return BASE.format(**PLAIN | parts)


def everywhere(expression: str) -> list[str]:
    """Put one expression in each place of a mapping that holds one."""
    quoted = '"' + expression.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return [
        mapping(where=f", where: {quoted}"),
        mapping(when=f", when: {quoted}"),
        mapping(value=f"sql: {quoted}"),
    ]


def refusal(folder: Path, text: str) -> WrongSettings:
    """Transform a report that can't be read by a mapping: the mapping's refusal comes first, and nothing else."""
    (folder / "report.csv").write_text(RAGGED)
    (folder / "mapping.yaml").write_text(text)
    settings = TransformSettings(folder / "report.csv", folder / "mapping.yaml", folder / "out", Target.OPERATIONS)
    events: list[Progress] = []
    with pytest.raises(WrongSettings) as caught, Outputs() as outputs:
        run(settings, outputs, events.append)
    assert [] == events
    assert not (folder / "out").exists()
    return caught.value


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on loopback where somebody may knock."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_the_report_would_be_refused(tmp_path: Path):
    """The proofs here can fail: the plain mapping passes, and reading the rows is what is refused then."""
    (tmp_path / "report.csv").write_text(RAGGED)
    (tmp_path / "mapping.yaml").write_text(mapping(when=", when: \"Name = 'x'\""))
    settings = TransformSettings(tmp_path / "report.csv", tmp_path / "mapping.yaml", tmp_path, Target.OPERATIONS)
    with pytest.raises(InputRefused, match="another width"), Outputs() as outputs:
        run(settings, outputs)


ALL_OF_THEM = """
import sys
from pathlib import Path
from toolkit.contacts.transform import Target, TransformSettings, run
from toolkit.errors import WrongSettings
from toolkit.files import Outputs
for mapping in sorted(Path().glob("*.yaml")):
    try:
        with Outputs() as outputs:
            run(TransformSettings(Path("report.csv"), mapping, Path("out"), Target.OPERATIONS), outputs)
        sys.exit(f"{mapping} was taken: {mapping.read_text()}")
    except WrongSettings:
        pass
"""


def test_nobody_is_asked_and_nothing_opened(tmp_path: Path, listener: socket.socket):
    """No table function or sub-query, wherever it stands, opens a file or an address; each is refused at once.

    In a process of its own: polars would wait for the address, and for the pipe, for ever.
    """
    os.mkfifo(tmp_path / "canary.csv")
    assert stat.S_ISFIFO((tmp_path / "canary.csv").stat().st_mode)
    (tmp_path / "report.csv").write_text(RAGGED)
    places = [f"http://127.0.0.1:{listener.getsockname()[1]}/x.csv", str(tmp_path / "canary.csv")]
    texts = [text for each in ASKING for place in places for text in everywhere(each.replace("PLACE", place))]
    for number, text in enumerate(texts):
        (tmp_path / f"{number:04}.yaml").write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-c", ALL_OF_THEM], cwd=tmp_path, env=environment, check=True, timeout=120)
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("expression", [*OVER_ROWS, *BOMBS])
def test_work_over_rows_and_growth_are_refused(tmp_path: Path, expression: str):
    """An expression may use its own row alone and make no text without bound; the refusal has its line."""
    for line, text in zip((3, 7, 8), everywhere(expression), strict=True):
        assert line == refusal(tmp_path, text).problems[0].line


def test_as_many_columns_as_are_allowed(tmp_path: Path):
    """The largest growth is a hundred times the cells of the row."""
    for text in everywhere(f"CONCAT({', '.join(['Id'] * 100)}) = 'x'")[:2]:
        (tmp_path / "report.csv").write_text("Id,Name,Email\n1,Ann,ann@example.com\n")
        (tmp_path / "mapping.yaml").write_text(text)
        settings = TransformSettings(tmp_path / "report.csv", tmp_path / "mapping.yaml", tmp_path, Target.OPERATIONS)
        with Outputs() as outputs:
            assert 1 == run(settings, outputs).rows


LEVELS = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))
MERGES = "".join(f"y{n}: &y{n} {{<<: [{', '.join([f'*y{n - 1}'] * 10)}]}}\n" for n in range(1, 9))


@pytest.mark.parametrize(
    "text",
    [
        f"x0: &x0 [a]\n{LEVELS}",
        f"y0: &y0 {{a: b}}\n{MERGES}",
        "[" * 2_000 + "]" * 2_000,
        "{a: " * 2_000 + "}" * 2_000,
        "- - " * 1_000 + "a",
        "!!python/object/apply:os.system ['true']\n",
        "!!python/name:os.system\n",
        "? [a, b]\n: c\n",
        "a: 1\na: 2\n",
        "%YAML 9.9\n---\na: 1\n",
        "--- a\n--- b\n",
        "",
        "\ufeff\ufeff",
        "version: " + "9" * 5_000 + "\n",
        "version: 1e999999\n",
        "version: 1\nsource: !include /etc/passwd\n",
        "[" + "a," * 110_000 + "]",
    ],
)
def test_documents_that_are_bombs(tmp_path: Path, text: str):
    """A document that grows by its aliases, nests without end, or names objects of a program is refused."""
    assert refusal(tmp_path, text).sentence


def test_templates_that_are_bombs(tmp_path: Path):
    """A template may name columns in a hundred places: what it makes is at most so many times as long as the cells."""
    assert "more than 100 places" in str(refusal(tmp_path, mapping(name='"' + "{Name}" * 101 + '"')).problems[0])
