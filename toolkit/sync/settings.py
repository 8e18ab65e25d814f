"""The settings of a sync: one YAML file with profiles into a frozen dataclass, and where each value came from."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toolkit.documents import Document, escape, parse_yaml
from toolkit.durations import seconds_of
from toolkit.errors import WrongSettings
from toolkit.leaving import LeavingRule, LeavingRules, Policy, policies_of
from toolkit.plan.guards import Guards, Limit
from toolkit.salesforce.incremental import FIELDS
from toolkit.schemas import check_document, load
from toolkit.settings import Settings, read_text

COMMON = "default"
"""What a run without a profile is called."""
DELETED = "LOWER(\"IsDeleted\") = 'true'"
"""Whose record was deleted, in an export of changed contacts."""
_VARIABLES = {
    "/front/url": "SF2FRONT_FRONT_URL",
    "/front/token": "SF2FRONT_FRONT_TOKEN",
    "/salesforce/url": "SF2FRONT_SALESFORCE_URL",
    "/salesforce/token": "SF2FRONT_SALESFORCE_TOKEN",
}
_SECRETS = ("/front/token", "/salesforce/token", "/salesforce/login/client_secret", "/salesforce/login/refresh_token")


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """All that one run needs. ``report`` is empty where the contacts that changed are taken, of ``fields``, ``where``.

    ``full_after`` in seconds; ``max_missing`` is a share of the last verified run's rows (None: no matter);
    ``leaving``: who leaves and how; ``send_for``: seconds for which one run sends (None: to the end); ``mark`` is a
    hash of all that says what Front is to be, the mapping included: not of how fast and how carefully that is done, nor
    of what is kept; ``approved`` names a held run whose plan a person lets pass.
    """

    file: Path
    profile: str
    connections: Settings = field(repr=False)
    mapping: Path
    runs: Path
    report: str
    fields: tuple[str, ...]
    where: str
    accounts: bool
    full_after: float
    external_id: str
    guards: Guards
    max_missing: float | None
    leaving: LeavingRules
    send_for: float | None
    keep_runs: int
    keep_days: int
    mark: str
    approved: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One value and where it comes from: ``sync.yaml:12 (profile sandbox)``, ``environment``, ``default``."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The document, the profile, and the values of both as one."""

    document: Document
    profile: str
    data: dict[str, Any]

    def place(self, pointer: str) -> str:
        """Give the pointer in the file: that of the profile where the profile says it."""
        own = f"/profiles/{escape(self.profile)}{pointer}"
        return own if own in self.document.places else pointer

    def wrong(self, sentence: str, pointer: str) -> WrongSettings:
        problem = self.document.problem(self.place(pointer), sentence)
        return WrongSettings(f"{self.document.name} can't be used", problems=(problem,))


def read_settings(path: Path, profile: str | None, environment: Mapping[str, str] = os.environ) -> SyncSettings:
    """Read a file and a profile of it; WrongSettings with line and column for what breaks schemas/sync.schema.json."""
    chosen = _choose(path, profile)
    data = chosen.data
    connections = {name: data[name] for name in ("front", "salesforce") if name in data}
    source, guards = data.get("source") or {}, data.get("guards") or {}
    _check(chosen, source)
    contacts, keep = source.get("contacts") or {}, data.get("keep") or {}
    mapping = path.parent / Path(data["mapping"]).expanduser()
    if not mapping.is_file():
        raise chosen.wrong(f"there is no file {mapping}: it is looked for beside this one", "/mapping")
    _check_leaving(chosen, guards, mapping)
    return SyncSettings(
        file=path,
        profile=chosen.profile,
        connections=Settings(Document(str(path), connections), environment),
        mapping=mapping,
        runs=path.parent / Path(data.get("runs", "runs")).expanduser(),
        report=source.get("report", ""),
        fields=tuple(contacts.get("fields", FIELDS)),
        where=contacts.get("where", ""),
        accounts=data.get("accounts", True),
        full_after=seconds_of(data.get("full_after", "7d")),
        external_id=data.get("external_id", ""),
        guards=Guards.of(lambda name: _limit(guards.get(name))),
        max_missing=_share(guards.get("max_missing")),
        leaving=_leaving(data, source),
        send_for=seconds_of(data["send_for"]) if "send_for" in data else None,
        keep_runs=keep.get("runs", 30),
        keep_days=keep.get("days", 30),
        mark=_mark(data, read_text(mapping)),
    )


def _choose(path: Path, profile: str | None) -> _Chosen:
    document = parse_yaml(read_text(path), str(path))
    check_document(document, "sync")
    profiles = document.data.get("profiles") or {}
    if profile is None and len(profiles) > 1:
        raise WrongSettings(f"{path} has several profiles", hint=f"name one with --profile: {', '.join(profiles)}")
    name = profile or next(iter(profiles), COMMON)
    if profile and profile not in profiles:
        raise WrongSettings(f"{path} has no profile {profile!r}", hint=f"it has: {', '.join(profiles) or 'none'}")
    common = {key: value for key, value in document.data.items() if key not in ("profiles", "version")}
    return _Chosen(document, name, _merged(common, profiles.get(name) or {}))


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Let a profile's values win, section by section; ``source`` is one value, since it is one of two kinds."""
    sections = ("front", "salesforce", "gone", "opted_out", "guards", "keep")
    both = {key: common[key] | own[key] for key in sections if key in common and key in own}
    return common | own | both


def _check(chosen: _Chosen, source: dict[str, Any]) -> None:
    """Refuse what the schema can't, since it holds for common values and profile together."""
    for key, empty in (("source", not source), ("mapping", "mapping" not in chosen.data)):
        if empty:
            raise chosen.wrong(f"{key} is missing, here or in the profile", "")


def _check_leaving(chosen: _Chosen, guards: dict[str, Any], mapping: Path) -> None:
    """Refuse a policy without its guard, or without anything that tells which contacts are ours."""
    for reason in ("gone", "opted_out"):
        said = chosen.data.get(reason) or {}
        policies = policies_of(said.get("policy", "keep"))
        for policy in sorted(policies):
            guard = "max_deletes" if policy is Policy.DELETE else "max_leavers"
            if guard not in guards:
                raise chosen.wrong(f"{policy} needs guards.{guard}", f"/{reason}/policy")
        if policies and not said.get("lists") and not _external_id(chosen.data, mapping):
            raise chosen.wrong(
                f"nothing tells which contacts are ours: name lists here, or external_id in {mapping.name}",
                f"/{reason}/policy",
            )
        _check_condition(chosen, said.get("when", ""), f"/{reason}/when")


def _check_condition(chosen: _Chosen, sql: str, pointer: str) -> None:
    if not sql:
        return
    from toolkit.contacts.leavers import condition  # noqa: PLC0415 - loads polars, which few settings need

    try:
        condition(sql)
    except WrongSettings as error:
        raise chosen.wrong(error.sentence, pointer) from None


def _external_id(data: dict[str, Any], mapping: Path) -> str:
    """Give the custom field that says which contact it is, if the mapping fills it."""
    contact = (parse_yaml(read_text(mapping), str(mapping)).data or {}).get("contact") or {}
    name = str(data.get("external_id") or contact.get("external_id") or "")
    return name if name in (contact.get("custom_fields") or {}) else ""


def _leaving(data: dict[str, Any], source: dict[str, Any]) -> LeavingRules:
    """Say who leaves: of changed contacts those that were deleted; of a report those that are missing."""
    missing = "report" in source
    gone = replace(_rule(data.get("gone") or {}), when="" if missing else DELETED)
    return LeavingRules(gone, _rule(data.get("opted_out") or {}), missing, data.get("external_id", ""))


def _rule(said: dict[str, Any]) -> LeavingRule:
    return LeavingRule(policies_of(said.get("policy", "keep")), tuple(said.get("lists", ())), said.get("when", ""))


def _limit(value: int | str | None) -> Limit | None:
    return None if value is None else Limit.read(str(value))


def _share(text: str | None) -> float | None:
    return None if text is None else float(text.rstrip("% ")) / 100


_MANNERS = frozenset({"front", "salesforce", "runs", "full_after", "guards", "keep", "send_for"})
"""Changing these changes nothing of what a run wants; another company than that of the snapshot is refused anyway."""


def _mark(data: dict[str, Any], mapping: str) -> str:
    wanted = {key: value for key, value in data.items() if key not in _MANNERS}
    said = json.dumps([wanted, mapping], sort_keys=True).encode()
    return f"sha256:{hashlib.sha256(said).hexdigest()}"


def tell_settings(path: Path, profile: str | None, environment: Mapping[str, str] = os.environ) -> list[Told]:
    """List every value that holds, with its origin; of a secret only whether it is set."""
    chosen = _choose(path, profile)
    said = dict(_leaves(chosen.data, ""))
    known = said | {key: value for key, value in _defaults() if key not in said}
    keys = sorted({*known, *_VARIABLES})
    return [_told(chosen, key, known.get(key), environment) for key in keys if key in known or key in _VARIABLES]


def _told(chosen: _Chosen, key: str, value: Any, environment: Mapping[str, str]) -> Told:
    name = key.strip("/").replace("/", ".")
    variable = _VARIABLES.get(key, "")
    secret = key in _SECRETS
    if environment.get(variable):
        return Told(name, "set" if secret else environment[variable], f"environment ({variable})")
    if chosen.place(key) not in chosen.document.places:
        empty = "not set" if secret else "not said" if value is None else _shown(value)
        return Told(name, empty, "default" if value is not None else "")
    line, _ = chosen.document.places[chosen.place(key)]
    whose = f" (profile {chosen.profile})" if chosen.place(key) != key else ""
    return Told(name, _secret(value, environment) if secret else _shown(value), f"{chosen.document.name}:{line}{whose}")


def _secret(named: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Say of a secret whether it is there; a command is not run for that."""
    if "env" in named:
        return f"{'set' if environment.get(named['env']) else 'not set'}, by {named['env']}"
    return f"by the {next(iter(named))}, not looked at"


def secret_variables(settings: SyncSettings) -> frozenset[str]:
    """Name the environment variables that hold secrets, by their own names or by what the settings say."""
    variables = {_VARIABLES[pointer] for pointer in _SECRETS if pointer in _VARIABLES}
    for pointer in _SECRETS:
        named: Any = settings.connections.document.data
        for key in pointer.strip("/").split("/"):
            named = (named or {}).get(key)
        variables |= {named["env"]} if named and "env" in named else set()
    return frozenset(variables)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if pointer in _SECRETS or not isinstance(value, dict) or not value:
        yield pointer, value
        return
    for key, each in value.items():
        yield from _leaves(each, f"{pointer}/{escape(key)}")


def _defaults() -> Iterator[tuple[str, Any]]:
    sections = load("sync")["$defs"] | {name: load("settings")["properties"][name] for name in ("front", "salesforce")}
    for name, schema in sections.items():
        if "default" in schema:
            yield f"/{name}", schema["default"]
        for key, each in schema.get("properties", {}).items() if name not in ("profile", "source") else ():
            if "default" in each:
                yield f"/{name}/{key}", each["default"]
