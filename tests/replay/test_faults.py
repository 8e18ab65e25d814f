"""Whatever goes wrong on the way to Front, the end is that of an undisturbed run."""

from pathlib import Path
from typing import Any

import pytest

from tests.replay.faulty import KINDS, Faulty, end_of

PEOPLE = 6


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return end_of(tmp_path_factory.mktemp("calm"), PEOPLE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_fault(kind: Any, expected: dict[str, Any], tmp_path: Path):
    """One request in ten goes wrong: all is there, once. The long form is ``make fault-sweep``."""
    assert end_of(tmp_path, PEOPLE, Faulty(kind, 0.1)) == expected
