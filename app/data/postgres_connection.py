"""asyncpg's connection as statements of others need it: it says no more than it must and hears no more than it should."""

import asyncio
import time
from typing import Any

import asyncpg

from app.data.postgres_codecs import teach


class Meter(asyncio.Protocol):
    """Counts what the server sends and hangs up when it is too much, before a value of a gigabyte is held in memory."""

    def __init__(self, inner: asyncio.Protocol, transport: asyncio.Transport) -> None:
        self._inner = inner
        self._transport = transport
        self._left: float = float("inf")

    @property
    def is_over(self) -> bool:
        """Tell whether the server sent more than was allowed."""
        return self._left < 0

    def allow(self, size: float) -> None:
        """Let the server send `size` bytes from now on."""
        self._left = size

    def data_received(self, data: bytes) -> None:
        """Pass it on while there is room."""
        self._left -= len(data)
        if self.is_over:
            self._transport.abort()
        else:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()


class Deadline:
    """Hangs up when a statement's time is over, whether or not the server notices: a wait for it would have no end."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._timer: asyncio.TimerHandle | None = None
        self._end = float("inf")

    @property
    def is_over(self) -> bool:
        """Tell whether the time that was given has passed."""
        return time.monotonic() >= self._end

    def set(self, seconds: float, grace: float) -> None:
        """Give the server `seconds` from now on, and `grace` to say itself that they are over."""
        self.clear()
        self._end = time.monotonic() + seconds
        self._timer = asyncio.get_running_loop().call_later(seconds + grace, self._connection.terminate)

    def clear(self) -> None:
        """Give all the time there is."""
        self._end = float("inf")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection with a meter, a deadline and codecs of its own.

    It learns about types without set_config(), which the analytics role may not call.
    """

    def __init__(self, protocol: Any, transport: asyncio.Transport, *arguments: Any, **named: Any) -> None:
        super().__init__(protocol, transport, *arguments, **named)
        self._server_caps = self._server_caps._replace(jit=False)  # type: ignore[has-type]  # as above
        teach(protocol.get_settings())
        self.meter = Meter(protocol, transport)
        self.deadline = Deadline(self)
        transport.set_protocol(self.meter)
