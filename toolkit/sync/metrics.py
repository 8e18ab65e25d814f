"""A run's summary as Prometheus text, for the node exporter's textfile collector. Pure.

Source of the format: Prometheus, "Exposition formats", text-based format.
"""

from datetime import datetime

from toolkit.sync.record import RunState, Summary


def metrics(summary: Summary) -> bytes:
    """Write the gauges of one run: whether it was verified, when it ended (Unix seconds), how long, how many."""
    profile = f'profile="{summary.profile}"'
    ended = datetime.fromisoformat(summary.ended or summary.started).timestamp()
    operations = sum(summary.stages.get("plan", {}).get("operations", {}).values())
    lines = [
        *_gauge("sf2front_sync_verified", "Whether the last run was verified.", profile, int(_is_verified(summary))),
        *_gauge("sf2front_sync_ended_timestamp_seconds", "When the last run ended.", profile, ended),
        *_gauge("sf2front_sync_duration_seconds", "How long the last run took.", profile, summary.seconds or 0),
        *_gauge("sf2front_sync_rows", "Rows exported.", profile, summary.stages.get("export", {}).get("rows", 0)),
        *_gauge("sf2front_sync_waiting", "Operations left to the next run.", profile, summary.waiting),
        *_gauge("sf2front_sync_operations", "Operations planned.", profile, operations),
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _is_verified(summary: Summary) -> bool:
    return summary.state is RunState.VERIFIED


def _gauge(name: str, text: str, labels: str, value: float) -> tuple[str, str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name}{{{labels}}} {value}"
