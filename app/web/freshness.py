"""How often changed files are looked for while somebody develops: a page has a hundred of them."""

import time
from collections.abc import Callable

EVERY_SECONDS = 0.5

Clock = Callable[[], float]


def seldom(is_current: Callable[[], bool], clock: Clock = time.monotonic) -> Callable[[], bool]:
    """Return `is_current` as it is asked at most twice a second; what was true counts as true in between."""
    asked_at = clock()

    def still_current() -> bool:
        nonlocal asked_at
        if clock() - asked_at < EVERY_SECONDS:
            return True
        asked_at = clock()
        return is_current()

    return still_current
