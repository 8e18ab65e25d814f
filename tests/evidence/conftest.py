"""The chain that the tests of this room look at; who changes it puts it back."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from tests.evidence.whole_way import make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a whole chain."""
    folder = tmp_path_factory.mktemp("chain")
    make(folder)
    return folder


@pytest.fixture
def here(made: Path) -> Iterator[Path]:
    """The same, as the working folder."""
    with chdir(made):
        yield made
