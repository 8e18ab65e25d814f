"""The chain of a whole way: whatever is changed in it is found and named, and nothing else is."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from tests.evidence.whole_way import HEADS, flipped, invoke
from toolkit.evidence.chain import SOUND, Chain, LinkKind, LinkState
from toolkit.evidence.walk import walk

PLACES = 3
"""Bytes of each file that are changed in turn here; ``make evidence-sweep`` changes every one of the descriptors."""

TOLD = (b'"hash": "sha256:', b'"path": "', b'"bytes": ', b'"stage": "', b'"created": "', b'"', b'"sf2')
"""What a descriptor says; each is changed too."""


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to do with as one likes, as the working folder."""
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    with chdir(folder):
        yield folder


def unsound(chain: Chain) -> dict[str, LinkState]:
    """What is named as not being what it was; what is unknown because of it is not."""
    return {each.path: each.state for each in chain.links if each.state not in (*SOUND, LinkState.UNKNOWN)}


def test_the_chains_lead_to_the_export(here: Path):
    """All files of the whole way are in one chain or another, each intact, back to the report and the company."""
    chains = [walk(Path(each)) for each in HEADS]
    walked = {each.path for chain in chains for each in chain.links}
    files = {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()}

    assert all(chain.whole for chain in chains)
    assert {each for each in files if not each.startswith("sandbox")} == walked
    details = {each.path: each.detail for each in chains[1].links}
    assert details["contacts.csv"].endswith("report Contacts for Front")


def each_once() -> Iterator[tuple[str, str, LinkKind]]:
    """Give every file and descriptor of all chains once, with a file in whose chain it is and what it is there."""
    seen = set[str]()
    for head in HEADS:
        for link in walk(Path(head)).links:
            if link.path not in seen:
                yield head, link.path, link.kind
            seen.add(link.path)


def test_a_byte_changed_anywhere_is_found_and_named(here: Path):
    """In each file and each descriptor of the chains, one byte in turn: that one is named, and no other."""
    for head, path, kind in each_once():
        content = Path(path).read_bytes()
        spread = {len(content) * part // PLACES for part in range(PLACES)}
        told = {content.find(each) + len(each) for each in TOLD if each in content and kind is LinkKind.DESCRIPTOR}
        for place in spread | told:
            with flipped(Path(path), place):
                chain = walk(Path(head))
            assert unsound(chain) == {path: LinkState.CHANGED}, f"{path} at {place}"
            assert (chain.intact, chain.whole) == (kind is LinkKind.BESIDE, False)


def test_a_missing_file_or_descriptor_is_named(here: Path, tmp_path: Path):
    """Each file and descriptor but those of the asked file itself, taken away in turn."""
    for head, path, _ in each_once():
        if path not in (head, walk(Path(head)).runs[0].descriptor):
            away = Path(shutil.move(path, tmp_path / "away"))
            chain = walk(Path(head))
            shutil.move(away, path)
            assert unsound(chain) == {path: LinkState.MISSING}, path


def test_the_command_names_it_and_ends_with_6(here: Path):
    """A changed export is named at the end of the plan's chain; a file beside the chain makes it 3."""
    with flipped(Path("contacts.csv"), 99):
        broken = invoke("evidence", "plan.ndjson")
    with flipped(Path("api/rejects.csv"), 99):
        beside = invoke("evidence", "plan.ndjson")
    intact = invoke("evidence", "plan.ndjson", "--json")

    assert (broken.exit_code, beside.exit_code, intact.exit_code) == (6, 3, 0)
    assert re.search(r"\n {4}contacts\.csv +changed +export ", broken.stdout)
    assert "its bytes are not those that export wrote and transform to operations read" in broken.stdout
    assert broken.stdout.splitlines()[-1] == "the chain is broken"
    assert "written beside the chain: its bytes are not those that transform to operations wrote" in beside.stdout
    assert json.loads(intact.stdout)["whole"]


def test_what_a_person_changed_between_two_stages_is_told(own: Path):
    """Rejects mended in place: the second transform read what the first did not write."""
    rejects = Path("api/rejects.csv")
    rejects.write_bytes(rejects.read_bytes().replace(b"\n", b"\r\n"))
    invoke("transform", rejects, "--mapping", "mapping.yaml", "--to", "operations", "-o", "mended")
    asked = walk(Path("mended/operations.ndjson"))

    assert (asked.intact, asked.whole) == (True, False)
    assert unsound(asked) == {"api/rejects.csv": LinkState.EDITED}
    stage = "transform to operations"
    told = f"it was changed after {stage} wrote it and before {stage} read it"
    assert told in {each.detail for each in asked.links}
    assert invoke("evidence", "mended/operations.ndjson").exit_code == 3


def test_a_replaced_descriptor_is_named_by_the_next_one(own: Path):
    """A file exported anew with its descriptor, both whole: what was made from the old ones says so."""
    mapping = Path("mapping.yaml")
    mapping.write_text(mapping.read_text().replace("Salesforce", "Salesforce 2"))
    invoke("transform", "contacts.csv", "--mapping", mapping, "--to", "operations", "-o", "api")

    assert unsound(walk(Path("api/operations.ndjson"))) == {}
    chain = walk(Path("plan.ndjson"))
    assert unsound(chain) == {
        "api/operations.ndjson": LinkState.CHANGED,
        "api/datapackage.json": LinkState.CHANGED,
    }
    assert "it is not the one that plan found here" in {each.detail for each in chain.links}


def test_a_renamed_file_is_named_with_its_new_name(own: Path):
    """Renamed alone, renamed with its descriptor, or moved away with it: the old name is said to be missing."""
    Path("contacts.csv").rename("people.csv")
    alone = walk(Path("plan.ndjson"))
    Path("contacts.csv.datapackage.json").rename("people.csv.datapackage.json")
    together, asked = walk(Path("plan.ndjson")), walk(Path("people.csv"))

    assert unsound(alone) == {"contacts.csv": LinkState.MISSING}
    assert "its bytes stand there as people.csv" in {each.detail for each in alone.links}
    assert set(unsound(together)) == {"contacts.csv", "contacts.csv.datapackage.json"}
    assert unsound(asked) == {"contacts.csv": LinkState.MISSING}


def test_a_folder_that_is_moved_whole_stays_a_chain(own: Path):
    """Files name each other as seen from where they stand."""
    moved = own.with_name("moved")
    own.rename(moved)

    assert all(walk(moved / each).whole for each in HEADS)


def test_a_file_of_nobody_is_refused(own: Path):
    """Without a descriptor there is nothing to hold a file against; with a broken one that is named."""
    Path("lonely.csv").write_text("a\n1\n")
    refused = invoke("evidence", "lonely.csv")
    with flipped(Path("plan.ndjson.datapackage.json"), 0):
        broken = invoke("evidence", "plan.conflicts.ndjson")

    assert (refused.exit_code, broken.exit_code) == (6, 6)
    assert "nothing beside lonely.csv describes it" in refused.stderr
    assert "plan.ndjson.datapackage.json" in broken.stdout
    assert "it is no JSON" in broken.stdout


def test_somebody_elses_data_package_is_no_link(own: Path):
    """A CSV that came with a Data Package of its own (hashes in MD5, several files in one) is a given file."""
    Path("given").mkdir()
    shutil.copy("contacts.csv", "given/contacts.csv")
    resource = {"name": "c", "path": "contacts.csv", "hash": "d41d8cd98f00b204e9800998ecf8427e"}
    Path("given/datapackage.json").write_text(json.dumps({"resources": [resource]}))
    Path("given/contacts.csv.datapackage.json").write_text(json.dumps({"resources": [{"path": ["a.csv", "b.csv"]}]}))
    words = ("transform", "given/contacts.csv", "--mapping", "mapping.yaml", "--to", "operations", "-o", "new")
    assert invoke(*words).exit_code == 3

    states = {each.path: each.state for each in walk(Path("new/operations.ndjson")).links}
    assert states["given/contacts.csv"] is LinkState.GIVEN


def test_a_descriptor_that_no_stage_wrote_vouches_for_nothing(own: Path):
    """What the toolkit says taken out of a descriptor, with its seal: its file is a given one, and that is said."""
    path = next(
        each for each in (Path("plan.ndjson.datapackage.json"), *Path().glob("*.datapackage.json")) if each.is_file()
    )
    data = json.loads(path.read_bytes())
    del data["sf2front"]
    path.write_text(json.dumps(data))
    file = data["resources"][0]["path"]
    (link,) = (each for each in walk(Path(file)).links if each.path.endswith(file))

    assert link.state is LinkState.GIVEN
    assert "no stage wrote" in link.detail


def test_names_of_others_move_no_cursor(own: Path):
    """Control characters in a descriptor of somebody else are shown as signs."""
    package = {"resources": [{"path": "a.csv", "hash": "sha256:0"}], "sf2front": {"inputs": []}}
    Path("a.csv.datapackage.json").write_text(json.dumps(package | {"name": "\x1b[2J"}))
    Path("a.csv").write_text("x")

    assert "\x1b" not in invoke("evidence", "a.csv").stdout
