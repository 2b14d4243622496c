"""What a company knows, as tools and pages ask for it."""

import asyncio
import copy
import dataclasses
import uuid
from collections.abc import Collection, Sequence
from typing import Self

from app.data.queries import Queries
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import adding, editing, proposals, search
from app.knowledge.checks import OPERATOR
from app.knowledge.editing import Said
from app.knowledge.embeddings import Embedder
from app.knowledge.metering import Spender
from app.knowledge.proposals import Category, Proposal, Saved
from app.knowledge.search import Hit

MOST = 20


class Library:
    """Knowledge in the application database, reached through the actor's company.

    What changed is embedded in the background, where an endpoint is configured.
    """

    def __init__(self, database: Database, embedder: Embedder | None = None) -> None:
        self.database = database
        self.embedder = embedder
        self._embedding: set[asyncio.Task[int]] = set()
        self._answer: tuple[uuid.UUID | None, uuid.UUID | None] = (None, None)

    def serving(self, session_id: uuid.UUID, run_id: uuid.UUID) -> Self:
        """Return the same, with what searching costs booked on an answer of a conversation."""
        library = copy.copy(self)
        library._answer = (session_id, run_id)  # noqa: SLF001 - its own
        return library

    async def search(self, actor: Actor, question: str, *, limit: int = 5, kinds: Collection[str] = ()) -> list[Hit]:
        """Return what is approved and says most of what is asked, best first."""
        return await search.search(
            self.database, actor.tenant_id, question, limit=min(limit, MOST), kinds=kinds, embedder=self.embedder,
            spender=Spender(actor, *self._answer),
        )  # fmt: skip

    async def learnings(self, actor: Actor, question: str, *, limit: int = 5, category: str = "") -> list[Hit]:
        """Return the lessons that say most of what is asked: those approved, and what the actor proposed."""
        found = await search.search(
            self.database, actor.tenant_id, question, limit=search.ALL, kinds=("learning",), found_only=False
        )
        visible = [hit for hit in found if hit.status == "approved" or (hit.status == "proposed" and hit.by == actor.user_id)]
        return [hit for hit in visible if category in {"", hit.details.get("category")}][: min(limit, MOST)]

    async def save_query(
        self, queries: Queries, actor: Actor, new: Proposal, *, run_id: uuid.UUID | None = None, approve: bool = False
    ) -> Saved:
        """Propose a query, or count it; raises `Invalid`."""
        saved = await proposals.save_query(self.database, queries, actor, new, run_id=run_id, approve=approve)
        self._changed(actor)
        return saved

    async def save_learning(
        self, actor: Actor, *, category: Category, title: str, text: str, tables: Sequence[str] = ()
    ) -> Saved:
        """Propose a lesson, or count it; raises `Invalid`."""
        saved = await proposals.save_learning(self.database, actor, category=category, title=title, text=text, tables=tables)
        self._changed(actor)
        return saved

    async def add(self, actor: Actor, kind: str, said: Said) -> uuid.UUID:
        """Write something down by hand and return its id; raises `Invalid`."""
        entry_id = await adding.add(self.database, actor, kind, said)
        self._changed(actor)
        return entry_id

    async def edit(self, queries: Queries, actor: Actor, entry_id: uuid.UUID, said: Said, *, based_on: int) -> None:
        """Make a version that says something else; raises `NotFound`, `Invalid` and `Conflict`."""
        await editing.edit(self.database, queries, actor, entry_id, said, based_on=based_on)
        self._changed(actor)

    async def restore(self, queries: Queries, actor: Actor, entry_id: uuid.UUID, number: int) -> None:
        """Take an earlier version again; raises `NotFound` and `Invalid`."""
        await editing.restore(self.database, queries, actor, entry_id, number)
        self._changed(actor)

    async def set_status(self, actor: Actor, entry_id: uuid.UUID, status: str) -> None:
        """Approve or retire an entry; raises `NotFound` and `Invalid`."""
        await editing.set_status(self.database, actor, entry_id, status)

    async def close(self) -> None:
        """End what goes on in the background."""
        for task in self._embedding:
            task.cancel()
        await asyncio.gather(*self._embedding, return_exceptions=True)
        if self.embedder:
            await self.embedder.close()

    def _changed(self, actor: Actor) -> None:
        if self.embedder:
            company = dataclasses.replace(actor, user_id=OPERATOR)
            task = asyncio.create_task(self.embedder.fill(self.database, company))
            self._embedding.add(task)
            task.add_done_callback(self._embedding.discard)
