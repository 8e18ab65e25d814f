"""``sf2front demo``: the main job, end to end."""

from pathlib import Path
from typing import Any

import click

from toolkit.cli.shared import FOLDER, Summary, say, shared_options
from toolkit.contacts.rejects import by_fault
from toolkit.demo import DemoResult, run
from toolkit.errors import ExitCode


@click.command("demo")
@click.option("-o", "--output", type=FOLDER, default=Path("demo-out"), show_default=True, help="A new folder.")
@shared_options
def command(output: Path) -> None:
    """Do the main job on a sandbox of its own: export, transform, plan, replay, verify, diff, evidence.

    The replay is killed half way and resumed. The files of every stage stay in the folder, to be looked at.

    \b
      sf2front demo -o my-demo
    """
    say("This runs on a sandbox on this machine. Nothing goes to Salesforce or to Front.")
    result = run(output, say)
    say("")
    _summary(result).show()
    if not result.sound:
        click.get_current_context().exit(ExitCode.SOME_REJECTED)


def _summary(result: DemoResult) -> Summary:
    done = result.summaries
    summary = Summary(f"demo: the main job, in {result.seconds:.0f} s")
    summary.line("rows in", done["export"]["rows"], f"in {done['export']['runs']} runs of a report cut at 2,000 rows")
    for name in ("import files", "operations"):
        _transformed(summary, name, done[name])
    summary.line("already in Front", done["seed"]["operations"], "with older names and a custom field of their own")
    summary.line("planned requests", done["plan"]["requests"], done["plan"]["requests_by"])
    summary.line("killed after", result.killed_after, "operations, with SIGKILL")
    summary.line("sent after that", done["replay"]["sent_now"], "by the same command run again")
    summary.line("refused", done["replay"]["refused"])
    summary.line("contacts created", result.creates, f"twice: {result.created_twice}, lost: {result.lost}")
    summary.line("verified", done["verify"]["verified"], f"different: {done['verify']['different']}")
    summary.line("planned once more", done["plan again"]["requests"], "requests: nothing is left to do")
    summary.line("evidence", "intact" if done["evidence"]["intact"] else "broken", "from the plan back to the report")
    for name, content in _FILES.items():
        summary.line("file", str(result.folder / name), content)
    return summary.line("result", "nothing was lost, nothing was sent twice" if result.sound else "NOT as it should be")


def _transformed(summary: Summary, name: str, done: dict[str, Any]) -> None:
    rejected = ", ".join(f"{code} {count}" for code, count in done["rejected_by"].items())
    text = f"rejected {done['rejected']} ({rejected}), merged {done['merged']}"
    summary.line(f"{name}: accepted", done["accepted"], text).explain(by_fault(done["rejected_by"]))


_FILES = {
    "contacts.csv": "the report, every row",
    "import/": "files for Front's contact import, rejects and merges",
    "api/operations.ndjson": "the same contacts as operations",
    "plan.ndjson": "the fewest requests, with the value before",
    "plan.results.ndjson": "how each operation ended",
    "before.ndjson, after.ndjson": "Front before and after",
}
