"""Signatures on a chain: who signed is told, a descriptor that was replaced is found, and no key shows itself."""

import json
import os
import pty
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import minisign
import pytest

from tests.evidence.whole_way import flipped, invoke
from toolkit.schemas import data_folder

PASSWORD = "correct horse battery staple"
NO_PASSWORD = {"SF2FRONT_KEY_PASSWORD": ""}
SAMPLES = data_folder("samples")
DESCRIPTORS = ("out/datapackage.json", "again/datapackage.json")


@pytest.fixture(scope="module")
def two_stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stages, one made from a file of the other, and a key pair."""
    folder = tmp_path_factory.mktemp("signed")
    for name in ("contacts.csv", "mapping.yaml"):
        shutil.copy(SAMPLES / name, folder / name)
    to = ("--mapping", "mapping.yaml", "--to", "operations", "-o")
    with chdir(folder):
        assert invoke("transform", "contacts.csv", *to, "out").exit_code == 3
        assert invoke("transform", "out/rejects.csv", *to, "again").exit_code == 3
        assert invoke("evidence", "--new-key", "auditor", env=NO_PASSWORD).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def chain(two_stages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of them as the working folder."""
    shutil.copytree(two_stages, tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")


def sign(key: str = "auditor.key", **env: str) -> list[str]:
    """Sign the chain and give what was signed."""
    done = invoke("evidence", "again/operations.ndjson", "--sign", key, "--json", env=env)
    assert done.exit_code == 0, done.stderr
    signed: list[str] = json.loads(done.stdout)["signed"]
    return signed


def replace_the_last() -> None:
    """Write the last stage's files and descriptor anew, by another mapping: the same run again would write the same."""
    mapping = Path("other.yaml")
    mapping.write_text(Path("mapping.yaml").read_text().replace("Salesforce", "Another list"))
    invoke("transform", "out/rejects.csv", "--mapping", mapping, "--to", "operations", "-o", "again")


def verify(*keys: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Give the exit code, and for each descriptor what its signature is and by whom."""
    options = [word for key in keys for word in ("--verify", key)]
    done = invoke("evidence", "again/operations.ndjson", *options, "--json")
    runs = json.loads(done.stdout)["runs"]
    return done.exit_code, {each["descriptor"]: (each["signature"]["state"], each["signature"]["key"]) for each in runs}


def test_a_signed_chain_verifies():
    """Every descriptor is signed, and the name of the key's file says by whom; a second time nothing is to be done."""
    assert set(sign()) == set(DESCRIPTORS)
    assert verify("auditor.pub") == (0, dict.fromkeys(DESCRIPTORS, ("signed", "auditor")))
    assert sign() == []
    told = invoke("evidence", "again/operations.ndjson", "--verify", "auditor.pub").stdout
    assert told.splitlines()[-1] == "all 2 descriptors are signed"


def test_what_is_not_signed_is_named():
    """Without a signature, or with one of another key only, the exit code is 3."""
    assert verify("auditor.pub") == (3, dict.fromkeys(DESCRIPTORS, ("unsigned", "")))
    sign()
    invoke("evidence", "--new-key", "other", env=NO_PASSWORD)
    code, found = verify("other.pub")
    assert (code, {state for state, _ in found.values()}) == (3, {"signed by another key"})
    Path("again/datapackage.json.minisig").unlink()
    code, found = verify("auditor.pub")
    assert (code, found["again/datapackage.json"]) == (3, ("unsigned", ""))


def test_several_people_sign():
    """What one has signed the next one leaves; each is told by the name of the key, given as a file or as text."""
    invoke("evidence", "--new-key", "exporter", env=NO_PASSWORD)
    invoke("evidence", "out/operations.ndjson", "--sign", "exporter.key")
    assert sign() == ["again/datapackage.json"]
    text = Path("auditor.pub").read_text().splitlines()[1]
    code, found = verify("exporter.pub", text)
    assert (code, found["out/datapackage.json"]) == (0, ("signed", "exporter"))
    assert found["again/datapackage.json"][1].startswith("key ")


def test_a_replaced_descriptor_is_found():
    """The last file and its descriptor written anew together show nothing without a signature, and break with one."""
    sign()
    replace_the_last()

    assert invoke("evidence", "again/operations.ndjson").exit_code == 0
    code, found = verify("auditor.pub")
    assert (code, found["again/datapackage.json"][0]) == (6, "signature does not fit")


def test_what_was_replaced_after_signing_is_not_signed_anew():
    """The old signature is what shows it: it is left, and the person who signs is told what to do."""
    sign()
    replace_the_last()
    done = invoke("evidence", "again/operations.ndjson", "--sign", "auditor.key")

    assert (done.exit_code, verify("auditor.pub")[0]) == (6, 6)
    assert "again/datapackage.json.minisig does not fit" in done.stderr
    Path("again/datapackage.json.minisig").unlink()
    assert sign() == ["again/datapackage.json"]


def test_a_changed_signature_is_found():
    """One byte of a signature file, wherever it is but in the comment that nobody trusts."""
    sign()
    path = Path("again/datapackage.json.minisig")
    content = path.read_bytes()
    for place in range(content.index(b"\n"), len(content) - 1, 19):
        with flipped(path, place):
            code, found = verify("auditor.pub")
        assert code in (3, 6), place
        assert found["again/datapackage.json"][0] in ("signature does not fit", "signed by another key"), place


def test_a_broken_chain_is_not_signed():
    """Nobody stands for what was changed; nothing is written."""
    with flipped(Path("contacts.csv"), 3):
        done = invoke("evidence", "again/operations.ndjson", "--sign", "auditor.key")

    assert done.exit_code == 6
    assert "nothing was signed" in done.stderr
    assert list(Path().rglob("*.minisig")) == []


def test_a_key_with_a_password():
    """The password comes from the environment; a wrong one, and none, are one sentence without the password in it."""
    key = minisign.KeyPair.generate().secret_key
    key.encrypt(PASSWORD, opslimit=32_768, memlimit=16_777_216)
    Path("safe.key").write_bytes(bytes(key) + b"\n")
    words = ("evidence", "again/operations.ndjson", "--sign", "safe.key", "--debug")
    wrong = invoke(*words, env={"SF2FRONT_KEY_PASSWORD": PASSWORD + "!"})
    none = invoke(*words)

    assert (wrong.exit_code, none.exit_code) == (2, 2)
    assert PASSWORD not in wrong.output
    assert "hint: set SF2FRONT_KEY_PASSWORD" in none.stderr
    assert len(sign("safe.key", SF2FRONT_KEY_PASSWORD=PASSWORD)) == 2


def test_the_password_is_asked_for_on_a_terminal():
    """Twice for a new key, and it is not shown; the key is encrypted with it."""
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "toolkit", "evidence", "--new-key", "asked"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("SF2FRONT_")}
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, env=env, start_new_session=True) as process:
        os.close(theirs)
        said = b""
        for prompt in (b"encrypted): ", b"confirmation: "):
            while not said.endswith(prompt):
                said += os.read(terminal, 100)
            os.write(terminal, PASSWORD.encode() + b"\n")
        assert process.wait(timeout=60) == 0
    os.close(terminal)

    assert PASSWORD.encode() not in said
    assert len(sign("asked.key", SF2FRONT_KEY_PASSWORD=PASSWORD)) == 2


def test_a_key_from_the_environment():
    """env:NAME takes the key from a variable; what is no key is not repeated, not even a key given as an argument."""
    secret = Path("auditor.key").read_text()
    words = ("evidence", "again/operations.ndjson", "--debug", "--sign")
    outputs = [invoke(*words, "env:KEY", env={"KEY": secret[:-9]}), invoke(*words, secret.splitlines()[1])]

    assert [each.exit_code for each in outputs] == [2, 2]
    assert not any(secret.splitlines()[1][:40] in each.output for each in outputs)
    assert len(sign("env:KEY", KEY=secret)) == 2


def test_keys_are_private_and_not_written_over():
    """Key files are their owner's alone; a second key of the name is refused; one that others may read is told."""
    assert Path("auditor.key").stat().st_mode & 0o777 == 0o600
    before = Path("auditor.key").read_bytes()
    refused = invoke("evidence", "--new-key", "auditor", env=NO_PASSWORD)
    Path("auditor.key").chmod(0o644)
    loose = invoke("evidence", "again/operations.ndjson", "--sign", "auditor.key")

    assert (refused.exit_code, Path("auditor.key").read_bytes()) == (2, before)
    assert "warning: auditor.key can be read by others: chmod 600 auditor.key" in loose.stderr


@pytest.mark.skipif(shutil.which("minisign") is None, reason="no minisign found: install minisign to let it verify")
def test_minisign_itself_agrees():
    """minisign -V accepts what we sign, we accept what it signs, and its keys are ours."""
    subprocess.run(["minisign", "-G", "-W", "-s", "m.key", "-p", "m.pub"], check=True, capture_output=True)
    sign("m.key")
    for each in DESCRIPTORS:
        subprocess.run(["minisign", "-V", "-m", each, "-p", "m.pub"], check=True, capture_output=True)
    for each in DESCRIPTORS:
        Path(f"{each}.minisig").unlink()
        command = ["minisign", "-S", "-W", "-s", "auditor.key", "-m", each]
        subprocess.run(command, check=True, capture_output=True)
    assert verify("auditor.pub") == (0, dict.fromkeys(DESCRIPTORS, ("signed", "auditor")))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("a.csv", "--new-key", "k"),
        ("--new-key", "k", "--sign", "x"),
        ("contacts.csv", "--sign", "a", "--verify", "b"),
    ],
)
def test_what_makes_no_sense_together_is_refused(words: tuple[str, ...]):
    """A usage error, and nothing is written."""
    assert invoke("evidence", *words).exit_code == 2
    assert not Path("k.key").exists()
