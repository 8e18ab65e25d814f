"""A way to close a connection in the middle of an answer, for faults that are made on purpose."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol, which tells each request how to hang up: ``scope["state"]["hang_up"]()``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own type
        """Keep the connection at hand; what was written before is still sent when it is closed."""
        self.app_state = self.app_state | {"hang_up": transport.close}
        super().connection_made(transport)
