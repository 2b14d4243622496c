"""Changes of people and their access, told in the transaction that makes them to whoever keeps the record.

The record (`app.audit`) stands on top of this package, so it asks to be told instead of being called.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done: `action` is a dotted word, `user_id` who did it (None: an operator, or nobody known)."""

    action: str
    tenant_id: uuid.UUID | None
    user_id: uuid.UUID | None
    subject_id: uuid.UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[AsyncSession, Act], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Tell `listener` of every act from now on, once, in the act's own transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(db: AsyncSession, act: Act) -> None:
    """Tell all listeners."""
    for listener in _listeners:
        listener(db, act)
