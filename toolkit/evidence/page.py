"""The page for people about one chain: one HTML file that needs nothing else. Pure; bytes out.

It holds names of files, hashes, counts and times out of the descriptors: no contact, and no time of its own, so that
two runs give the same bytes. What the picture shows stands in tables too.
"""

from collections.abc import Iterator

from toolkit.evidence.chain import SOUND, Chain, Link, LinkKind, Run, Signature, Signed
from toolkit.evidence.picture import STYLE, picture
from toolkit.pages.document import document
from toolkit.pages.parts import Cell, Html, code, html, join, name, paragraph, section, table

_STYLE = f"""{STYLE}
.verdict {{ font-size: 1.15rem; font-weight: 650; color: var(--tone); }}
th code, td code {{ white-space: normal; }}
.whole {{ white-space: nowrap; }}
.wide {{ min-width: 11rem; }}
.hash {{ display: block; min-width: 36ch; }}
tbody th {{ min-width: 12.5rem; }}
"""


def page(chain: Chain, version: str) -> bytes:
    """Write the page about one chain, in UTF-8."""
    sections = [section("chain", "The chain", paragraph(_HOW, "soft"), picture(chain)), *_wrong(chain)]
    sections += [_files(chain), _runs(chain), *_signatures(chain), _means(chain)]
    body = join([_header(chain), Html("<main>"), *sections, Html("</main>"), _footer(version)])
    return document(f"Evidence of {chain.asked}", body, {}, (), _STYLE).encode()


_HOW = (
    "What was there first stands above, what was made of it below. Each box is one run of a stage, with its files and "
    "their rows; a dashed one is a file that no stage wrote."
)


def _header(chain: Chain) -> Html:
    files = {each.path for each in chain.links if each.kind is not LinkKind.DESCRIPTOR}
    wrong = {each.path for each in (*chain.broken, *chain.edited, *chain.changed_beside)}
    cards = [
        _card("rows", "Files hashed again", len(files), "of the chain, and beside it"),
        _card("rows", "Runs of stages", len(chain.runs), "each with its descriptor"),
        _card("bad" if wrong else "good", "Not what they were", len(wrong), "files and descriptors"),
        _signed_card(chain),
    ]
    tone = "good" if chain.whole else "bad"
    return Html(
        f"<header>\n<h1>Evidence of {name(chain.asked)}</h1>\n"
        f'<p class="verdict {tone}">{html(_verdict(chain))}</p>\n<dl class="cards">\n{join(cards)}\n</dl>\n</header>'
    )


def _verdict(chain: Chain) -> str:
    if not chain.intact:
        return "The chain is broken: not everything is what it was when it was written or read."
    if chain.edited:
        return "Every link is what it was when it was read; a file was edited by hand between two stages."
    if chain.changed_beside:
        return "Every link is what it was; a file that was written beside the chain is not."
    if chain.not_signed:
        return "Every link is what it was; not every descriptor is signed by the keys given."
    signed = any(each.signature for each in chain.runs)
    return (
        f"Every link is what it was when it was written or read{', and every descriptor is signed' if signed else ''}."
    )


def _card(tone: str, label: str, count: int, said: str) -> Html:
    return Html(f'<div class="{tone}"><dt>{label}</dt><dd>{count:,}</dd><dd class="share">{said}</dd></div>')


def _signed_card(chain: Chain) -> Html:
    signatures = [each.signature for each in chain.runs if each.signature]
    if not signatures:
        return _card("quiet", "Signatures", 0, "were looked for: no key was given")
    good = sum(each.state is Signed.BY_KEY for each in signatures)
    return _card("good" if good == len(signatures) else "bad", "Signed descriptors", good, f"of {len(signatures):,}")


def _wrong(chain: Chain) -> Iterator[Html]:
    unsound = (*chain.broken, *chain.edited, *chain.changed_beside)
    rows = [(code(each.path), _whole(each.state), _kind(each), each.detail) for each in unsound]
    if rows:
        found = table("What is not what it was", ("what", "is", "which is", "that is to say"), rows)
        yield section("wrong", "What is wrong", found)


def _kind(link: Link) -> str:
    if link.kind is LinkKind.DESCRIPTOR:
        return f"the descriptor of {link.stage}" if link.stage else "a descriptor"
    beside = ", beside the chain" if link.kind is LinkKind.BESIDE else ""
    return f"written by {link.stage}{beside}" if link.stage else "given"


def _files(chain: Chain) -> Html:
    links = {each.path: each for each in chain.links if each.kind is not LinkKind.DESCRIPTOR and not each.again}
    rows: list[tuple[Cell, ...]] = [
        (code(each.path), _whole(each.state), _kind(each), _number(each.rows), _number(each.bytes), _hash(each.hash))
        for each in links.values()
    ]
    headings = ("file", "is", "which is", "rows", "bytes", "SHA-256 as it was written or read")
    return section("files", "Files", table("Each file of the chain, and beside it", headings, rows))


def _number(count: int | None) -> Cell:
    return "" if count is None else count


def _hash(text: str) -> Html:
    return Html(f'<code class="hash">{html(text.removeprefix("sha256:"))}</code>')


def _runs(chain: Chain) -> Html:
    rows = [
        (_stage(run), _times(run), _wide(_list(run.source)), _wide(_list(run.counts)), _wide(_command(run)))
        for run in chain.runs
    ]
    headings = ("run", "begun, done (UTC)", "from", "counts", "command")
    return section("runs", "Runs of stages", table("What the descriptors tell", headings, rows))


def _times(run: Run) -> Html:
    return Html(f"{_when(run.started)}<br>{_when(run.created)}")


def _wide(content: Html) -> Html:
    """Give a cell room; without anything in it none."""
    return Html(f'<div class="wide">{content}</div>') if content else content


def _when(stamp: str) -> Html:
    return _whole(stamp.replace("T", " ").removesuffix("Z") or "not known")


def _whole(text: str) -> Html:
    """Write a few words that stand in one line."""
    return Html(f'<span class="whole">{html(text)}</span>')


def _stage(run: Run) -> Html:
    state = "" if run.state in SOUND else f", {run.state}"
    version = f", sf2front {run.version}" if run.version else ""
    below = html(run.descriptor + state + version)
    return Html(f'{html(run.stage or "not known")}<br><span class="soft">{below}</span>')


def _list(told: object) -> Html:
    """Write what a descriptor has by name, one a line; names within names after a colon."""
    if not isinstance(told, dict):
        return html(str(told))
    lines = (f"{html(str(key))}: {_flat(value)}" for key, value in told.items())
    return Html("<br>".join(lines))


def _flat(value: object) -> Html:
    if isinstance(value, dict):
        return html(", ".join(f"{key} {count}" for key, count in value.items()))
    return html(value if isinstance(value, int) and not isinstance(value, bool) else str(value))


def _command(run: Run) -> Html:
    return code(" ".join(run.command)) if run.command else Html("")


def _signatures(chain: Chain) -> Iterator[Html]:
    rows = [(code(run.descriptor), *_signature(run.signature)) for run in chain.runs if run.signature]
    if rows:
        found = table("The signature of each descriptor", ("descriptor", "is", "by", "when, or why"), rows)
        yield section("signatures", "Signatures", found)


def _signature(found: Signature) -> tuple[str, str, str]:
    return str(found.state), found.key, found.said


_SHOWN = (
    "Every file named here was hashed again and held against what the run that wrote it, and each run that read it, "
    "noted then. Each descriptor has a seal over its own bytes, and holds the hashes of the descriptors of its inputs."
)
_NOT_SHOWN = (
    "So nothing was changed by accident, nor by anyone who did not write the descriptors anew as well. Whether "
    "Salesforce and Front answered the truth, and whether clocks were right, no file can show."
)
_NOT_SIGNED = (
    "No signatures were looked for: had somebody replaced the last file and its descriptor together, it would not be "
    "found out. sf2front evidence --verify PUBLIC_KEY looks for them."
)


def _means(chain: Chain) -> Html:
    signed = any(each.signature for each in chain.runs)
    said = (_SHOWN, _NOT_SHOWN) if signed else (_SHOWN, _NOT_SHOWN, _NOT_SIGNED)
    return section("means", "What this shows, and what it does not", *map(paragraph, said))


def _footer(version: str) -> Html:
    return Html(
        f"<footer><p>Written by sf2front {html(version)}. This page needs no network. It holds names of files, hashes, "
        "counts and times; no contact.</p></footer>"
    )
