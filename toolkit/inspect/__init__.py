"""The inspect stage: what a CSV is, what reading it did, and what to say of it in a mapping.

``form`` (how the bytes are a table), ``readings`` (which style of dates or numbers fits), ``kinds`` (what a column
holds), ``advice`` (what goes into a mapping), ``result`` and ``show`` are pure; ``stage`` reads the file. Guesses live
here alone: no other room acts on them.
"""
