"""Rollback: what a replay's checkpoint tells of its writes, into operations that restore the state before.

compile     writes and the state now into operations (pure), with contacts, groups, values, what is known (work), how
            surely (doubt); fewest: the same in the fewest requests
times       do the snapshots fit the replay's times?
live        Front now, asked for what the checkpoint names
stage       checkpoint and snapshots in, operations and what is kept out
"""
