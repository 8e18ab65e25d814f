"""How a failure is told and which exit code it gives: a sentence, where, what to do. No traceback without --debug."""

import shlex
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from toolkit.errors import ExitCode, SignInRefused, Stopped, ToolkitError

SHOWN_PROBLEMS = 20


@contextmanager
def guarded(ctx: click.Context) -> Iterator[None]:
    """Turn what is raised inside into a message on stderr and the documented exit code."""
    _end_politely_on_sigterm()
    try:
        yield
    except ToolkitError as error:
        _tell(error)
        if isinstance(error, Stopped | SignInRefused):
            _resume(ctx)
        _traceback(ctx)
        ctx.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        _resume(ctx)
        ctx.exit(ExitCode.INTERRUPTED)
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as error:
        _bug(ctx, error)
        ctx.exit(ExitCode.BUG)


def _end_politely_on_sigterm() -> None:
    """Let SIGTERM (a timer, a container being stopped) end a run as Ctrl-C does: files whole, checkpoint closed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _tell(error: ToolkitError) -> None:
    click.echo(f"{click.style('error:', fg='red')} {error.sentence}", err=True)
    for problem in error.problems[:SHOWN_PROBLEMS]:
        click.echo(f"  {problem}", err=True)
    if len(error.problems) > SHOWN_PROBLEMS:
        click.echo(f"  and {len(error.problems) - SHOWN_PROBLEMS} more", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan')} {error.hint}", err=True)


def _resume(ctx: click.Context) -> None:
    click.echo(f"to go on: {shlex.join(ctx.meta['sf2front.command'])}", err=True)


def _bug(ctx: click.Context, error: Exception) -> None:
    click.echo(
        f"{click.style('error:', fg='red')} this is a bug in sf2front: {type(error).__name__}: {error}", err=True
    )
    if not _traceback(ctx):
        click.echo("hint: run the command again with --debug and report what it prints", err=True)


def _traceback(ctx: click.Context) -> bool:
    wanted = bool(ctx.meta.get("sf2front.debug"))
    if wanted:
        click.echo(traceback.format_exc(), err=True)
    return wanted
