"""The short form of `make budget-run`: the budget on a real socket."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest


def budget_run() -> Any:
    path = Path(__file__).parents[2] / "benchmarks" / "budget_run.py"
    spec = importlib.util.spec_from_file_location("budget_run", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "budget_run", module)
        spec.loader.exec_module(module)
    return module


def test_beside_another_client_nobody_is_answered_429():
    """Four threads and another client's clumps: no 429, and nine tenths of what is left are used even when busy."""
    run = budget_run()

    result = run.measure(run.Case(limit=100, window=1.0, windows=1, share=1.0, clump=20, seed=3))

    assert (result.our_429, result.their_429) == (0, 0)
    assert result.part >= 0.9
