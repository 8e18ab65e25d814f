"""What a sandbox is told to be: its settings, and the YAML file that describes the company and the reports in it.

The file's keys are those of ``schemas/sandbox.schema.json``; whatever it leaves out stays as the sandbox comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from toolkit.documents import parse_yaml
from toolkit.errors import WrongSettings
from toolkit.sandbox.countries import OWNERS
from toolkit.schemas import check_document

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Where to listen (port 0: any free one), where to keep the state (None: in memory), what to be, where to log."""

    port: int = 0
    state: Path | None = None
    config: Path | None = None
    log: Path | None = None


class FieldType(StrEnum):
    """Front's seven types of custom field."""

    STRING = "string"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    NUMBER = "number"
    TEAMMATE = "teammate"
    INBOX = "inbox"
    ENUM = "enum"


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field of Front; ``values`` are the choices of a dropdown."""

    name: str
    type: FieldType = FieldType.STRING
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Teammate:
    """A person who works in Front."""

    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One of Front's rules: Front's API shows the name and what the actions do, nothing more."""

    name: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OthersConfig:
    """Other integrations: 1 to ``most`` requests at once, every so many seconds, give or take a half; 0: nobody."""

    most: int = 0
    every_seconds: float = 10.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in a window of so many seconds; 0 requests: no limit at all.

    ``sliding``: in any so many seconds, not in those that begin at whole multiples of them.
    ``burst`` more are let in, once in ``burst_seconds`` after they are used up. ``route_requests``: how many requests
    one path takes in a second (0: any number). ``headers``: whether answers tell of the limit.
    """

    requests: int = 6_000
    seconds: float = 60.0
    sliding: bool = False
    burst: int = 0
    burst_seconds: float = 600.0
    route_requests: int = 0
    headers: bool = True
    others: OthersConfig = OthersConfig()


CONTACT_FIELDS = (
    CustomField("Account Owner", FieldType.TEAMMATE),
    CustomField("Annual Revenue", FieldType.NUMBER),
    CustomField("Renewal", FieldType.DATETIME),
    CustomField("Tier", FieldType.ENUM, ("gold", "silver", "bronze")),
    CustomField("Salesforce ID"),
    CustomField("VIP", FieldType.BOOLEAN),
    CustomField("Favourite Color"),
)
ACCOUNT_FIELDS = (CustomField("Industry"), CustomField("Employees", FieldType.NUMBER))
TEAMMATES = tuple(Teammate(owner.email, owner.first_name, owner.last_name) for owner in OWNERS)
RULES = (
    Rule("Gold contacts first", ("Assign to Priority", "Tag with Gold")),
    Rule("Out of office reply", ("Send an auto-reply",)),
)


class FaultKind(StrEnum):
    """What can go wrong with a request on purpose. Salesforce's requests read; Front's write, so it matters when."""

    DROP = "drop"
    RESET = "reset"
    ERROR = "500"
    LATE_ERROR = "502"
    GARBAGE = "garbage"
    UNAUTHENTICATED = "401"
    UNAVAILABLE = "503"
    ENHANCE = "420"
    TOO_MANY = "429"
    EXPIRED = "expired"
    TRUNCATED = "truncated"
    HTML = "html"
    SLOW = "slow"


SALESFORCE_FAULTS = (
    FaultKind.DROP, FaultKind.UNAVAILABLE, FaultKind.ENHANCE, FaultKind.TOO_MANY, FaultKind.EXPIRED,
    FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.SLOW,
)  # fmt: skip
FRONT_FAULTS = (
    FaultKind.DROP, FaultKind.RESET, FaultKind.ERROR, FaultKind.LATE_ERROR, FaultKind.UNAVAILABLE, FaultKind.GARBAGE,
    FaultKind.TRUNCATED, FaultKind.SLOW, FaultKind.TOO_MANY,
)  # fmt: skip
"""What goes wrong with Front unless the file says otherwise: all but 401, which ends a run until it is begun again."""


@dataclass(frozen=True, slots=True)
class FaultsConfig:
    """Which share of requests (0 to 1) goes wrong and how; the same seed spoils the same ones.

    ``most`` go wrong in all, and ``in_a_row`` one after the other (0: any number).
    """

    share: float = 0.0
    kinds: tuple[FaultKind, ...] = SALESFORCE_FAULTS
    seed: int = 1
    most: int = 1_000_000
    in_a_row: int = 0
    slow_seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class FrontConfig:
    """The company in Front and who may come in."""

    token: str = "sandbox"  # noqa: S105 - a printed default of a program that holds made-up people, not a secret
    company_id: str = "cmp_sandbox"
    company_name: str = "Sandbox Company"
    rate_limit: RateLimit = RateLimit()
    custom_fields: tuple[CustomField, ...] = CONTACT_FIELDS
    account_custom_fields: tuple[CustomField, ...] = ACCOUNT_FIELDS
    teammates: tuple[Teammate, ...] = TEAMMATES
    inboxes: tuple[str, ...] = ("Support", "Sales")
    teams: tuple[str, ...] = ("Everyone",)
    rules: tuple[Rule, ...] = RULES
    lists: tuple[str, ...] = ()
    automatic: tuple[dict[str, str], ...] = ()
    scopes: tuple[str, ...] | None = None
    latency_seconds: float = 0.0
    faults: FaultsConfig = FaultsConfig(kinds=FRONT_FAULTS)


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """What an org may use: API requests a day, how many of them others have used, report runs an hour."""

    daily_requests: int = 100_000
    used: int = 0
    report_runs: int = 500


@dataclass(frozen=True, slots=True)
class BulkConfig:
    """How often a query job must be asked for before it is complete, and how many records its pages have."""

    polls: int = 1
    page_records: int = 50_000


@dataclass(frozen=True, slots=True)
class SalesforceConfig:
    """The session that is valid, the contacts there are, and answers of other reports, as files.

    A session ends after ``session_requests`` requests or ``session_seconds`` (0: neither).
    """

    session: str = "00D000000000001!sandbox"
    session_seconds: float = 0.0
    session_requests: int = 0
    rotate_refresh_tokens: bool = False
    contacts: int = 2_500
    ties: bool = False
    answers: tuple[Path, ...] = ()
    limits: LimitsConfig = LimitsConfig()
    bulk: BulkConfig = BulkConfig()
    faults: FaultsConfig = FaultsConfig()


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Both halves of the sandbox."""

    front: FrontConfig = FrontConfig()
    salesforce: SalesforceConfig = SalesforceConfig()


def load(path: Path | None) -> SandboxConfig:
    """Read the configuration file; None gives the sandbox as it comes. Raises WrongSettings with places."""
    if path is None:
        return SandboxConfig()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{path} can't be read: {error}") from error
    document = parse_yaml(text, str(path))
    check_document(document, "sandbox")
    data = document.data or {}
    return SandboxConfig(_front(data.get("front") or {}), _salesforce(data.get("salesforce") or {}, path.parent))


def _front(data: dict[str, Any]) -> FrontConfig:
    company = data.get("company", {})
    parts: dict[str, Any] = {
        "token": data.get("token"),
        "company_id": company.get("id"),
        "company_name": company.get("name"),
        "rate_limit": _rate_limit(data["rate_limit"]) if "rate_limit" in data else None,
        "custom_fields": _each(data.get("custom_fields"), _custom_field),
        "account_custom_fields": _each(data.get("account_custom_fields"), _custom_field),
        "teammates": _each(data.get("teammates"), lambda each: Teammate(**each)),
        "inboxes": _each(data.get("inboxes"), str),
        "teams": _each(data.get("teams"), str),
        "rules": _each(data.get("rules"), lambda each: Rule(each["name"], tuple(each.get("actions", ())))),
        "lists": _each(data.get("lists"), str),
        "automatic": _each(data.get("automatic"), dict),
        "scopes": _each(data.get("scopes"), str),
        "latency_seconds": data.get("latency_seconds"),
        "faults": _faults({"kinds": FRONT_FAULTS} | data["faults"]) if "faults" in data else None,
    }
    return FrontConfig(**{name: part for name, part in parts.items() if part is not None})


def _salesforce(data: dict[str, Any], folder: Path) -> SalesforceConfig:
    parts: dict[str, Any] = {
        "answers": _each(data.get("reports"), lambda each: folder / each["answer"]),
        "limits": LimitsConfig(**data["limits"]) if "limits" in data else None,
        "bulk": BulkConfig(**data["bulk"]) if "bulk" in data else None,
        "faults": _faults(data["faults"]) if "faults" in data else None,
    }
    plain = ("session", "session_seconds", "session_requests", "rotate_refresh_tokens", "contacts", "ties")
    parts |= {name: data.get(name) for name in plain}
    return SalesforceConfig(**{name: part for name, part in parts.items() if part is not None})


def _rate_limit(data: dict[str, Any]) -> RateLimit:
    others = {"others": OthersConfig(**data["others"])} if "others" in data else {}
    return RateLimit(**data | others)


def _faults(data: dict[str, Any]) -> FaultsConfig:
    kinds = {"kinds": tuple(FaultKind(str(kind)) for kind in data["kinds"])} if "kinds" in data else {}
    return FaultsConfig(**data | kinds)


def _each(items: list[Any] | None, make: Callable[[Any], Part]) -> tuple[Part, ...] | None:
    return None if items is None else tuple(make(item) for item in items)


def _custom_field(data: dict[str, Any]) -> CustomField:
    return CustomField(data["name"], FieldType(data.get("type", "string")), tuple(data.get("values", ())))
