"""Decides which requests to Salesforce go wrong on purpose, and how. Pure: the same seed, the same decisions."""

import hashlib

from toolkit.sandbox.config import FaultKind, FaultsConfig


class Spoiler:
    """Goes through the requests in their order; counts those it spoiled."""

    def __init__(self, config: FaultsConfig) -> None:
        self._config = config
        self._seen = 0
        self._in_a_row = 0
        self.spoiled = 0

    def next(self) -> FaultKind | None:
        """Say what goes wrong with the next request; None for most of them."""
        self._seen += 1
        config = self._config
        enough = self.spoiled >= config.most or 0 < config.in_a_row <= self._in_a_row
        if enough or self._draw("share") / 2**64 >= config.share:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        self.spoiled += 1
        return config.kinds[self._draw("kind") % len(config.kinds)]

    def _draw(self, what: str) -> int:
        text = f"{self._config.seed}/{what}/{self._seen}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
