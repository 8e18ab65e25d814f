"""What a walk through a mapping file gathers: its problems, and every place that names a column or holds SQL. Pure.

Templates and expressions are parsed here, so that a broken one is told with its line, and the columns it uses are
noted with the place.
"""

from collections.abc import Iterable
from typing import Any

from toolkit.contacts import templates
from toolkit.contacts.expressions import Expression, NotAllowed
from toolkit.contacts.templates import Template
from toolkit.documents import Document, escape
from toolkit.errors import Problem, WrongSettings


class Notes:
    """The notes on one document. ``data, key, pointer`` are an object of it, one of its keys, and the object's place.

    A part that is wrong is noted and left out of what is given; ``refuse_if_wrong`` then tells all of them at once.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[Problem] = []
        self._references: list[tuple[str, str]] = []
        self._expressions: list[tuple[str, Expression, bool]] = []

    @property
    def expressions(self) -> tuple[tuple[str, Expression, bool], ...]:
        """Give (pointer, expression, is it a condition) of each."""
        return tuple(self._expressions)

    def wrong(self, pointer: str, sentence: str) -> None:
        """Note a problem at a place."""
        self._problems.append(self._document.problem(pointer, sentence, "mapping"))

    def alone(self, data: dict[str, Any], keys: Iterable[str], pointer: str, owner: str) -> None:
        """Note the keys that stand here and are for ``owner`` alone."""
        for key in keys:
            if key in data:
                self.wrong(f"{pointer}/{key}", f"{key} is for {owner} alone")

    def refuse_if_wrong(self) -> None:
        """Raise WrongSettings with every problem in the order of the lines, when there is any."""
        if self._problems:
            placed = sorted(self._problems, key=lambda each: (each.line or 0, each.column or 0))
            raise WrongSettings(f"{self._document.name} is not a valid mapping file", problems=tuple(placed))

    def column(self, data: dict[str, Any], key: str, pointer: str) -> str | None:
        """Give the column that ``key`` names, or None."""
        name = data.get(key)
        if name is not None:
            self._references.append((f"{pointer}/{key}", name))
        return name

    def columns(self, data: dict[str, Any], key: str, pointer: str) -> tuple[str, ...]:
        """Give the column, or the columns, that ``key`` names."""
        names = data.get(key, [])
        if isinstance(names, str):
            self._references.append((f"{pointer}/{key}", names))
            return (names,)
        self._references += [(f"{pointer}/{key}/{index}", name) for index, name in enumerate(names)]
        return tuple(names)

    def expression(self, data: dict[str, Any], key: str, pointer: str) -> Expression | None:
        """Give the checked SQL of ``key``; every key but ``sql`` is a condition."""
        if key not in data:
            return None
        from toolkit.contacts.sql import parse  # noqa: PLC0415 - takes longer to load than a mapping to read

        place = f"{pointer}/{key}"
        try:
            expression = parse(data[key])
        except NotAllowed as error:
            self.wrong(place, f"the expression {error}")
            return None
        self._references += [(place, column) for column in expression.columns]
        self._expressions.append((place, expression, key != "sql"))
        return expression

    def templates(self, data: dict[str, Any], key: str, pointer: str) -> tuple[Template, ...]:
        """Give the template, or the templates, of ``key``."""
        texts, place = data.get(key, []), f"{pointer}/{key}"
        if isinstance(texts, str):
            return tuple(self._parsed([(place, texts)]))
        return tuple(self._parsed((f"{place}/{index}", text) for index, text in enumerate(texts)))

    def _parsed(self, texts: Iterable[tuple[str, str]]) -> Iterable[Template]:
        for place, text in texts:
            try:
                template = templates.parse(text)
            except ValueError as error:
                self.wrong(place, f"the template {error}")
                continue
            self._references += [(place, column) for column in template.columns]
            yield template

    def references(self, computed: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Give (pointer, column) of each place that names a column of the file, not one of ``computed``.

        A computed column is known below its place, and nowhere else: other uses are noted as problems.
        """
        own = []
        for place, column in self._references:
            if column not in computed:
                own.append((place, column))
            elif not _below(place, column, computed):
                self.wrong(place, f"can't use {column!r}: it is computed further down, and known only below its place")
        return tuple(own)


def _below(place: str, column: str, computed: tuple[str, ...]) -> bool:
    """Say whether a place comes after a computed column: source does not, and ``columns`` are computed in order."""
    if place.startswith("/source/"):
        return False
    earlier = computed[: computed.index(column) + 1]
    return not any(place.startswith(f"/columns/{escape(each)}/") for each in earlier)
