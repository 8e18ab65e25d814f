"""What the commands share: the options that all have, progress and summaries, and committing with evidence.

stdout is data, stderr is talk: a summary goes to stderr, or with --json as one object to stdout.
"""

import functools
import json
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import click

from toolkit.durations import seconds_of
from toolkit.evidence import Input, Provenance, attach, descriptor_beside
from toolkit.files import Outputs, Written
from toolkit.progress import Pace, Progress

LINE_EVERY_SECONDS = 5.0
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class _DurationType(click.ParamType[float]):
    """A length of time in seconds, written ``45s``, ``90m``, ``6h`` or ``7d``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return seconds_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = _DurationType()


class _ShareType(click.FloatRange):
    """A part of a whole: more than 0, at most 1."""

    def __init__(self) -> None:
        super().__init__(0, 1, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value} is no share between 0 and 1: write 0.5 for half", param, ctx)


SHARE = _ShareType()

P = ParamSpec("P")
R = TypeVar("R")


def shared_options(function: Callable[P, R]) -> Callable[P, R]:
    """Add --json, --quiet and --debug, which every command has."""

    @functools.wraps(function)
    def with_flags(*args: P.args, **kwargs: P.kwargs) -> R:
        context = click.get_current_context()
        for name in ("as_json", "quiet", "debug"):
            context.meta[f"sf2front.{name}"] = kwargs.pop(name)
        return function(*args, **kwargs)

    for option in (
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object on stdout."),
    ):
        with_flags = option(with_flags)
    return with_flags


def settings_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add --settings."""
    text = "Settings file: addresses, and where tokens are found. Default: SF2FRONT_SETTINGS."
    return click.option("--settings", "settings_file", type=FILE, help=text)(function)


def share_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add --share."""
    text = "The part of the company's rate limit to use. Default: 0.5, or what the settings say."
    return click.option("--share", type=SHARE, help=text)(function)


def reserve_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add --reserve."""
    text = "Requests of each minute always left for others. Default: 0, or what the settings say."
    return click.option("--reserve", type=click.IntRange(0), help=text)(function)


def budget_words(share: float, reserve: int) -> str:
    """Write a budget for a person: ``a share of 0.5 and 20 in reserve``."""
    return f"a share of {share:g}" + (f" and {reserve:,} in reserve" if reserve else "")


def _flag(name: str) -> bool:
    return bool(click.get_current_context().meta.get(f"sf2front.{name}"))


def command_line() -> tuple[str, ...]:
    """Give the words of this command line; secrets are never among them."""
    words: tuple[str, ...] = click.get_current_context().meta["sf2front.command"]
    return words


def resume_command() -> str:
    """Write this command line as it can be pasted into a shell."""
    return shlex.join(command_line())


def say(text: str) -> None:
    """Tell the person something on stderr, unless --quiet."""
    if not _flag("quiet"):
        click.echo(text, err=True)


class Summary:
    """What a command says at its end: a title, lines of label and value, and the same as data for --json."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._lines: list[tuple[str, str]] = []
        self._data: dict[str, Any] = {}
        self._codes = Counter[str]()

    def line(self, label: str, value: object, why: Mapping[str, int] | str = "") -> Self:
        """Add a line; ``why`` (counts by code, or words) stands behind the value."""
        reasons = why if isinstance(why, str) else ", ".join(f"{code} {_shown(count)}" for code, count in why.items())
        self._lines.append((label, f"{_shown(value)}   {reasons}".rstrip()))
        self._data[label.replace(" ", "_")] = value if isinstance(value, int | float | str | list) else str(value)
        if isinstance(why, Mapping):
            self._data[f"{label.replace(' ', '_')}_by"] = dict(why)
        return self

    def explain(self, codes: Mapping[str, int]) -> Self:
        """Let the last line tell how to learn what a code means: the most frequent of all counted here."""
        self._codes.update(codes)
        return self

    def files(self, written: tuple[Written, ...]) -> Self:
        """Add a line for each file that was written."""
        for each in written:
            rows = "" if each.rows is None else f"   {each.rows:,} {'row' if each.rows == 1 else 'rows'}"
            self._lines.append(("written", f"{each.path}{rows}"))
        self._data["written"] = [{"path": str(each.path), "rows": each.rows} for each in written]
        return self

    def show(self) -> None:
        """Print it: to stderr for a person, or as JSON to stdout."""
        if _flag("as_json"):
            click.echo(json.dumps(self._data, ensure_ascii=False, sort_keys=True))
            return
        width = max((len(label) for label, _ in self._lines), default=0)
        say(click.style(self._title, bold=True))
        for label, value in self._lines:
            say(f"  {label:<{width}}  {value}")
        for code, _ in (+self._codes).most_common(1):
            say(f"hint: sf2front explain {code}")


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@dataclass
class ProgressDisplay:
    """Shows progress, its rate and the time left: a bar on a terminal, else a plain line every few seconds.

    Nothing with --quiet.
    """

    last_line: float = field(default_factory=time.monotonic)
    pace: Pace = field(default_factory=lambda: Pace(0, 0.0))
    pace_of: tuple[str, str, int | None] = ("", "", None)
    bar: Any = None
    bar_of: str = ""
    shown: int = 0

    def __call__(self, progress: Progress) -> None:
        """Take one report of a stage."""
        if _flag("quiet"):
            return
        self._watch(progress)
        if sys.stderr.isatty() and progress.total:
            self._move_bar(progress, progress.total)
        elif time.monotonic() - self.last_line >= LINE_EVERY_SECONDS:
            self.last_line = time.monotonic()
            of = f" of {progress.total:,}" if progress.total else ""
            so_far = f"{progress.stage}: {progress.done:,}{of} {progress.unit} {progress.note}".rstrip()
            speed = self._speed(progress)
            click.echo(f"{so_far}, {speed}" if speed else so_far, err=True)

    def _watch(self, progress: Progress) -> None:
        """Reckon the speed from here when this is the first report of its kind."""
        kind = (progress.stage, progress.unit, progress.total)
        if self.pace_of != kind:
            self.pace, self.pace_of = Pace(progress.done, time.monotonic()), kind

    def _speed(self, progress: Progress) -> str:
        """Write the rate and the time left, once there is something to reckon with."""
        now = time.monotonic()
        rate, left = self.pace.rate(progress, now), self.pace.seconds_left(progress, now)
        return "" if left is None else f"{rate:,.{0 if rate >= 10 else 1}f} a second, {duration(left / 60)} left"

    def _move_bar(self, progress: Progress, total: int) -> None:
        name = f"{progress.stage} {progress.unit}"
        if self.bar is None or self.bar_of != name:
            self.close()
            self.bar = click.progressbar(
                length=total, label=name, file=sys.stderr, show_pos=True, show_eta=False, item_show_func=_text
            )
            self.bar_of, self.shown = name, 0
        self.bar.update(progress.done - self.shown, self._speed(progress))
        self.shown = progress.done

    def close(self) -> None:
        """End the bar's line."""
        if self.bar is not None:
            self.bar.render_finish()
            self.bar = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def _text(item: str | None) -> str:
    return item or ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the descriptor says of where files came from."""

    stage: str
    inputs: tuple[Input, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


def duration(minutes: float) -> str:
    """Write a time for a person: ``40 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    if whole < 24 * 60:
        return f"{whole // 60} h {whole % 60} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def commit(
    outputs: Outputs,
    written: tuple[Written, ...],
    origin: Origin,
    counts: Mapping[str, Any],
    descriptor: Path | None = None,
) -> None:
    """Put a stage's files in their places, all at once, with ``descriptor``, or one beside the first of them."""
    provenance = Provenance(origin.stage, command_line(), origin.started, origin.inputs, origin.source, counts)
    attach(outputs, written, descriptor or descriptor_beside(written[0].path), provenance)
    outputs.commit()
