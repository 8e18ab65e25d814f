"""A file that grows over several runs, and becomes an output in the end."""

import stat
from pathlib import Path

import pytest

from toolkit.errors import CannotWrite
from toolkit.files import GrowingFile, Outputs, write


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_goes_on_at_the_recorded_size(tmp_path: Path):
    """What stands behind the size is cut off; the file is its owner's alone."""
    with GrowingFile(tmp_path / "new" / "a.part") as file:
        file.append(b"whole\ntorn")
        assert file.sync() == 10
    with GrowingFile(tmp_path / "new" / "a.part") as file:
        assert file.cut(6)
        file.append(b"more\n")

    assert (tmp_path / "new" / "a.part").read_bytes() == b"whole\nmore\n"
    assert stat.S_IMODE((tmp_path / "new" / "a.part").stat().st_mode) == 0o600


def test_a_file_that_is_too_short_is_told(tmp_path: Path):
    """It is not filled up with zeros."""
    with GrowingFile(tmp_path / "a.part") as file:
        file.append(b"12345")

        assert not file.cut(6)

    assert (tmp_path / "a.part").read_bytes() == b"12345"


def test_two_runs_do_not_share_it(tmp_path: Path):
    """The second is told so, and the first goes on."""
    with GrowingFile(tmp_path / "a.part") as file:
        with pytest.raises(CannotWrite, match="another run is writing"):
            GrowingFile(tmp_path / "a.part")
        file.append(b"1")

    assert (tmp_path / "a.part").read_bytes() == b"1"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    """A folder that is really a file."""
    write(tmp_path / "a", b"")

    with pytest.raises(CannotWrite, match=r"a/b could not be written"):
        GrowingFile(tmp_path / "a" / "b")


def test_an_adopted_file_becomes_the_output_at_the_commit(tmp_path: Path):
    """It takes the old one's place; what was needed until then goes."""
    write(tmp_path / "a", b"old")
    write(tmp_path / "a.part", b"new")
    write(tmp_path / "a.state", b"")

    with Outputs() as outputs:
        outputs.adopt(tmp_path / "a", tmp_path / "a.part")
        outputs.retire(tmp_path / "a.state")
        outputs.commit()

    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == {"a"}


def test_without_a_commit_an_adopted_file_stays(tmp_path: Path):
    """It is what the next run goes on with."""
    write(tmp_path / "a.part", b"new")
    write(tmp_path / "a.state", b"")

    with Outputs() as outputs:
        outputs.adopt(tmp_path / "a", tmp_path / "a.part")
        outputs.retire(tmp_path / "a.state")

    assert names(tmp_path) == {"a.part", "a.state"}


def test_a_held_file_stays_locked_until_the_outputs_are_done(tmp_path: Path):
    """Between the last page and the commit no other run may cut the file."""
    with Outputs() as outputs:
        file = outputs.hold(GrowingFile(tmp_path / "a.part"))
        file.append(b"whole")
        outputs.adopt(tmp_path / "a", tmp_path / "a.part")
        with pytest.raises(CannotWrite, match="another run is writing"):
            GrowingFile(tmp_path / "a.part")
        outputs.commit()

    assert (tmp_path / "a").read_bytes() == b"whole"
