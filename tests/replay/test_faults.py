"""Whatever goes wrong on the way to Front, the end is that of an undisturbed run."""

from pathlib import Path
from typing import Any

import pytest

from tests.replay.faulty import FINE, FRONT_KINDS, KINDS, Faults, Faulty, end_in, end_of

PEOPLE = 6


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return end_of(tmp_path_factory.mktemp("calm"), PEOPLE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_fault(kind: Any, expected: dict[str, Any], tmp_path: Path):
    """One request in ten goes wrong: all is there, once. The long form is ``make fault-sweep``."""
    assert end_of(tmp_path, PEOPLE, Faulty(kind, 0.1)) == expected


def test_all_kinds_of_fault_in_front(expected: dict[str, Any], tmp_path: Path):
    """Half of the requests go wrong in every way that the sandbox's Front knows, in mid-run: all is there, once.

    With this seed each kind has happened by the 22nd request.
    """
    found, kinds = end_in(Faults(FRONT_KINDS, 0.5, in_a_row=2, seed=245), tmp_path, PEOPLE)

    assert set(kinds) == {*FRONT_KINDS, FINE}
    assert found == expected
