"""Which operations may go on at once, and which must wait for one above them. Pure: holds no thread and no request.

Operations enter in the file's order, each with its claims: the handles, lists, accounts and contacts it is about. Two
that claim one subject go one after the other, unless both claim it in the same shared way. Which contact an operation
comes to is sometimes known only after an answer (a conflict names it); until then it is unsettled, and nothing below
it touches a contact that it might come to. So the end is that of doing one operation after the other.
"""

from bisect import insort
from collections.abc import Iterator, Mapping

from toolkit.front.accounts import account_names
from toolkit.front.changes import handle_key
from toolkit.operation import CREATES, Op, Operation

Subject = tuple[str, ...]
Blocker = int | str
"""Who or what stands in the way: an operation, by its line, or a thing that one operation does at a time."""

ALONE = ""
"""The way of claiming a subject that no other operation shares; any other word is shared with those who say it too."""
CONTACT, ACCOUNT = "contact", "account"
"""What may be unsettled: which contact an operation comes to; which account an upsert's contact joins."""

_TAKES_HANDLES, _FREES_HANDLES = "take", "free"
_HANDLES: Subject = ("handles",)
_ACCOUNTS: Subject = ("accounts",)
_DELETIONS = (Op.CONTACT_DELETE, Op.LIST_DELETE, Op.ACCOUNT_DELETE)


class Order:
    """The operations that are under way, by line, with their claims.

    ``moved`` grows by each operation that ended or was settled, and each thing that was let go: whoever waited for
    that looks again.
    """

    def __init__(self) -> None:
        self._claims: dict[int, dict[Subject, str]] = {}
        self._lines: dict[Subject, list[tuple[int, str]]] = {}
        self._unsettled: dict[str, dict[int, None]] = {CONTACT: {}, ACCOUNT: {}}
        self.moved: list[Blocker] = []

    def enter(self, each: Operation) -> None:
        """Take an operation in, below all that entered before."""
        self._claims[each.line] = {}
        for subject, way in claims(each):
            self._add(each.line, subject, way)
        for what in unsettled(each):
            self._unsettled[what][each.line] = None

    def claim(self, line: int, contact_ids: list[str]) -> None:
        """Note which contacts an operation comes to; it is settled with that."""
        if line in self._claims:
            for contact_id in contact_ids:
                self._add(line, (CONTACT, contact_id), ALONE)
            self.settle(line, CONTACT)

    def settle(self, line: int, what: str) -> None:
        """Note that it is known now which contact (or account) it is; those who waited for that look again."""
        if self._unsettled[what].pop(line, line) is None:
            self.moved.append(line)

    def leave(self, line: int) -> None:
        """Take an operation out: it has ended."""
        for subject, way in self._claims.pop(line).items():
            lines = self._lines[subject]
            if len(lines) == 1:
                del self._lines[subject]
            else:
                lines.remove((line, way))
        for waited_for in self._unsettled.values():
            waited_for.pop(line, None)
        self.moved.append(line)

    def blocker(self, line: int) -> int | None:
        """Give the first operation above that must end, or settle, before this one goes on; None: it may."""
        knows_contact = False
        for subject, way in self._claims.get(line, {}).items():
            knows_contact = knows_contact or subject[0] == CONTACT
            for other, others_way in self._lines[subject]:
                if other == line:
                    break
                if way == ALONE or way != others_way:
                    return other
        return self.unsettled_before(line, CONTACT) if knows_contact else None

    def unsettled_before(self, line: int, what: str) -> int | None:
        """Give the first unsettled operation above; operations enter in order, so it is the first of all."""
        first = next(iter(self._unsettled[what]), line)
        return first if first < line else None

    def _add(self, line: int, subject: Subject, way: str) -> None:
        if subject in self._claims[line]:
            return
        self._claims[line][subject] = way
        lines = self._lines.get(subject)
        if lines is None:
            self._lines[subject] = [(line, way)]
        else:
            insort(lines, (line, way))


def claims(each: Operation) -> Iterator[tuple[Subject, str]]:
    """Give what an operation is about, as far as its line says so, and how it claims that."""
    yield from _contacts(each)
    yield from _handles(each)
    yield from _lists(each)
    yield from _accounts(each)
    if each.op in _DELETIONS:  # a list or an account goes with its members, which only a rollback's snapshot shows
        yield ("deletions",), each.op


def unsettled(each: Operation) -> Iterator[str]:
    """Give what the line of an operation does not say: the contact it comes to, the account its contact joins."""
    creates = each.op in CREATES and each.op is not Op.ACCOUNT_CREATE
    if creates or any(_is_unknown(target) for target in _targets(each)):
        yield CONTACT
    if creates and "account" in each.data:
        yield ACCOUNT


def _is_unknown(target: str | Mapping[str, str]) -> bool:
    return not isinstance(target, str) or not target.startswith("crd_")


def _targets(each: Operation) -> Iterator[str | Mapping[str, str]]:
    """Give the contacts that an operation names."""
    if "contact" in each.data:
        yield each.data["contact"]
    yield from each.data.get("contacts", ())


def _contacts(each: Operation) -> Iterator[tuple[Subject, str]]:
    if each.op in CREATES:
        yield ("created", each.op.partition(".")[0], each.key), ALONE
    for target in _targets(each):
        yield ((CONTACT, target) if isinstance(target, str) else ("created", CONTACT, target["ref"])), ALONE


def _handles(each: Operation) -> Iterator[tuple[Subject, str]]:
    """A handle is one contact's; a deletion sets handles free that its line may not name."""
    body = each.body
    for handle in (body, *body.get("handles", ())):
        if "handle" in handle:
            yield ("handle", *handle_key(handle)), ALONE
    if "handles" in body or each.op is Op.HANDLE_ADD:
        yield _HANDLES, _TAKES_HANDLES
    elif each.op in (Op.CONTACT_DELETE, Op.CONTACT_MERGE):
        yield _HANDLES, _FREES_HANDLES


def _lists(each: Operation) -> Iterator[tuple[Subject, str]]:
    for name in (*each.body.get("list_names", ()), *([each.data["list"]] if "list" in each.data else ())):
        yield ("list", name), ALONE if each.op is Op.LIST_DELETE else "members"
    if each.op is Op.LIST_CREATE:
        yield ("list", each.body["name"]), ALONE


def _accounts(each: Operation) -> Iterator[tuple[Subject, str]]:
    """Accounts are found by names that others may have too: so creations, changes and joinings go in turns."""
    account, members = each.data.get("account"), "contacts" in each.data
    if each.op is Op.ACCOUNT_CREATE or (account is not None and not members):
        yield _ACCOUNTS, each.op
    if account is not None and each.op not in CREATES:
        named: Subject = (ACCOUNT, account) if isinstance(account, str) else ("created", ACCOUNT, account["ref"])
        yield named, "members" if members else ALONE
    if each.op in (Op.ACCOUNT_CREATE, Op.ACCOUNT_UPDATE):
        for name in (*account_names(each.body), *account_names(each.data.get("before", {}))):
            yield ("account name", *name), ALONE
