"""Plan and verify: what is asked against what Front had, before a replay and after it."""
