"""What embedding uses, told to whoever keeps the accounts: prices and budgets are not this package's."""

import uuid
from collections.abc import Sequence
from typing import Protocol

import msgspec

from app.identity.actor import Actor


class Spender(msgspec.Struct, frozen=True):
    """On whose behalf a call is made, and for which answer, where it is for one."""

    actor: Actor
    session_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None


class EmbeddingCall(msgspec.Struct, frozen=True):
    """A call that has ended. `tokens` is None where the endpoint told none, or nobody waited for its answer."""

    provider: str
    model: str
    texts: Sequence[str]
    tokens: int | None
    ms: float


class Meter(Protocol):
    """Whoever keeps the accounts."""

    async def allows(self, spender: Spender, model: str, texts: Sequence[str]) -> bool:
        """Tell whether texts may be sent now; called once for each call that is about to be made."""
        ...

    async def add(self, spender: Spender, call: EmbeddingCall) -> None:
        """Book a call."""
        ...
