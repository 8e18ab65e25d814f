"""The sandbox's configuration file: what it may say and what is refused."""

from pathlib import Path

import pytest

from toolkit.errors import WrongSettings
from toolkit.sandbox.config import (
    CONTACT_FIELDS,
    BulkConfig,
    CustomField,
    FaultKind,
    FaultsConfig,
    FieldType,
    LimitsConfig,
    RateLimit,
    SalesforceConfig,
    SandboxConfig,
    load,
)
from toolkit.schemas import data_folder


def written(folder: Path, text: str) -> Path:
    path = folder / "sandbox.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_sandbox_is_as_it_comes():
    """No file gives the printed defaults."""
    config = load(None)

    assert (config.front.token, config.salesforce.session) == ("sandbox", "00D000000000001!sandbox")
    assert (config.front.rate_limit, config.salesforce.contacts) == (RateLimit(6_000, 60), 2_500)


def test_the_sample_says_what_the_defaults_are():
    """The sample is valid and agrees with the defaults where it repeats them."""
    sample = load(data_folder("samples") / "sandbox.yaml")

    assert sample.front.custom_fields == CONTACT_FIELDS
    assert sample.front.teammates == SandboxConfig().front.teammates
    assert sample.salesforce == SandboxConfig().salesforce
    assert sample.front.lists == ("Newsletter",)


@pytest.mark.parametrize("text", ["", "front: {}\n", "salesforce: {}\n"])
def test_what_is_left_out_stays(tmp_path, text):
    """An empty file or part changes nothing."""
    assert load(written(tmp_path, text)) == SandboxConfig()


def test_a_list_that_is_given_replaces_the_whole_list(tmp_path):
    """Given custom fields, answers and limits take the place of the defaults; files stand beside the configuration."""
    config = load(written(tmp_path, """
front:
  rate_limit: {requests: 50}
  custom_fields: [{name: Plan, type: enum, values: [free, paid]}]
  teammates: []
salesforce:
  contacts: 3
  reports: [{answer: saved/run.json}]
"""))  # fmt: skip

    assert config.front.custom_fields == (CustomField("Plan", FieldType.ENUM, ("free", "paid")),)
    assert (config.front.rate_limit, config.front.teammates) == (RateLimit(50, 60), ())
    assert (config.salesforce.contacts, config.salesforce.answers) == (3, (tmp_path / "saved/run.json",))


def test_salesforce_can_be_made_difficult(tmp_path):
    """Ties, limits, jobs, sessions and faults are read; what a part leaves out stays as it comes."""
    config = load(written(tmp_path, """
salesforce:
  contacts: 1000000
  ties: true
  session_requests: 9
  session_seconds: 1.5
  rotate_refresh_tokens: true
  limits: {used: 3}
  bulk: {polls: 0}
  faults: {share: 0.05, kinds: [drop, 503, '429'], most: 200}
"""))  # fmt: skip

    kinds = (FaultKind.DROP, FaultKind.UNAVAILABLE, FaultKind.TOO_MANY)
    assert config.salesforce == SalesforceConfig(
        contacts=1_000_000,
        ties=True,
        session_requests=9,
        session_seconds=1.5,
        rotate_refresh_tokens=True,
        limits=LimitsConfig(100_000, 3, 500),
        bulk=BulkConfig(0, 50_000),
        faults=FaultsConfig(0.05, kinds, 1, 200),
    )


@pytest.mark.parametrize(
    ("text", "line", "pointer"),
    [
        ("front:\n  tokn: x\n", 2, "/front"),
        ("front:\n  company:\n    id: crd_1\n", 3, "/front/company/id"),
        ("salesforce: {contacts: many}\n", 1, "/salesforce/contacts"),
        ("salesforce: {faults: {share: 2}}\n", 1, "/salesforce/faults/share"),
        ("salesforce: {faults: {kinds: [fire]}}\n", 1, "/salesforce/faults/kinds/0"),
        ("front:\n  custom_fields:\n    - {name: Plan, type: enum}\n", 3, "/front/custom_fields/0"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, line, pointer):
    """What the schema refuses is refused with line and pointer."""
    with pytest.raises(WrongSettings) as refused:
        load(written(tmp_path, text))

    assert [(each.line, each.pointer) for each in refused.value.problems] == [(line, pointer)]


def test_a_file_that_is_not_there_is_told(tmp_path):
    """A missing configuration is WrongSettings with its name."""
    with pytest.raises(WrongSettings, match=r"none\.yaml can't be read"):
        load(tmp_path / "none.yaml")
