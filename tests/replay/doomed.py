"""``sf2front``, killed by SIGKILL at the n-th write of its checkpoint: ``python -m tests.replay.doomed N WHEN …``.

WHEN is ``before`` or ``after`` the commit. A process of its own, for the tests of kills.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from toolkit.__main__ import main
from toolkit.replay.journal import Journal


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def doom(at: int, when: str) -> None:
    """Have the process killed at its ``at``-th commit."""
    commit, writes = Journal._transaction, count(1)

    @contextmanager
    def deadly(journal: Journal) -> Iterator[None]:
        doomed = next(writes) == at
        with commit(journal):
            yield
            if doomed and when == "before":
                die()
        if doomed:
            die()

    Journal._transaction = deadly  # type: ignore[method-assign]


if __name__ == "__main__":
    doom(int(sys.argv[1]), sys.argv[2])
    sys.argv = ["sf2front", *sys.argv[3:]]
    main()
