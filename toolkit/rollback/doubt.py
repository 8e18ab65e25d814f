"""Whether the snapshot before is the state just before the replay: what speaks against it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from toolkit.front.state import FrontState
from toolkit.replay.history import Found, Write


@dataclass(frozen=True, slots=True)
class Doubt:
    """Sentences that say why what the snapshot shows can't be relied on: ``everywhere`` (empty: it can), or ``of`` the
    contacts and accounts that others wrote to in between, by id.
    """

    everywhere: str = ""
    of: Mapping[str, str] = field(default_factory=dict)

    def about(self, number: str) -> str:
        """Say what speaks against what is known of a contact or account from before; mostly empty."""
        return self.everywhere or self.of.get(number, "")


def contradiction(found: Iterable[Found], writes: Iterable[Write], before: FrontState, name: str) -> str:
    """Say where a replay found Front otherwise than the snapshot ``name`` shows it; empty when it did not.

    A contact that a creation met and had to complete proves nothing: Front makes contacts from conversations, which
    no list shows. One that was whole already was made by somebody.
    """
    made = {each.id for each in writes if each.creates}
    there = {*before.contacts, *(before.accounts or {}), *made}
    for each in found:
        if each.op == "contact.delete" and each.id in before.contacts:
            return _STALE.format(f"{name} shows {each.id}, which the replay found gone")
        known = each.op == "contact.create" or (each.op == "account.create" and before.accounts is not None)
        if known and each.id and each.id not in there:
            return _STALE.format(f"{name} does not show {each.id}, which the replay found there as it was to be")
    return ""


_STALE = "{}: what it says of the time just before is not sure"


def touched(writes: Iterable[Write]) -> Iterable[str]:
    """Name the contacts and accounts that were written to."""
    for each in writes:
        kind, number, _ = each.place
        yield from (each.body or {}).get("contact_ids", ())
        if kind != "contact_lists" and number:
            yield number
