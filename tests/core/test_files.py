"""Files appear whole or not at all."""

import stat
from pathlib import Path

import pytest

from toolkit.errors import CannotWrite
from toolkit.files import Outputs, sha256, write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_committed_files_are_whole_and_private(tmp_path: Path):
    """After a commit the content is there, readable by its owner alone, and nothing else."""
    with Outputs() as outputs:
        outputs.write(tmp_path / "new" / "a.csv", b"a\n")
        outputs.commit()

    assert (tmp_path / "new" / "a.csv").read_bytes() == b"a\n"
    assert stat.S_IMODE((tmp_path / "new" / "a.csv").stat().st_mode) == 0o600
    assert names(tmp_path / "new") == ["a.csv"]


def test_an_error_leaves_the_old_file_and_no_trace(tmp_path: Path):
    """When the body raises half-way, the older file stands and no temporary file stays."""
    write(tmp_path / "a.csv", b"old\n")

    with pytest.raises(TypeError), Outputs() as outputs, outputs.open(tmp_path / "a.csv") as file:
        file.writelines([b"half", 1])

    assert (tmp_path / "a.csv").read_bytes() == b"old\n"
    assert names(tmp_path) == ["a.csv"]


def test_several_files_appear_together(tmp_path: Path):
    """Nothing is in its place before the commit, though the first file is complete."""
    with Outputs() as outputs:
        outputs.write(tmp_path / "a", b"1")
        assert not (tmp_path / "a").exists()
        outputs.write(tmp_path / "b", b"2")
        outputs.commit()

    assert names(tmp_path) == ["a", "b"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    """A folder that is really a file gives CannotWrite with the path in its sentence."""
    write(tmp_path / "a", b"")

    with pytest.raises(CannotWrite, match=r"a/b could not be written"):
        write(tmp_path / "a" / "b", b"x")


def test_the_hash_is_sha256_with_its_name(tmp_path: Path):
    """The hash is written as a Data Package wants it."""
    write(tmp_path / "a", b"abc")

    expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(tmp_path / "a") == expected
