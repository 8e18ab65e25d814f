"""On how many examples a property is tried: few in the suite, more of them in a sweep (``make property-sweep``)."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))


def examples(count: int) -> settings:
    """Try so many, however long each takes; in a sweep that many times ``EXAMPLES_TIMES``."""
    return settings(max_examples=count * TIMES, deadline=None)
