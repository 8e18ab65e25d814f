"""Which columns of two tables are compared, and as what. Pure: names in, names out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from toolkit.errors import WrongSettings
from toolkit.guess import meant


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of the columns.

    ``only``: names or globs of those to compare, none for all; ``ignore``: names or globs of those to leave out;
    ``rename``: texts ``old=new``; ``key``: the names of the key's columns, which are always compared.
    """

    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.ignore or self.rename)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of either table that are compared: the name each is compared by, by the name it has there."""

    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Name the compared columns: the first table's, then those that only the second has."""
        return list(dict.fromkeys([*self.before.values(), *self.after.values()]))


def lay_out(before: Sequence[str], after: Sequence[str], choice: Choice) -> Layout:
    """Settle which columns are compared. WrongSettings for a name or glob that fits none."""
    renamed = _renamed(before, after, choice.rename)
    names = list(dict.fromkeys([*(renamed.get(name, name) for name in before), *after]))
    key = tuple(dict.fromkeys(renamed.get(name, name) for name in choice.key))
    chosen = set(_fitting(names, choice.only, "column")) if choice.only else set(names)
    ignored = {renamed.get(name, name) for name in choice.ignore} & set(names)
    ignored |= set(
        _fitting(names, [each for each in choice.ignore if renamed.get(each, each) not in ignored], "ignored column")
    )
    for name in key:
        if renamed.get(name, name) in choice.ignore:
            raise WrongSettings(f"the column {name!r} can't be both key and ignored")
    kept = (chosen - ignored) | set(key)
    return Layout(
        {name: renamed.get(name, name) for name in before if renamed.get(name, name) in kept},
        {name: name for name in after if name in kept},
        key,
    )


def _renamed(before: Sequence[str], after: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for text in texts:
        old, new = _pair(text, before, after)
        if new in before:
            raise WrongSettings(f"{old!r} can't be renamed to {new!r}, which is a column of the first file, too")
        if old in renamed or new in renamed.values():
            raise WrongSettings(f"a column of the renaming {text!r} is renamed twice")
        renamed[old] = new
    return renamed


def _pair(text: str, before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Split ``old=new`` at the equals sign that leaves a column on either side."""
    places = [index for index, sign in enumerate(text) if sign == "="]
    for place in places:
        if text[:place] in before and text[place + 1 :] in after:
            return text[:place], text[place + 1 :]
    raise WrongSettings(
        f"the renaming {text!r} does not name a column of the first file and one of the second",
        hint="write old=new: the name before, then the name after",
    )


def _fitting(names: Sequence[str], wanted: Sequence[str], what: str) -> list[str]:
    """Give the names that are wanted by name or glob."""
    found: list[str] = []
    for each in wanted:
        fits = [each] if each in names else [name for name in names if fnmatchcase(name, each)]
        if not fits:
            sentence = f"the {what} {each!r} is in neither file{meant(each, names)}"
            raise WrongSettings(sentence, hint="check its exact heading")
        found += fits
    return found
