"""Lengths of time as settings and options write them: ``45s``, ``90m``, ``6h``, ``7d``. Pure."""

import re

_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}


def seconds_of(text: str) -> float:
    """Read a length of time in seconds; ValueError for anything else."""
    found = re.fullmatch(r"([0-9]{1,6})([dhms])", text.strip(), re.ASCII)
    if not found:
        raise ValueError(f"{text!r} is not a length of time such as 45s, 90m, 6h or 7d")
    return int(found[1]) * _SECONDS[found[2]]
