"""The company in the sandbox's Front, and the routes that only read what it was configured to be."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from toolkit.sandbox.bodies import FieldValues
from toolkit.sandbox.calls import Call, Reply, not_found
from toolkit.sandbox.config import CustomField, FieldType, FrontConfig, Rule, Teammate
from toolkit.sandbox.contact_rows import insert_automatic, make_lists
from toolkit.sandbox.store import Store, resource_id, sequence


@dataclass(frozen=True, slots=True)
class Company:
    """What every route of Front works on; ``clock`` gives Unix seconds."""

    config: FrontConfig
    store: Store
    clock: Callable[[], float]
    contact_fields: FieldValues
    account_fields: FieldValues

    @property
    def db(self) -> sqlite3.Connection:
        """The database, inside the transaction of the request that is being answered."""
        return self.store.db


def found(config: FrontConfig, store: Store, clock: Callable[[], float]) -> Company:
    """Set up the company, with the contact lists it is configured to have."""
    emails = frozenset(each.email.casefold() for each in config.teammates)
    inboxes = frozenset(resource_id("inb", number) for number, _ in enumerate(config.inboxes, 1))
    with store.transaction() as db:
        make_lists(db, config.lists)
        insert_automatic(db, config.automatic, clock())
    contact, account = (
        FieldValues({each.name: each for each in fields}, emails, inboxes)
        for fields in (config.custom_fields, config.account_custom_fields)
    )
    return Company(config, store, clock, contact, account)


def me(company: Company, call: Call) -> Reply:
    """GET /me: the company a token belongs to."""
    links = {"self": f"{call.base}/me"}
    return Reply(200, {"_links": links, "id": company.config.company_id, "name": company.config.company_name})


def contact_custom_fields(company: Company, call: Call) -> Reply:
    """GET /contacts/custom_fields."""
    return _whole(call, [_field(call, each, n) for n, each in enumerate(company.config.custom_fields, 1)])


def account_custom_fields(company: Company, call: Call) -> Reply:
    """GET /accounts/custom_fields: numbered after those of contacts."""
    first = len(company.config.custom_fields) + 1
    return _whole(call, [_field(call, each, n) for n, each in enumerate(company.config.account_custom_fields, first)])


def rules(company: Company, call: Call) -> Reply:
    """GET /rules and /company/rules: names and action texts; Front shows no conditions."""
    return _whole(call, [_rule(call, rule, number) for number, rule in enumerate(company.config.rules, 1)])


def teammates(company: Company, call: Call) -> Reply:
    """GET /teammates."""
    return _whole(call, [_teammate(call, each, number) for number, each in enumerate(company.config.teammates, 1)])


def inboxes(company: Company, call: Call) -> Reply:
    """GET /inboxes."""
    return _whole(call, [_inbox(call, name, number) for number, name in enumerate(company.config.inboxes, 1)])


def teams(company: Company, call: Call) -> Reply:
    """GET /teams."""
    return _whole(call, [_team(call, name, number) for number, name in enumerate(company.config.teams, 1)])


def team(company: Company, call: Call) -> Reply:
    """GET /teams/{team_id}: a workspace with its inboxes and members; the first is everybody's."""
    number = sequence("tim", call.params["team_id"]) or 0
    if not 1 <= number <= len(company.config.teams):
        raise not_found(f"team {call.params['team_id']}")
    people = company.config.teammates if number == 1 else company.config.teammates[:1]
    everything = {
        "inboxes": [_inbox(call, name, each) for each, name in enumerate(company.config.inboxes, 1)],
        "members": [_teammate(call, teammate, each) for each, teammate in enumerate(people, 1)],
    }
    return Reply(200, _team(call, company.config.teams[number - 1], number) | everything)


def team_rules(company: Company, call: Call) -> Reply:
    """GET /teams/{team_id}/rules: the sandbox's rules are all the company's."""
    team(company, call)
    return _whole(call, [])


def _whole(call: Call, results: list[dict[str, Any]]) -> Reply:
    return Reply(200, {"_links": {"self": f"{call.base}{call.path}"}, "_results": results})


def _field(call: Call, field: CustomField, number: int) -> dict[str, Any]:
    identity = resource_id("fld", number)
    values = {"values": [{"value": each, "label": each.capitalize()} for each in field.values]}
    return {
        "_links": {"self": f"{call.base}/custom_fields/{identity}"},
        "id": identity,
        "name": field.name,
        "description": f"Made up for the sandbox: {field.name}",
        "type": field.type.value,
    } | (values if field.type is FieldType.ENUM else {})


def _rule(call: Call, rule: Rule, number: int) -> dict[str, Any]:
    identity = resource_id("rul", number)
    return {
        "_links": {"self": f"{call.base}/rules/{identity}", "related": {"owner": None}},
        "id": identity,
        "name": rule.name,
        "actions": list(rule.actions),
        "is_private": False,
    }


def _teammate(call: Call, teammate: Teammate, number: int) -> dict[str, Any]:
    identity = resource_id("tea", number)
    address = f"{call.base}/teammates/{identity}"
    related = {"inboxes": f"{address}/inboxes", "conversations": f"{address}/conversations"}
    return {
        "_links": {"self": address, "related": related},
        "id": identity,
        "email": teammate.email,
        "username": teammate.email.partition("@")[0],
        "first_name": teammate.first_name,
        "last_name": teammate.last_name,
        "license_type": "full",
        "is_admin": number == 1,
        "is_available": True,
        "is_blocked": False,
        "type": "user",
        "custom_fields": {},
    }


def _inbox(call: Call, name: str, number: int) -> dict[str, Any]:
    identity = resource_id("inb", number)
    address = f"{call.base}/inboxes/{identity}"
    related = {part: f"{address}/{part}" for part in ("teammates", "conversations", "channels")}
    return {
        "_links": {"self": address, "related": related | {"owner": f"{call.base}/teams/tim_1"}},
        "id": identity,
        "name": name,
        "is_private": False,
        "is_public": True,
        "custom_fields": {},
    }


def _team(call: Call, name: str, number: int) -> dict[str, Any]:
    identity = resource_id("tim", number)
    return {"_links": {"self": f"{call.base}/teams/{identity}"}, "id": identity, "name": name}
