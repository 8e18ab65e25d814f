"""Front's rules: which there are, and which contacts of a snapshot, or of a plan's outcome, a rule would match.

Front's API shows names and action texts, never conditions: so a person writes those down (``conditions``), and they
are asked of a snapshot's contacts as columns (``people``), before a plan and after it (``outcome``). ``preview`` and
``listing`` are the stages. Nothing here writes to Front.
"""
