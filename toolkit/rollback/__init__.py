"""Rollback: what a replay's checkpoint tells of its writes, into operations that restore the state before.

compile     writes and the state now into operations (pure), with contacts, groups, values and what is known (work)
stage       checkpoint and snapshots in, operations and what is kept out
"""
