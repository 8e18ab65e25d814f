"""Works on several parts at once and gives the answers in the order of the parts. Knows nothing of the work."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 4
"""More parts at once need more memory than they save time."""


def ahead(work: Callable[[T], R], parts: Iterable[T]) -> Iterator[R]:
    """Give ``work(part)`` for each part, in order, as many at once as there are processors; no part is taken early.

    The work must leave Python alone most of the time (polars does) to gain by this. An exception of a part comes
    out in its turn, and no further part is begun.
    """
    at_once = min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(work, part))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
