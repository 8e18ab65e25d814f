"""``sf2front evidence``: where a file came from, and whether any link was changed."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from toolkit.cli.shared import NEW_FILE, Origin, Summary, commit, say, shared_options
from toolkit.errors import ExitCode, WrongSettings
from toolkit.evidence import taken
from toolkit.evidence.chain import SOUND, Chain, Link, LinkKind, LinkState, Signed
from toolkit.evidence.signing import SignedNow, write_new_key
from toolkit.evidence.stage import EvidenceResult, EvidenceSettings, run
from toolkit.files import Outputs
from toolkit.one_line import one_line

PASSWORD = "SF2FRONT_KEY_PASSWORD"  # noqa: S105 - the name of a variable
_COLOURS = {
    LinkState.INTACT: "green",
    LinkState.GIVEN: "green",
    LinkState.EDITED: "yellow",
    LinkState.CHANGED: "red",
    LinkState.MISSING: "red",
    LinkState.UNKNOWN: "yellow",
    Signed.BY_KEY: "green",
    Signed.NOT: "yellow",
    Signed.BY_OTHER: "yellow",
    Signed.BROKEN: "red",
}
_WIDEST = 300


@click.command("evidence")
@click.argument("file", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--html", "page", type=NEW_FILE, metavar="PAGE", help="Write a page with the chain as a picture too.")
@click.option("--sign", metavar="KEY", default="", help="Sign the chain with the secret key in this file, or env:NAME.")
@click.option(
    "--verify", metavar="PUBLIC_KEY", multiple=True, help="Each descriptor must be signed by this key; repeatable."
)
@click.option("--new-key", type=NEW_FILE, metavar="NAME", help="Make a key pair, NAME.key and NAME.pub; no FILE then.")
@shared_options
def command(file: Path | None, page: Path | None, sign: str, verify: tuple[str, ...], new_key: Path | None) -> None:
    """Walk from a file back to where its data came from, hashing every file on the way again.

    Each stage leaves a descriptor beside what it writes (a Data Package, NAME.datapackage.json). A file or descriptor
    that was changed since, or is gone, is named and makes the exit code 6. One that was edited before the next stage
    read it, or was only written beside those of the chain, makes it 3.

    --sign puts a signature of minisign beside each descriptor, unless the chain is broken. --verify holds the
    signatures against public keys, files or base64: one that is missing makes the exit code 3, one that does not fit 6.
    The password of a secret key is asked for, or taken from SF2FRONT_KEY_PASSWORD.

    \b
      sf2front evidence plan.ndjson
      sf2front evidence --new-key auditor
      sf2front evidence plan.ndjson --sign auditor.key
      sf2front evidence plan.ndjson --verify auditor.pub --html evidence.html
    """
    _check(file, (page, sign, verify), new_key)
    if new_key:
        _new_key(new_key)
        return
    settings = EvidenceSettings(file or Path(), page, sign, verify, _password)
    with Outputs() as outputs:
        inputs = taken(*([file] if file and file.is_file() and page else []))
        result = run(settings, outputs, time.time())
        if result.written:
            counts = {"intact": result.chain.intact, "files": len(result.chain.links)}
            commit(outputs, result.written, Origin("evidence", inputs), counts)
        else:
            outputs.commit()
    _show(result)
    if not result.chain.whole:
        exit_code = ExitCode.SOME_REJECTED if result.chain.intact else ExitCode.INPUT_REFUSED
        click.get_current_context().exit(exit_code)


def _check(file: Path | None, more: tuple[Path | None, str, tuple[str, ...]], new_key: Path | None) -> None:
    if (file is None) == (new_key is None) or (new_key and any(more)):
        raise click.UsageError("name a FILE to walk from, or make a key with --new-key alone")
    if more[1] and more[2]:
        raise click.UsageError("--sign and --verify are two steps: sign first, then verify")


def _password() -> str:
    return _asked("Password of the key", confirm=False)


def _asked(prompt: str, *, confirm: bool) -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        raise WrongSettings("the key's password is not known, and nobody is there to ask", hint=f"set {PASSWORD}")
    return str(
        click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, default="", show_default=False, err=True)
    )


def _new_key(place: Path) -> None:
    password = _asked("A password for the new key (none: it is not encrypted)", confirm=True)
    with Outputs() as outputs:
        secret, public, key_id = write_new_key(place, password, outputs)
        outputs.commit()
    summary = Summary(f"evidence: a new key, {key_id}")
    summary.line("secret", secret, "to sign with; keep it, and keep it to yourself" if password else "NOT encrypted")
    summary.line("public", public, "for who verifies: hand it over by another way than the files").show()


def _show(result: EvidenceResult) -> None:
    for note in result.notes:
        say(f"warning: {note}")
    if click.get_current_context().meta["sf2front.as_json"]:
        _summary(result).show()
        return
    click.echo("\n".join([*_table(result.chain), *_signatures(result.chain), *_ending(result.chain)]))
    for each in result.written:
        say(f"written  {each.path}")
    if result.signed:
        say("\n".join(_signed(result.signed)))


def _summary(result: EvidenceResult) -> Summary:
    chain = result.chain
    summary = Summary("evidence").line("intact", chain.intact).line("whole", chain.whole)
    summary.line("links", [asdict(link) for link in chain.links]).line("runs", [_run(each) for each in chain.runs])
    if result.signed:
        summary.line("signed", list(result.signed.signed))
    return summary.files(result.written)


def _run(run: Any) -> dict[str, Any]:
    data = asdict(run)
    return data | {"source": dict(data["source"]), "counts": dict(data["counts"])}


def _table(chain: Chain) -> Iterator[str]:
    """Write the files of the chain; descriptors and files beside only where something is wrong with them."""
    links = [each for each in chain.links if each.kind is LinkKind.FILE or each.state not in SOUND]
    names = [_safe(f"{'  ' * each.depth}{each.path}") for each in links]
    width, stages = max(map(len, names), default=0), max(10, *(len(each.stage) for each in links))
    for link, name in zip(links, names, strict=True):
        state, rest = click.style(link.state, fg=_COLOURS[link.state]), f"{_safe(link.stage):<{stages}} {_detail(link)}"
        yield f"{name:<{width}}  {state}{' ' * (9 - len(link.state))}{rest}".rstrip()


def _detail(link: Link) -> str:
    said = {LinkKind.BESIDE: "written beside the chain: ", LinkKind.DESCRIPTOR: "the descriptor: "}
    return _safe(f"{said.get(link.kind, '')}{link.detail}")


def _safe(text: str) -> str:
    """Keep what others wrote from moving the cursor."""
    indent = len(text) - len(text.lstrip(" "))
    return " " * indent + one_line(text, _WIDEST)


def _signatures(chain: Chain) -> Iterator[str]:
    signed = [each for each in chain.runs if each.signature]
    width = max((len(_safe(each.descriptor)) for each in signed), default=0)
    for each in signed:
        if found := each.signature:
            by = " by " if found.state is Signed.BY_KEY else ": " if found.key else ""
            words = f"{click.style(found.state, fg=_COLOURS[found.state])}{by}{_safe(found.key)}"
            yield f"{_safe(each.descriptor):<{width}}  {words}{f', {_safe(found.said)}' if found.said else ''}"


def _ending(chain: Chain) -> Iterator[str]:
    yield _verdict(chain)
    if chain.edited:
        yield f"edited by hand between two stages: {len(chain.edited)}"
    if chain.changed_beside:
        yield f"written beside the chain and changed or gone since: {len(chain.changed_beside)}"
    if chain.not_signed:
        yield f"descriptors not signed by the keys given: {len(chain.not_signed)} of {len(chain.runs)}"
    elif any(each.signature for each in chain.runs):
        several = len(chain.runs) > 1
        yield f"all {len(chain.runs)} descriptors are signed" if several else "its one descriptor is signed"


def _verdict(chain: Chain) -> str:
    if chain.broken:
        return "the chain is broken"
    if not chain.intact:
        return "every file is what it was, but a signature does not fit: a descriptor was written anew or replaced"
    return "every other link is what it was" if chain.edited or chain.changed_beside else "every link is what it was"


def _signed(signed: SignedNow) -> Iterator[str]:
    for path in signed.signed:
        yield f"signed  {path}"
    if signed.before:
        yield f"signed by this key before: {len(signed.before)}"
    for path in signed.others:
        yield f"left as it is, signed by another key: {path}"
