"""Who acts when a run goes on: looked up anew each time, as what they may do can have changed."""

import uuid
from collections.abc import Awaitable
from typing import Protocol

from app.database import Database
from app.identity.actor import Actor


class LoadActor(Protocol):
    """Returns the person with their present permissions, and no more than their token has; None when they may not act."""

    def __call__(self, database: Database, user_id: uuid.UUID, *, token_id: uuid.UUID | None) -> Awaitable[Actor | None]:
        """Return who acts."""
        ...
