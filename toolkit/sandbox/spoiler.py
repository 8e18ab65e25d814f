"""Decides which requests go wrong on purpose, and how. Pure: the same seed, the same decisions."""

import hashlib
from dataclasses import dataclass
from math import inf

from toolkit.sandbox.config import FaultKind, FaultsConfig


@dataclass(slots=True)
class Outage:
    """Something that goes wrong with every request for a while: from the one after ``wait`` others, for ``seconds``."""

    kind: FaultKind
    wait: int
    seconds: float
    until: float = inf


class Spoiler:
    """Goes through the requests in their order; counts those it spoiled."""

    def __init__(self, config: FaultsConfig) -> None:
        self._config = config
        self._seen = 0
        self._in_a_row = 0
        self._outage: Outage | None = None
        self.spoiled = 0

    def begin(self, outage: Outage | None) -> None:
        """Let an outage begin; None ends it."""
        self._outage = outage

    def next(self, now: float = 0.0) -> FaultKind | None:
        """Say what goes wrong with the next request, at ``now`` (Unix seconds); None for most of them."""
        self._seen += 1
        if self._outage and (kind := self._of_outage(self._outage, now)):
            self.spoiled += 1
            return kind
        config = self._config
        enough = self.spoiled >= config.most or 0 < config.in_a_row <= self._in_a_row
        if enough or self._draw("share") / 2**64 >= config.share:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        self.spoiled += 1
        return config.kinds[self._draw("kind") % len(config.kinds)]

    def _of_outage(self, outage: Outage, now: float) -> FaultKind | None:
        if outage.wait > 0:
            outage.wait -= 1
            return None
        outage.until = min(outage.until, now + outage.seconds)
        if now < outage.until:
            return outage.kind
        self._outage = None
        return None

    def _draw(self, what: str) -> int:
        text = f"{self._config.seed}/{what}/{self._seen}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
