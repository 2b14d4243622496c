"""`bichat serve` that kills itself with SIGKILL right after its n-th commit of a change (environment: DIES_AFTER_COMMIT)."""

import os
import signal
from typing import Any

from sqlalchemy import Engine, event

from app.cli import main

LAST = int(os.environ.get("DIES_AFTER_COMMIT", "0"))
commits = 0


@event.listens_for(Engine, "after_cursor_execute")
def count(_connection: object, _cursor: object, statement: str, *_rest: Any) -> None:
    global commits  # noqa: PLW0603 - one counter for the whole process is the point
    if statement == "COMMIT":
        commits += 1
        if commits == LAST:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
