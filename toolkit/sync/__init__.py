"""Keeping Front in sync: one run of all stages in a folder of its own, and what is known of past runs.

``settings`` reads the file, ``record`` is a run's folder and summary, ``lock`` keeps a second run out, ``steps`` calls
the stages, ``stage`` is the run. Each stage is the one behind its own command, with the same files.
"""
