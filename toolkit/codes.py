"""The closed list of codes: what each means, where it comes from, what to do. Data alone; pure.

Adding one is one line here; tests/core/test_codes.py holds that every code that the tree uses has its line, and the
other way round.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from toolkit.contacts.rejects import MEANINGS
from toolkit.guess import near


class Kind(StrEnum):
    """Where a code is met."""

    EXIT = "exit code"
    REJECT = "reject"
    REFUSAL = "refusal"
    NOTE = "note of replay"
    CONFLICT = "conflict"
    LEFT = "left by replay"
    ROLLBACK = "kept by rollback"
    PROBLEM = "problem of a file"
    STATUS = "status of Front"


PLACES = {
    Kind.EXIT: "what the process answers to the shell",
    Kind.REJECT: "`reject_code` in rejects.csv, `code` in dropped.csv (a value left out of a row that was kept)",
    Kind.REFUSAL: "`code` in ….results.ndjson of replay",
    Kind.NOTE: "`code` of a `done` operation in ….results.ndjson of replay",
    Kind.LEFT: "`code` of a `pending` operation in ….results.ndjson of replay",
    Kind.CONFLICT: "`code` in ….conflicts.ndjson of plan",
    Kind.ROLLBACK: "`code` in ….kept.ndjson of rollback",
    Kind.PROBLEM: "what reading, `inspect`, `validate`, `transform` and `diff` say of a file",
    Kind.STATUS: "`status` in ….results.ndjson of replay, and in the sentence of an error",
}


_FAILED = re.compile("5[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Code:
    """One code: sentences of what it means, why it comes about, and what to do."""

    code: str
    kind: Kind
    meaning: str
    cause: str
    remedy: str


def explained(code: str) -> list[Code]:
    """Give what a code means wherever it is met; an empty list when there is no such code.

    Hyphens and underscores are one, and each status of a class is its class's.
    """
    wanted = _plain("5xx" if _FAILED.fullmatch(code) else code)
    return [each for each in CODES if _plain(each.code) == wanted]


def alike(code: str) -> list[str]:
    """Name the codes that may have been meant, likeliest first."""
    return near(code, [each.code for each in CODES], most=3)


def _plain(code: str) -> str:
    return code.lower().replace("-", "_")


def _rows(kind: Kind, rows: tuple[tuple[str, str, str, str], ...]) -> Iterator[Code]:
    for code, meaning, cause, remedy in rows:
        yield Code(code, kind, meaning, cause, remedy)


_EXITS = (
    ("0", "Everything was done.", "There was nothing to object to.", "Nothing."),
    ("1", "A bug of sf2front.", "It did something it should not.", "Run it with --debug and report what it prints."),
    ("2", "Wrong settings.", "The command line, a mapping, settings or the environment ask for something impossible.",
     "Mend what the message names."),
    ("3", "Done, but some rows were rejected, or operations refused, in conflict, different or kept.",
     "Each has a line with a code in a file beside the output.", "Look into that file; explain the code found there."),
    ("4", "Sign-in refused.", "Salesforce or Front does not accept the token, or it may not do this.",
     "Get a new token, or one with the permission named."),
    ("5", "Stopped part way; everything so far is kept.", "No network, a limit, a full disk, another run.",
     "Run the same command again."),
    ("6", "Input refused; nothing was done.", "A file is not what it must be.", "Mend the file at the place named."),
    ("130", "Interrupted.", "Ctrl-C or SIGTERM.", "Run the same command again: a replay goes on where it was."),
)  # fmt: skip
_REMEDIES = {
    "excluded": "Change source.where in the mapping if the row is wanted.",
    "missing-key": "Fill the key column, or name another with source.key.",
    "repeated-key": "Give each row a key of its own, or name another column with source.key.",
    "missing-name": "Fill the name at the source, or give contact.name another template.",
    "no-account": "Fill the account at the source, or leave the row out with source.where.",
    "no-handle": "Fill an e-mail address or phone number at the source, or leave the row out with source.where.",
    "bad-email": "Correct the address in Salesforce, or set on_bad_value.email to drop.",
    "bad-phone": "Correct the number, name its region in the mapping, or set on_bad_value.phone to drop.",
    "bad-domain": "Correct the website at the source.",
    "bad-link": "Correct the link at the source, or its template in the mapping.",
    "bad-date": "Correct the cell, or declare its style with source.dates.",
    "bad-number": "Correct the cell, or declare its style with source.numbers.",
    "bad-boolean": "Correct the cell, or declare the words in the mapping.",
    "bad-choice": "Add the value to the field's map, with an else if need be.",
    "bad-teammate": "Map the column with the teammate's e-mail address.",
    "bad-inbox": "Map the value to the inbox's id.",
    "duplicate": "Join the rows at the source, or let the mapping merge duplicates.",
    "schema": "Mend the value that the sentence names.",
}
_REJECT_CAUSE = "A cell of the row, held against the mapping; the sentence beside the code names it."
_REFUSALS = (
    ("not_found", "Front has nothing of that id.", "It was deleted or merged since the plan was made.",
     "Take a new snapshot, plan again and replay that."),
    ("conflict", "Front answered that it conflicts with what is there.",
     "A handle, external id or domain belongs to another contact or account.",
     "Look at the ids in the message; correct the source, or merge the two in Front."),
    ("bad_request", "Front does not take the body.", "A custom field, choice or value that the company has not.",
     "Hold the mapping against the company with --fields; the message says which value."),
    ("forbidden", "The token may not do this.", "A permission (scope) is missing.", "Give the token the permission."),
    ("server_error", "Front failed at this operation again and again.",
     "Something in it that Front does not bear. It may have been done all the same.",
     "Look at it in Front; replay with --retry-failed, and if it stays tell Front's support."),
    ("refused", "Front refused it with another status.", "The status and Front's words stand beside the code.",
     "Explain the status; then replay the failures file."),
    ("several_contacts", "The handles belong to several contacts.", "One person is there twice or more in Front.",
     "Merge them in Front, or correct the handles at the source."),
    ("handle_of_another", "A handle belongs to a contact that has another external id.",
     "Two people share an address or number, or one record replaced another at the source.",
     "Leave the handle out, or correct the external id in Front."),
    ("shared_handle", "A contact with the handle was brought by another operation of this file.",
     "Two people share an address or number.", "Leave the handle out of one of them."),
    ("changed_since", "What the operation changes was changed in Front since the plan.", "Others work there, too.",
     "Make a new plan, or let this one win: replay PLAN --fresh --retry-failed --on-conflict plan."),
    ("exists", "The contact is there already.", "--on-existing fail asked for this.",
     "Replay with --on-existing update or skip."),
    ("no_such_list", "Front has no contact list of that name.", "It was renamed, deleted, or is not shown.",
     "Create it, or correct the name."),
    ("depends_on_refused", "It refers to something that was not created.", "The operation that creates it was refused.",
     "Mend that one, then replay the failures file."),
    ("members_missing", "Some contacts to be moved are not there; the others were.",
     "They were deleted, merged or not created.", "Take a new snapshot and plan again for those."),
)  # fmt: skip
_NOTES = (
    ("overwritten", "What was changed in Front since the plan was made was written over.",
     "--on-conflict plan asked for this, or it was a run of sync; the message names the fields.",
     "Nothing, if the plan was to win; else roll the replay back, or set those fields in Front again."),
)  # fmt: skip
_CONFLICTS = (
    ("several_contacts", "The handles belong to several contacts in Front.", "One person is there twice or more.",
     "Correct the handles at the source, or merge them (in Front, or plan --merge-conflicts): that can't be undone."),
    ("handle_of_another", "A handle belongs to a contact that has another external id.",
     "Two people share an address or number, or one record replaced another at the source.",
     "Leave the handle out, or correct the external id in Front; such contacts are never merged."),
    ("contact_claimed_twice", "Another line is the same contact in Front.", "Two rows at the source for one person.",
     "Join the two at the source."),
    ("handle_claimed_twice", "Another line wants the same handle.", "Two people share an address or number.",
     "Leave the handle out of one of them."),
    ("bad_field_value", "A custom field would not take the value.",
     "Its type, choices or teammates in Front are others than the mapping thinks.",
     "Correct the mapping, or the field in Front."),
)  # fmt: skip
_ROLLBACK = (
    ("changed_since", "It was changed by others since the replay.",
     "What is there now is neither what the replay wrote nor what was before.",
     "Undo it by hand, or overwrite the change with --even-if changed_since."),
    ("uncertain", "Whether the replay did it can't be told.",
     "Its answer was lost, and what was asked for is there; or others wrote after the snapshot before.",
     "Look at it in Front; undo it with --even-if uncertain."),
    ("unfinished", "Its operation has not ended.", "The replay was stopped while it was under way.",
     "Finish the replay first (the same command again), or undo it with --even-if unfinished."),
    ("unknown_before", "What was there before is not known.", "The checkpoint kept no state before of this write.",
     "Name the snapshot that was taken before the replay with --before."),
    ("gone", "What was written to is not there any more.",
     "It was deleted or merged since; or no list shows it, as a contact that Front made from a conversation.",
     "Nothing is left to undo; for what no list shows use --live, which asks for it by its id."),
    ("merged", "A merge can't be undone.", "Front has no way to split a contact.", "Split it by hand."),
)  # fmt: skip
_PROBLEMS = (
    ("ragged", "A row has more or fewer cells than the headings.", "An unquoted delimiter, or a file cut short.",
     "Quote the cell, or export again."),
    ("quote", "A quote stands where none may.", "The file was not written by the rules of CSV.",
     "Double the quotes, or save it again with a spreadsheet."),
    ("unclosed", "A quoted cell is never closed.", "The file was cut short.", "Export or download it again."),
    ("headings", "The headings can't be found.", "The first row is no row of headings.", "Delete what is above it."),
    ("heading", "A heading is repeated, or is not one that the file may have.",
     "Two columns with one label, or a file for another target.", "Name the columns as the message shows."),
    ("no-heading", "A value stands in a column without heading.", "A cell was moved.", "Give the column a heading."),
    ("blank-columns", "Columns without heading and values were dropped.", "A spreadsheet saved them.", "Nothing."),
    ("preamble", "A report's title above the headings was passed over.", "Formatted exports have one.", "Nothing."),
    ("rows-above", "Blank rows above the headings were passed over.", "A spreadsheet saved them.", "Nothing."),
    ("encoding", "The file is not UTF-8, or has bytes that are not its encoding's.",
     "It was saved in another encoding.", "Look at a name with accents; name it with --encoding."),
    ("nul", "A NUL byte stands in the file.", "It is no text, or was damaged.", "Export it again."),
    ("footer", "A report's footer was cut.", "Formatted exports have one.", "Nothing."),
    ("blank-rows", "Blank rows at the end were cut.", "A spreadsheet saved them.", "Nothing."),
    ("blank-rows-inside", "Blank rows stand between others.", "A spreadsheet saved them.",
     "Delete them; transform rejects them as missing-key."),
    ("records", "The report speaks of another number of records than stand there.",
     "Subtotals, or a file cut short.", "Export the details, or export again."),
    ("huge", "A cell is larger than any text of a contact.", "A document stands in it.", "Leave the column out."),
    ("headings-like-values", "The headings look like values.", "The file has no row of headings.", "Put one above."),
    ("key-proposed", "The rows were compared by a key that was found, not given.", "--key was not given.",
     "Name the key with --key."),
    ("key-repeated", "Rows of one file share a key.", "The key does not name a row alone.", "Name another with --key."),
    ("key-empty", "Rows have no key.", "Their key cells are blank.", "Fill them, or name another with --key."),
    ("rename-proposed", "A column of one file has the values of another column of the other.", "It was renamed.",
     "Compare them as one with --rename."),
    ("id-lengths", "The keys have 15 characters in one file and 18 in the other, and no row is in both.",
     "Reports have short Salesforce Ids, other exports long ones.", "Compare them as Ids: --rule COLUMN=id."),
    ("rejected", "Rows of a report ask for nothing.", "The mapping rejects them.", "Transform it: see rejects.csv."),
    ("merged", "Rows of a report are one contact.", "The mapping merges them.", "Nothing."),
    ("several-contacts", "Rows of a report mean several contacts in Front.", "One person is there twice or more.",
     "Make a plan: its conflicts name them."),
    ("not-asked-for", "Front has contacts that a report does not ask for.", "Others made them.", "Nothing."),
    ("no-accounts", "The snapshot has no accounts.", "It was taken without --accounts.", "Take it with --accounts."),
    ("sheet", "A workbook has several sheets; the first with anything in it was read.", "It was made so.",
     "Save the sheet that is meant as a file of its own, if it is another."),
    ("schema", "It is not what its schema asks.", "The pointer and sentence say where.", "Mend the value named."),
    ("json", "A line is not JSON.", "It was cut short or edited.", "Write it again."),
    ("field", "A custom field would not take the value.", "Its type or choices in Front are others.",
     "Correct the value, or the field in Front."),
    ("clear", "A custom field is both set and cleared.", "The operation contradicts itself.", "Leave out one of them."),
)  # fmt: skip
_STATUSES = (
    ("400", "Bad request.", "The body holds something that Front does not take.", "Mend the value named."),
    ("401", "Not signed in.", "The token is wrong, expired or revoked.", "Set SF2FRONT_FRONT_TOKEN to a valid token."),
    ("403", "Forbidden.", "The token lacks a permission.", "Give it the permission in Front's settings."),
    ("404", "Not found.", "The id or handle is not there, or not shown to the token.", "Take a new snapshot."),
    ("409", "Conflict.", "A handle, external id or name is taken.", "Look at the ids in the message."),
    ("429", "Too many requests.", "The company's rate limit is used up, maybe by others.",
     "Nothing: it waits as told. A smaller --share leaves more to others."),
    ("5xx", "Front failed.", "A fault at Front's side.", "It is asked again; if it stops, run the same command later."),
)  # fmt: skip

_LEFT = (
    ("beyond_limit", "Not sent: --limit was reached before it.", "It was asked for so.",
     "Run the same command without --limit, or with another: what is done is not sent again."),
    ("not_chosen", "Not sent: --only asked for other kinds.", "It was asked for so.", "Run it without --only."),
    ("time_is_up", "Not sent: the time of --for, or of sync's send_for, had passed.", "It was asked for so.",
     "Run the same command again; the next sync plans it anew, with the newest values."),
    ("waits_for_left", "Not sent: it needs what an operation would create that was left too.",
     "--limit or --only left that one.", "Run the same command without --limit and --only."),
)  # fmt: skip

CODES: tuple[Code, ...] = (
    *_rows(Kind.EXIT, _EXITS),
    *(Code(str(code), Kind.REJECT, said, _REJECT_CAUSE, _REMEDIES[code]) for code, said in MEANINGS.items()),
    *_rows(Kind.REFUSAL, _REFUSALS),
    *_rows(Kind.NOTE, _NOTES),
    *_rows(Kind.CONFLICT, _CONFLICTS),
    *_rows(Kind.LEFT, _LEFT),
    *_rows(Kind.ROLLBACK, _ROLLBACK),
    *_rows(Kind.PROBLEM, _PROBLEMS),
    *_rows(Kind.STATUS, _STATUSES),
)
