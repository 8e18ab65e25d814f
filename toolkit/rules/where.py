"""A rule's conditions as SQL, over the columns that ``people.readable`` gives. Pure.

By the same allowed list as a mapping's expressions (toolkit/contacts/sql.py): polars never sees a person's own text.
"""

import polars as pl

from toolkit.contacts.expressions import NotAllowed, Unfit, evaluate
from toolkit.contacts.sql import parse
from toolkit.errors import Problem, WrongSettings
from toolkit.guess import meant
from toolkit.rules.conditions import Known, Question
from toolkit.rules.people import readable, readable_names


def read_where(text: str, known: Known) -> Question:
    """Make the question of an SQL condition; WrongSettings when it is not allowed, or names what is not there.

    Columns: id, name, email, phone, handles, lists, account (several joined by ``; ``) and custom fields by their
    names: a number is a number, a datetime ISO text in UTC, true or false a boolean, all others text.
    """
    try:
        checked = parse(text)
    except NotAllowed as error:
        raise _refused(text, str(error)) from None
    names = readable_names(known.company.fields)
    unknown = [each for each in checked.columns if each not in names]
    if unknown:
        raise _refused(text, *(f"there is no column {each!r}{meant(each, list(names))}" for each in unknown))
    if "account" in checked.columns and known.accounts is None:
        raise _refused(text, "the snapshot has no accounts: take it with sf2front snapshot --accounts")
    fields = tuple(asked for name in checked.columns if (asked := names[name]))

    def ask(frame: pl.DataFrame) -> pl.Series:
        try:
            return evaluate(readable(frame, fields), checked, condition=True)
        except Unfit as error:
            raise _refused(text, error.why) from None

    return Question(ask, fields)


def _refused(text: str, *sentences: str) -> WrongSettings:
    return WrongSettings(
        f"the condition {text!r} can't be used",
        hint='columns in double quotes, texts in single ones: "Annual Revenue" > 1000000 AND "Tier" = \'gold\'; '
        "numbers are numbers, times ISO texts",
        problems=tuple(map(Problem, sentences)),
    )
