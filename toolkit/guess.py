"""Guesses which of the known names a person meant. Pure."""

import difflib
from collections.abc import Sequence


def near(name: str, known: Sequence[str], most: int = 1) -> list[str]:
    """Give the nearest of the ``known`` names, likeliest first: another case or sign, then a slip of the keys."""
    folded = {_plain(each): each for each in known}
    return [folded[each] for each in difflib.get_close_matches(_plain(name), list(folded), n=most)]


def meant(name: str, known: Sequence[str]) -> str:
    """Write the nearest name as the end of a sentence, ``: did you mean 'Tier'?``; empty when none is near."""
    found = near(name, known)
    return f": did you mean {found[0]!r}?" if found else ""


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_")
