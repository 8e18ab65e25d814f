"""Diff: two tables compared by key, cell by cell, and shown to people and programs.

sides     a CSV or NDJSON file as a table of text with row numbers
compare   pure: which rows were added, removed, changed; which cells
render    one function a format
stage     the front door: settings in, result out
"""

from toolkit.diff.render import render
from toolkit.diff.result import DiffResult, Format
from toolkit.diff.stage import DiffSettings, run

__all__ = ["DiffResult", "DiffSettings", "Format", "render", "run"]
