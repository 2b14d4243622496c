"""A circuit breaker: a provider that failed several times in a row is left alone for a while.

The libraries for it decide by the exceptions of a block that runs to its end. Here a call that a person stops is neither a
success nor a failure, one call alone tries whether the provider is back, and time must not jump with the wall clock.
"""

import contextlib
import time
from collections.abc import Callable, Generator
from typing import Literal

from app.agent.faults import FAULTS
from app.agent.model import ModelError

FAILURES = 3
SECONDS = 30.0

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Opens after `failures` in a row, for `seconds` or as long as the provider asked for; then one call tries it.

    `clock` returns seconds that never go back.
    """

    def __init__(self, failures: int = FAILURES, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self._is_tried = False

    @property
    def state(self) -> State:
        """Return whether calls are let through: all, none, or one."""
        if self._failures < self._most:
            return "closed"
        return "open" if self._clock() < self._until else "half-open"

    @property
    def lets_through(self) -> bool:
        """Tell whether the provider should be asked now."""
        return self.state == "closed" or (self.state == "half-open" and not self._is_tried)

    @contextlib.contextmanager
    def watching(self) -> Generator[None]:
        """Learn from a call how the provider is; a call that is given up teaches nothing."""
        is_trial = self.state == "half-open" and not self._is_tried
        self._is_tried |= is_trial
        try:
            yield
        except ModelError as error:
            if FAULTS[error.code].elsewhere:
                self._failed(error.retry_after)
            else:
                self._failures = 0
            raise
        else:
            self._failures = 0
        finally:
            if is_trial:
                self._is_tried = False

    def _failed(self, retry_after: float | None) -> None:
        self._failures += 1
        if self._failures >= self._most:
            self._until = self._clock() + max(self._seconds, retry_after or 0)
