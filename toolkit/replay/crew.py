"""A few threads that do what takes long (wait for a turn, for the disk, for an answer); whoever hired them decides.

Each job goes to whichever thread is free; its outcome comes back with the job's tag, in the order of finishing.
"""

import contextlib
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Self

Job = Callable[[], Any]
PATIENCE_SECONDS = 0.2
"""How long ``outcomes`` waits before it says that there is nothing."""


class Crew:
    """``size`` threads. They never outlive the process, and end with the ``with`` block."""

    def __init__(self, size: int) -> None:
        self._jobs: SimpleQueue[tuple[Any, Job] | None] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[Any, Any, BaseException | None]] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"replay-{n}", daemon=True) for n in range(size)]
        self.size = size
        self.busy = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self._threads:
            self._jobs.put(None)

    @property
    def free(self) -> bool:
        """Tell whether another job is welcome: a few wait ready, so that no thread waits for whoever decides."""
        return self.busy < self.size + self.size // 2

    def do(self, tag: Any, job: Job) -> None:
        """Give a job to the first thread that is free."""
        self.busy += 1
        self._jobs.put((tag, job))

    def outcomes(self, patience: float = PATIENCE_SECONDS) -> list[tuple[Any, Any, BaseException | None]]:
        """Wait for one finished job and give all that are finished: tag, what it gave, what it raised."""
        found: list[tuple[Any, Any, BaseException | None]] = []
        with contextlib.suppress(Empty):
            found.append(self._outcomes.get(timeout=patience))
            while True:
                found.append(self._outcomes.get_nowait())
        self.busy -= len(found)
        return found

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            tag, job = given
            try:
                self._outcomes.put((tag, job(), None))
            except BaseException as error:
                self._outcomes.put((tag, None, error))
