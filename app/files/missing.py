"""What is said of a file that is gone, wherever it was kept."""

from app.errors import N_, NotFound


def no_such_file() -> NotFound:
    """Return the error for a file that is not kept any more."""
    return NotFound(N_("This file is not kept any more."))
