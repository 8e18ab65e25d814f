"""Rollback: what a replay's checkpoint tells of its writes, into operations that restore the state before.

compile     writes and the state now into operations (pure), with contacts, groups, values, what is known (work);
            fewest: the same in the fewest requests
live        Front now, asked for what the checkpoint names
stage       checkpoint and snapshots in, operations and what is kept out
"""
