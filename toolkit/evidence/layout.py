"""Where the boxes of a chain's picture stand: sources above, what was made of them below. Pure; the same every time.

Boxes stand in layers: each above everything that was made of it. An arrow that passes a layer has a narrow place in it,
so that it goes between the boxes. The order in a layer follows the middle of what a box is joined to, and places are
the nearest to it that keep the order and the distance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP, BETWEEN = 24.0, 56.0
"""Between two boxes side by side, and between two layers."""
_NARROW = 12.0
_SWEEPS = 6

Edge = tuple[str, str]
"""From a source to what was made of it, by their names."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a box is."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where boxes stand (left and top), by which points each arrow goes, and how large the whole is."""

    places: dict[str, tuple[float, float]]
    arrows: dict[Edge, list[tuple[float, float]]]
    size: Size


def place(boxes: Mapping[str, Size], edges: Sequence[Edge]) -> Placed:
    """Give every box its place; an edge that would close a circle has no arrow."""
    kept = _without_circles(list(boxes), edges)
    depth = _depths(boxes, kept)
    routes = {edge: _route(edge, depth) for edge in kept}
    layers = _layers(boxes, depth, routes)
    widths = {each: boxes[each].width if each in boxes else _NARROW for layer in layers for each in layer}
    middles = _middles(layers, widths, [pair for route in routes.values() for pair in pairwise(route)])
    return _placed(layers, middles, boxes, routes)


def _without_circles(names: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Leave out each edge from which a way leads back to its own source."""
    kept: list[Edge] = []
    below: dict[str, list[str]] = {each: [] for each in names}
    for source, made in dict.fromkeys(edges):
        if not _leads(below, made, source):
            below[source].append(made)
            kept.append((source, made))
    return kept


def _leads(below: Mapping[str, list[str]], start: str, goal: str) -> bool:
    todo, seen = [start], {start}
    while todo:
        name = todo.pop()
        if name == goal:
            return True
        new = [each for each in below[name] if each not in seen]
        seen.update(new)
        todo += new
    return False


def _depths(names: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Count for each box how many layers it stands above the lowest."""
    depth = dict.fromkeys(names, 0)
    changed = True
    while changed:
        changed = False
        for source, made in edges:
            if depth[source] <= depth[made]:
                depth[source], changed = depth[made] + 1, True
    return depth


def _route(edge: Edge, depth: Mapping[str, int]) -> list[str]:
    """Name the places by which an arrow goes: its source, a narrow one in each layer it passes, its end."""
    source, made = edge
    passed = [f"{source}\0{made}\0{layer}" for layer in range(depth[source] - 1, depth[made], -1)]
    return [source, *passed, made]


def _layers(names: Iterable[str], depth: Mapping[str, int], routes: Mapping[Edge, list[str]]) -> list[list[str]]:
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for each in names:
        layers[depth[each]].append(each)
    for (source, _), route in routes.items():
        for step, each in enumerate(route[1:-1], start=1):
            layers[depth[source] - step].append(each)
    return layers


def _middles(layers: list[list[str]], widths: Mapping[str, float], joins: Sequence[Edge]) -> dict[str, float]:
    """Sweep up and down over the layers, each ordered and placed by what it is joined to in the one before."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in joins:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    middles: dict[str, float] = {}
    for layer in layers:
        middles |= _spread(layer, [0.0] * len(layer), widths)
    for sweep in range(_SWEEPS):
        joined = below if sweep % 2 == 0 else above
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wished = {each: _mean([middles[other] for other in joined.get(each, [each])]) for each in layer}
            layer.sort(key=wished.__getitem__)
            middles |= _spread(layer, [wished[each] for each in layer], widths)
    return middles


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(layer: Sequence[str], wished: Sequence[float], widths: Mapping[str, float]) -> dict[str, float]:
    """Give the middles nearest to those wished for (least squares) that keep order and distance.

    Boxes that would overlap are moved together, as one group with one mean (pool adjacent violators).
    """
    offsets, end = [], 0.0
    for each in layer:
        offsets.append(end + widths[each] / 2)
        end += widths[each] + GAP
    groups: list[list[float]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        groups.append([wish - offset])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    starts = [_mean(group) for group in groups for _ in group]
    return {each: start + offset for each, start, offset in zip(layer, starts, offsets, strict=True)}


def _placed(
    layers: Sequence[Sequence[str]],
    middles: Mapping[str, float],
    boxes: Mapping[str, Size],
    routes: Mapping[Edge, list[str]],
) -> Placed:
    halves = {each: boxes[each].width / 2 if each in boxes else _NARROW / 2 for each in middles}
    left = min((middles[each] - half for each, half in halves.items()), default=0.0)
    right = max((middles[each] + half for each, half in halves.items()), default=0.0)
    top, tops, bottoms = 0.0, dict[str, float](), dict[str, float]()
    for layer in reversed(layers):
        height = max((boxes[each].height for each in layer if each in boxes), default=0.0)
        for each in layer:
            tops[each] = top
            bottoms[each] = top + (boxes[each].height if each in boxes else height)
        top += height + BETWEEN
    places = {each: (middles[each] - size.width / 2 - left, tops[each]) for each, size in boxes.items()}
    arrows = {edge: _points(route, middles, left, (tops, bottoms)) for edge, route in routes.items()}
    return Placed(places, arrows, Size(right - left, top - BETWEEN))


def _points(
    route: Sequence[str], middles: Mapping[str, float], left: float, ends: tuple[dict[str, float], dict[str, float]]
) -> list[tuple[float, float]]:
    tops, bottoms = ends
    points = [(middles[route[0]] - left, bottoms[route[0]])]
    for each in route[1:-1]:
        points += [(middles[each] - left, tops[each]), (middles[each] - left, bottoms[each])]
    return [*points, (middles[route[-1]] - left, tops[route[-1]])]
