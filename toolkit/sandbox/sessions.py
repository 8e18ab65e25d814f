"""The sessions of the sandbox's Salesforce: which tokens are let in, and when they end. The time is handed in."""

from collections.abc import Callable
from dataclasses import dataclass

from toolkit.sandbox.config import SalesforceConfig
from toolkit.sandbox.fault import Fault


@dataclass(slots=True)
class _Session:
    begun: float
    requests: int = 0


class Sessions:
    """The tokens that are good now."""

    def __init__(self, config: SalesforceConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._open = {config.session: _Session(clock())}
        self._begun = 0
        self._spent: set[str] = set()

    def let_in(self, token: str) -> None:
        """Count a request; Fault 401 when the session isn't there or has ended."""
        session = self._open.get(token)
        if session is None or self._over(session):
            self.end(token)
            raise Fault(401, "INVALID_SESSION_ID", "Session expired or invalid")
        session.requests += 1

    def knows(self, token: str) -> bool:
        """Tell whether a session is good, without counting."""
        session = self._open.get(token)
        return session is not None and not self._over(session)

    def end(self, token: str) -> None:
        """End a session."""
        self._open.pop(token, None)

    def begin(self) -> str:
        """Give a token that is good: the one of the configuration while it is and never ends, else a new one."""
        ends = self._config.session_requests or self._config.session_seconds
        if not ends and self._config.session in self._open:
            return self._config.session
        self._begun += 1
        token = f"{self._config.session}.{self._begun}"
        self._open[token] = _Session(self._clock())
        return token

    def refresh(self, token: str) -> str | None:
        """Spend a refresh token and give the one that takes its place; None when it was spent before.

        Without rotation a token stays as it is.
        """
        if not self._config.rotate_refresh_tokens:
            return token
        if token in self._spent:
            return None
        self._spent.add(token)
        return f"{token.partition('#')[0]}#{len(self._spent)}"

    def _over(self, session: _Session) -> bool:
        most, seconds = self._config.session_requests, self._config.session_seconds
        too_many = bool(most) and session.requests >= most
        return too_many or (seconds > 0 and self._clock() - session.begun >= seconds)
