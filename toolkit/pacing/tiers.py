"""Limits that some routes have beside the company's: Front's tiers. Pure: times come in as numbers.

Sources: Front's rate-limit page: some routes take five requests a second per resource, and a 429 of theirs names its
tier in ``x-front-tier``, whatever is left of the company's limit. Which routes are in a tier no answer tells before it
refuses one, so they are learned; a tier's routes wait together, for what a resource is is not told either.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from math import inf
from urllib.parse import urlsplit

from toolkit.exchange import Answer
from toolkit.pacing.budget import remaining
from toolkit.pacing.retry import is_told_to_wait, told_to_wait

FIRST_SPACING, LARGEST_SPACING = 0.25, 1.0
"""Seconds between two requests of a tier after its first 429 (below five a second, since some travel faster than
others), and at most after more of them.
"""
_IDENTITY = re.compile(r"/(?:alt:[^/]*|[a-z]{3}_[0-9a-z]+)(?=/|$)")


def route_of(path: str) -> str:
    """Give a path or link without what names one thing in it: ``/contacts/crd_1/handles`` is ``/contacts/*/handles``.

    The method is left out: whether a tier's routes differ by it is not told.
    """
    return _IDENTITY.sub("/*", urlsplit(path).path)


def _tier_of(answer: Answer) -> str:
    return answer.headers.get("x-front-tier", "").strip()


def is_tier_alone(answer: Answer) -> bool:
    """Tell whether a 429 is for its tier alone: it names one, and shows that the company's limit has something left.

    Where that is not sure, everything waits.
    """
    return bool(_tier_of(answer)) and remaining(answer.headers) > 0


@dataclass(slots=True)
class _Tier:
    paused: float = -inf
    next: float = -inf
    spacing: float = 0.0


class Tiers:
    """Holds the requests of a tier back, and no others. Holds no clock and no lock, as the budget."""

    def __init__(self) -> None:
        self._tiers: defaultdict[str, _Tier] = defaultdict(_Tier)
        self._of: dict[str, str] = {}

    def due(self, route: str, now: float) -> float:
        """Tell when the next request of this route may be sent, as far as its tier goes; takes nothing."""
        tier = self._tiers[self._of[route]] if route in self._of else _Tier()
        return max(now, tier.paused, tier.next)

    def take(self, route: str, now: float) -> None:
        """Count a request that is sent now."""
        if route in self._of:
            tier = self._tiers[self._of[route]]
            tier.next = now + tier.spacing

    def observe(self, route: str, answer: Answer, now: float) -> None:
        """Learn from any answer which tier its route is in; a 429 that names one holds that tier's requests back."""
        if name := _tier_of(answer):
            self._of[route] = name
            if is_told_to_wait(answer):
                self._pause(self._tiers[name], told_to_wait(answer), now)

    def _pause(self, tier: _Tier, seconds: float, now: float) -> None:
        # Those that were on their way when the first was refused say nothing new of how far apart they must be.
        if now >= tier.paused:
            tier.spacing = min(max(FIRST_SPACING, 2 * tier.spacing), LARGEST_SPACING)
        tier.paused = max(tier.paused, now + seconds)
