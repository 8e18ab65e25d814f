"""Frames that a stage puts aside on disk while it works, so that a table may be larger than memory. Gone afterwards."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from toolkit.errors import CannotWrite
from toolkit.files import scratch_folder


class Shelf:
    """Puts frames aside by name and gives them back; in a private folder that goes with the stage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Put ``frame`` aside. Raises CannotWrite when the disk is full."""
        try:
            frame.write_ipc(self._folder / name, compression="lz4")
        except (OSError, pl.exceptions.PolarsError) as error:
            hint = "make room there, or name another folder in the environment variable TMPDIR"
            sentence = f"the rows put aside in {self._folder} could not be written: {error}"
            raise CannotWrite(sentence, hint=hint) from error

    def get(self, name: str) -> pl.DataFrame:
        """Give the frame called ``name``."""
        return pl.read_ipc(self._folder / name)


@contextlib.contextmanager
def shelf() -> Iterator[Shelf]:
    """Open an empty shelf."""
    with scratch_folder() as folder:
        yield Shelf(folder)
