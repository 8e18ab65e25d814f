"""Refusals that say something of Front or of the token, not of the operations that met them. Pure."""

from toolkit.errors import SignInRefused, Stopped, ToolkitError
from toolkit.replay.steps import Effect, Ending

PATIENCE = 5
"""So many operations in a row may be refused in one way: the next ones would fare no better."""
_WROTE_NOTHING = frozenset({None, Effect.UNCHANGED})


class Signs:
    """Counts the operations of a run that were refused alike, while no other one wrote anything."""

    def __init__(self) -> None:
        self._written = False
        self._forbidden = self._failed = 0

    def read(self, ending: Ending) -> ToolkitError | None:
        """Take how one more operation ended; give what the run must stop with, if it must."""
        if ending.effect not in _WROTE_NOTHING:
            self._written, self._failed = True, 0
        self._forbidden += ending.code == "forbidden"
        self._failed += ending.code == "server_error"
        if self._forbidden >= PATIENCE and not self._written:
            sentence = f"Front forbids all that this token was to write: {ending.message}"
            return SignInRefused(sentence, hint=f"check the token's scopes (Front: Settings, Developers), {_THEN}")
        if self._failed >= PATIENCE:
            sentence = f"Front fails at one operation after the other: {ending.message}"
            return Stopped(sentence, hint=f"wait until Front is well, {_THEN}")
        return None


_THEN = "then run the same command with --retry-failed"
