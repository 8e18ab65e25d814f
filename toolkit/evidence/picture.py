"""The chain as a picture (SVG): a box for each run with its files, one for each given file, arrows down. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolkit.evidence.chain import SOUND, Chain, Link, LinkKind, LinkState, Run, Signed
from toolkit.evidence.layout import Edge, Placed, Size, place
from toolkit.one_line import one_line
from toolkit.pages.parts import Html, html

WIDTH = 240.0
_MOST = 12
"""Files listed in a box, but for those with which something is wrong: these all are."""

_LINE, _TOP, _PAD = 20.0, 26.0, 14.0
_AROUND = 4.0
_SIGNS = {
    LinkState.INTACT: "\N{CHECK MARK}",
    LinkState.GIVEN: "\N{CHECK MARK}",
    LinkState.EDITED: "!",
    LinkState.CHANGED: "\N{BALLOT X}",
    LinkState.MISSING: "\N{BALLOT X}",
    LinkState.UNKNOWN: "?",
}
_SIGN, _SOFT_SIGN = 7.2, 6.4
"""How wide a sign is, rather too wide, in the letters of the picture and in the smaller ones."""

STYLE = """
.picture { overflow: auto; padding: 8px 0; }
section:has(.picture) { position: relative; left: 50%; transform: translateX(-50%); width: max-content; }
section:has(.picture) { min-width: 100%; max-width: calc(100vw - 32px); }
.picture svg { display: block; margin: 0 auto; font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
.picture text { fill: var(--ink); }
.picture .soft { fill: var(--soft); font-size: 12px; }
.picture .title { font-weight: 650; font-size: 14px; }
.picture .box { fill: var(--card); stroke: var(--quiet); stroke-width: 1; }
.picture .given .box { stroke-dasharray: 4 3; }
.picture .asked .box { stroke: var(--accent); stroke-width: 2.5; }
.picture .wrong .box { stroke: var(--bad); stroke-width: 2.5; }
.picture .ok { fill: var(--good); } .picture .not { fill: var(--bad); font-weight: 650; }
.picture .arrow { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.picture .arrow.wrong { stroke: var(--bad); stroke-dasharray: 6 4; }
.picture .head { fill: var(--quiet); } .picture .head.wrong { fill: var(--bad); }
@media print { .picture { overflow: visible; } .picture svg { max-width: 100%; height: auto; } }
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of text in a box: its class, its words, a number at the right; the whole of what was cut short."""

    kind: str
    text: str
    right: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: its classes and its lines."""

    kind: str
    rows: tuple[_Row, ...]

    @property
    def size(self) -> Size:
        return Size(WIDTH, _TOP + _LINE * (len(self.rows) - 1) + _PAD)


def picture(chain: Chain) -> Html:
    """Draw the chain: what was there first above, the asked file below."""
    boxes = _boxes(chain)
    wrong = _edges(chain)
    placed = place({name: box.size for name, box in boxes.items()}, list(wrong))
    width, height = placed.size.width + 2 * _AROUND, placed.size.height + 2 * _AROUND
    label = html(f"The chain of {chain.asked}: {len(chain.runs)} runs. The tables below have the same.")
    return Html(
        f'<div class="picture" tabindex="0" role="region" aria-label="The chain as a picture">\n'
        f'<svg role="img" aria-label="{label}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_AROUND:.0f} {-_AROUND:.0f} {width:.0f} {height:.0f}">\n'
        + "\n".join([*_arrows(placed, wrong), *(_drawn(box, placed.places[name]) for name, box in boxes.items())])
        + "\n</svg>\n</div>"
    )


def _boxes(chain: Chain) -> dict[str, _Box]:
    runs = {run.descriptor: _run_box(chain, run, asked=number == 0) for number, run in enumerate(chain.runs)}
    groups: dict[str, list[Link]] = {}
    names = _given(chain)
    for each in chain.links:
        if each.path in names:
            groups.setdefault(names[each.path], []).append(each)
    return runs | {name: _given_box(links) for name, links in groups.items()}


def _given(chain: Chain) -> dict[str, str]:
    """Name the box of each file that no stage wrote: those that the same runs read share one."""
    readers: dict[str, list[str]] = {}
    for each in chain.links:
        if each.kind is LinkKind.FILE and not each.run:
            readers.setdefault(each.path, []).append(each.reader)
    return {path: "\0".join(["given", *read]) for path, read in readers.items()}


def _edges(chain: Chain) -> dict[Edge, bool]:
    """Give an arrow from each input's run (or the given files) to what read it, and whether something is wrong."""
    edges: dict[Edge, bool] = {}
    names = _given(chain)
    for each in chain.links:
        if each.reader:
            edge = (each.run or names[each.path], each.reader)
            edges[edge] = edges.get(edge, False) or each.state not in SOUND
    return edges


def _run_box(chain: Chain, run: Run, *, asked: bool) -> _Box:
    links = [each for each in chain.links if each.run == run.descriptor and each.kind is not LinkKind.DESCRIPTOR]
    unsound = run.state not in SOUND or any(each.state not in SOUND for each in links)
    kinds = ["run", *(["asked"] if asked else []), *(["wrong"] if unsound else [])]
    rows = (_Row("title", *_cut(run.stage or "a run")), *_told(run), *_files(links), *_seal(run))
    return _Box(" ".join(kinds), rows)


def _told(run: Run) -> Iterator[_Row]:
    when = run.created.replace("T", " ").removesuffix("Z")
    yield _Row("soft", f"{when} UTC" if when else "when is not known", f"v{run.version[:12]}" if run.version else "")
    for name, value in list(run.source.items())[:2]:
        yield _Row("soft", *_cut(f"{name}: {value}", sign=_SOFT_SIGN))


def _files(links: Sequence[Link]) -> Iterator[_Row]:
    """List the files of the chain, and those beside it where something is wrong; the rest is counted."""
    found = {each.path: each for each in links}
    wrong = [each for each in found.values() if each.state not in SOUND]
    plain = [each for each in found.values() if each.state in SOUND and each.kind is LinkKind.FILE]
    shown = [*wrong, *plain[:_MOST]]
    yield from map(_file, shown)
    if rest := len(found) - len(shown):
        yield _Row("soft", f"and {rest:,} more {'file' if rest == 1 else 'files'}, as they were")


def _file(link: Link) -> _Row:
    count = "" if link.rows is None else f"{link.rows:,}"
    text, _, whole = _cut(f"{_SIGNS[link.state]} {link.path}", WIDTH - _SIGN * (len(count) + 1))
    said = f"{whole or link.path}: {link.state}{f', {link.detail}' if link.detail else ''}"
    return _Row("ok" if link.state in SOUND else "not", text, count, said)


def _seal(run: Run) -> Iterator[_Row]:
    if run.state not in SOUND:
        yield _Row("not", f"{_SIGNS[run.state]} its descriptor: {run.state}")
    if run.signature:
        good, by = run.signature.state is Signed.BY_KEY, run.signature.key
        sign = _SIGNS[LinkState.INTACT if good else LinkState.MISSING]
        yield _Row("ok" if good else "not", *_cut(f"{sign} {run.signature.state}{f' by {by}' if good else ''}"))


def _given_box(links: Sequence[Link]) -> _Box:
    kind = "given" if all(each.state in SOUND for each in links) else "given wrong"
    return _Box(kind, (_Row("title", "given"), *_files(links)))


def _cut(text: str, width: float = WIDTH, sign: float = _SIGN) -> tuple[str, str, str]:
    """Shorten a text in its middle; the parts of a row: shown, nothing at the right, the whole where it was cut."""
    safe, most = one_line(text, 300), int((width - 2 * 12) / sign)
    if len(safe) <= most:
        return safe, "", ""
    end = most * 2 // 3
    return f"{safe[: most - end - 1]}…{safe[-end:]}", "", safe


def _drawn(box: _Box, at: tuple[float, float]) -> str:
    left, top = at
    rows = "\n".join(_text(row, _TOP + _LINE * number - 4) for number, row in enumerate(box.rows))
    size = box.size
    return (
        f'<g class="{box.kind}" transform="translate({left:.1f} {top:.1f})">\n'
        f'<rect class="box" width="{size.width:.0f}" height="{size.height:.0f}" rx="6"/>\n{rows}\n</g>'
    )


def _text(row: _Row, y: float) -> str:
    whole = f"<title>{html(row.whole)}</title>" if row.whole else ""
    right = f'<text class="soft" x="{WIDTH - 12:.0f}" y="{y:.0f}" text-anchor="end">{html(row.right)}</text>'
    return f'<text class="{row.kind}" x="12" y="{y:.0f}">{whole}{html(row.text)}</text>{right if row.right else ""}'


def _arrows(placed: Placed, wrong: dict[Edge, bool]) -> Iterator[str]:
    """Draw each arrow as curves from point to point, straight where it passes a layer, and its head."""
    for edge, points in placed.arrows.items():
        kind = " wrong" if wrong[edge] else ""
        (x, y), *rest = points
        path = f"M{x:.1f} {y:.1f}"
        for step, (to_x, to_y) in enumerate(rest):
            end = to_y - (5 if step == len(rest) - 1 else 0)
            middle = (y + end) / 2
            path += f" C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {end:.1f}"
            x, y = to_x, end
        yield f'<path class="arrow{kind}" d="{path}"/>'
        yield f'<path class="head{kind}" d="M{x - 5:.1f} {y - 3:.1f} L{x + 5:.1f} {y - 3:.1f} L{x:.1f} {y + 5:.1f} Z"/>'
