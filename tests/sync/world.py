"""A Salesforce that changes every day, and teammates who work in Front meanwhile. All by one seed.

What teammates do is written straight into the sandbox's Front, so its log of requests holds none of it; ``model`` is
told the same.
"""

import json
import random
from datetime import date, timedelta
from typing import Any

from tests.sync.model import NEVER_ENDS, Contact, Model, Record
from toolkit.sandbox import contact_rows
from toolkit.sandbox.config import TEAMMATES
from toolkit.sandbox.serve import RunningSandbox
from toolkit.sandbox.store import sequence

OWNERS = tuple(each.email for each in TEAMMATES)
TIERS = ("Gold", "Silver", "Bronze")
NAMES = ("Ada", "Ben", "Cleo", "Dana", "Eike", "Finn", "Gro", "Hana", "Ivo", "June", "Kai", "Lea", "Møa", "Noor")
COLOURS = ("red", "green", "blue", "yellow")
DAY = date(2027, 1, 1)


class World:
    """Both sides, and what changes in them; ``dirty`` are the Ids that changed since the last night that went well."""

    def __init__(self, sandbox: RunningSandbox, model: Model, seed: int) -> None:
        self.sandbox, self.model = sandbox, model
        self.chance = random.Random(seed)
        self.records: dict[str, Record] = {}
        self.deleted: dict[str, Record] = {}
        self.dirty: set[str] = set()
        self.expected: list[str] = []
        self.ended: dict[str, int] = {}
        self.deleted_in_front: set[str] = set()
        self._people = 0

    # Salesforce

    def begin(self, contacts: int) -> None:
        """Fill Salesforce."""
        for _ in range(contacts):
            self.create()

    def create(self, **fields: Any) -> str:
        """Let a record be made; give its Id."""
        self._people += 1
        number, chance = self._people, self.chance
        record: Record = {
            "FirstName": chance.choice(NAMES),
            "LastName": f"{chance.choice(NAMES)}sen {number}",
            "Title": chance.choice(("Buyer", "Clerk", "Director")),
            "Email": f"person{number}@example.com",
            "Phone": f"+1212{2_000_000 + number:07}" if chance.random() < 0.5 else None,
            "Owner.Email": chance.choice(OWNERS),
            "Tier__c": chance.choices(TIERS, (1, 3, 6))[0],
            "Account.AnnualRevenue": float(chance.randrange(5, 4_000) * 1_000),
            "Renewal_Date__c": DAY + timedelta(days=chance.randrange(700)) if chance.random() < 0.6 else None,
        } | fields
        identity = self.sandbox.salesforce.add(**_named(record))
        self.records[identity] = record | {"Id": identity}
        self.dirty.add(identity)
        return identity

    def change(self, identity: str, **fields: Any) -> None:
        """Change a record's fields, by their names with ``__`` for a dot."""
        self.sandbox.salesforce.change(identity, **fields)
        for name, value in fields.items():
            plain = name if name in self.records[identity] else name.replace("__", ".", 1)
            if plain in self.records[identity]:
                self.records[identity][plain] = value
        self.dirty.add(identity)

    def delete(self, identity: str) -> None:
        """Delete a record: the contact in Front stays, since that is the policy."""
        self.sandbox.salesforce.delete(identity)
        self.deleted[identity] = self.records.pop(identity)
        self.dirty.discard(identity)

    def day(self, share: float) -> None:
        """Let a day pass in Salesforce: of the records so large a share is changed, and some come and go."""
        chance, ids = self.chance, list(self.records)
        for identity in chance.sample(ids, round(len(ids) * share)):
            if self.records[identity]["Renewal_Date__c"] != NEVER_ENDS:  # what of it Front refuses is not modelled
                self._edit(identity)
        for identity in chance.sample(ids, round(len(ids) * share / 5)):
            self.change(identity, MailingCity=f"City {chance.random():.6f}", Description=f"Said {chance.random()}")
        for _ in range(chance.randint(0, max(1, len(ids) // 1_000))):
            self.create()
        for identity in chance.sample(ids, chance.randint(0, max(1, len(ids) // 2_000))):
            self.delete(identity)
        if chance.random() < 0.3:
            self.delete(self.create())
        while self.expected and chance.random() < 0.5:
            self.create(Email=self.expected.pop(0))

    def mass_update(self) -> None:
        """Let nearly all records get another owner, and a value."""
        for identity in list(self.records):
            if self.chance.random() < 0.98:
                owner = OWNERS[(OWNERS.index(self.records[identity]["Owner.Email"]) + 1) % len(OWNERS)]
                self.change(identity, Owner__Email=owner, Account__AnnualRevenue=float(self.chance.randrange(9_999)))

    def _edit(self, identity: str) -> None:
        chance, record = self.chance, self.records[identity]
        kind = chance.choices(("name", "email", "phone", "owner", "tier", "revenue", "renewal"), (2, 1, 1, 2, 1, 4, 2))[
            0
        ]
        self._people += kind in ("name", "email", "phone")
        number = self._people
        match kind:
            case "name":
                self.change(identity, LastName=f"{chance.choice(NAMES)}berg {number}")
            case "email":
                self.change(identity, Email=f"person{number}@example.org")
            case "phone":
                self.change(identity, Phone=f"+1212{2_000_000 + number:07}")
            case "owner":
                self.change(
                    identity, Owner__Email=chance.choice([each for each in OWNERS if each != record["Owner.Email"]])
                )
            case "tier":
                self.change(identity, Tier__c=chance.choice([each for each in TIERS if each != record["Tier__c"]]))
            case "revenue":
                self.change(identity, Account__AnnualRevenue=record["Account.AnnualRevenue"] + 1_000)
            case "renewal":
                day = (
                    None
                    if record["Renewal_Date__c"] and chance.random() < 0.3
                    else DAY + timedelta(chance.randrange(700))
                )
                self.change(identity, Renewal_Date__c=day)

    def refuse_one(self) -> str:
        """Give one record a renewal that Front refuses; give its Id."""
        identity = self.chance.choice([each for each in self.records if each not in self.dirty])
        self.change(identity, Renewal_Date__c=NEVER_ENDS)
        return identity

    def repeat_one(self) -> str:
        """Let a record be made with the address of another, which is in conflict; give its Id."""
        return self.create(Email=self.chance.choice(list(self.records.values()))["Email"])

    # Front

    def teammates(self, edits: int) -> None:
        """Let teammates and other integrations work in Front for a day."""
        known = [each for each in self.records if each in self.model.contacts]
        for identity in self.chance.sample(known, min(edits, len(known))):
            with self.sandbox.store.transaction() as db:
                row = contact_rows.owner(db, _handle(self.model.contacts[identity]))
            if row is not None:
                self._touch(identity, row)
        if self.chance.random() < 0.3:
            self._make_by_hand()

    def leave_lists(self, contacts: int) -> None:
        """Let teammates take contacts off a list of ours: whole snapshots alone are sure to see it."""
        known = [each for each in self.records if "Gold" in self.model.contacts.get(each, Contact()).lists]
        for identity in self.chance.sample(known, min(contacts, len(known))):
            contact = self.model.contacts[identity]
            with self.sandbox.store.transaction() as db:
                row = contact_rows.owner(db, _handle(contact))
                if row is not None:
                    self._lists(db, contact, row, contact.lists - {"Gold"})

    def delete_in_front(self) -> None:
        """Let a teammate delete a contact that Salesforce still has: nothing in Front tells of it."""
        known = [each for each in self.records if each in self.model.contacts]
        identity = self.chance.choice(known)
        with self.sandbox.store.transaction() as db:
            row = contact_rows.owner(db, _handle(self.model.contacts[identity]))
            if row is not None:
                self.deleted_in_front |= self.model.contacts[identity].handles
                contact_rows.delete(db, row)
                self.model.ghosts[identity] = self.model.contacts.pop(identity)
                self.ended[identity] = self.ended.get(identity, 0) + 1

    def _touch(self, identity: str, row: int) -> None:
        contact, chance = self.model.contacts[identity], self.chance
        kind = chance.choices(("field", "handle", "list", "name"), (12, 3, 4, 1))[0]
        now = self.sandbox.front.clock()
        with self.sandbox.store.transaction() as db:
            match kind:
                case "field":
                    others = {"Favourite Color": chance.choice(COLOURS), "VIP": chance.random() < 0.5}
                    contact.fields |= others
                    there = json.loads(contact_rows.get(db, row)["custom_fields"])
                    contact_rows.update(db, row, {"custom_fields": there | others}, now)
                case "handle":
                    handle = {"source": "twitter", "handle": f"@{identity.lower()}{chance.randrange(10**6)}"}
                    contact.handles.add(f"twitter:{handle['handle']}")
                    contact_rows.add_handles(db, row, [handle])
                    contact_rows.touch(db, row, now)
                case "list":
                    self._lists(db, contact, row, contact.lists | {"Picks"})
                    return
                case "name":
                    contact.name = f"{chance.choice(NAMES)} by hand"
                    contact_rows.update(db, row, {"name": contact.name}, now)
        self.model.moved.add(identity)

    @staticmethod
    def _lists(db: Any, contact: Contact, row: int, lists: set[str]) -> None:
        """Put a contact on lists, or take it off: whether that moves ``updated_at`` is not known; here it doesn't."""
        gone = contact.lists - lists
        there = {each["name"] for each in contact_rows.lists_of(db, row)}
        contact_rows.put_on_lists(db, row, sorted((there | lists) - gone))
        contact.lists = lists

    def _make_by_hand(self) -> None:
        self._people += 1
        address = f"byhand{self._people}@example.net"
        contact = Contact(name=f"{self.chance.choice(NAMES)} typed", handles={f"email:{address}"})
        contact.fields = {"Favourite Color": self.chance.choice(COLOURS)}
        body = {"name": contact.name, "custom_fields": contact.fields, "handles": [_handle(contact)]}
        with self.sandbox.store.transaction() as db:
            contact_rows.insert(db, body, self.sandbox.front.clock())
        contact.fields = dict(contact.fields)
        self.model.by_hand[address] = contact
        self.model.moved.add(address)
        self.expected.append(address)


def _handle(contact: Contact) -> dict[str, str]:
    source, _, handle = next(each for each in sorted(contact.handles) if each.startswith("email:")).partition(":")
    return {"source": source, "handle": handle}


def _named(record: Record) -> Record:
    return {name.replace(".", "__"): value for name, value in record.items()}


def differences(world: World) -> list[str]:
    """Hold Front against the model; give a sentence for each contact that is not as it must be."""
    found: dict[str, list[dict[str, Any]]] = {}
    stray: dict[str, dict[str, Any]] = {}
    for each in world.sandbox.store.contacts():
        if key := each["custom_fields"].get("Salesforce ID"):
            found.setdefault(key, []).append(each)
        else:
            stray[each["handles"][0].partition(":")[2]] = each
    wrong = [f"{key} is there {len(there)} times" for key, there in found.items() if len(there) > 1]
    wrong += [f"{key} is not there" for key in world.model.contacts.keys() - found.keys()]
    wrong += [f"{key} should not be there" for key in found.keys() - world.model.contacts.keys()]
    wrong += [f"{each} should not be there" for each in stray.keys() - world.model.by_hand.keys()]
    wrong += [f"{each} is not there" for each in world.model.by_hand.keys() - stray.keys()]
    pairs = [(key, found[key][0], want) for key, want in world.model.contacts.items() if key in found]
    pairs += [(key, stray[key], want) for key, want in world.model.by_hand.items() if key in stray]
    return wrong + [f"{key}: {what}" for key, here, want in pairs for what in _unlike(here, want)]


def _unlike(here: dict[str, Any], want: Contact) -> list[str]:
    """Name what differs; of a deleted record's contact too: nobody touches it any more."""
    shown = Contact(
        here["name"],
        here["description"],
        set(here["handles"]),
        set(here["links"]),
        set(here["lists"]),
        here["custom_fields"],
    )
    names = ("name", "description", "handles", "links", "lists", "fields")
    return [
        f"{name} is {a!r}, not {b!r}" for name in names if (a := getattr(shown, name)) != (b := getattr(want, name))
    ]


def created_twice(world: World) -> list[str]:
    """Name the contacts that were created more often than teammates deleted them, by the sandbox's log."""
    with world.sandbox.store.transaction() as db:
        rows = db.execute(
            "SELECT concerns FROM requests WHERE method = 'POST' AND path = '/contacts' AND status = 201"
        ).fetchall()
    made: dict[str, int] = {}
    for row in rows:
        identity = next(each for each in json.loads(row["concerns"]) if sequence("crd", each) is None)
        made[identity] = made.get(identity, 0) + 1
    return [each for each, times in made.items() if times > 1 and each not in world.deleted_in_front]
