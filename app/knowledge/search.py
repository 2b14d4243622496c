"""Search in what a company knows: full text in BM25's order, joined by what means the same where embeddings are configured.

Words are found by where their stems stand, kept by us in both databases (`app.knowledge.index`), and scored by one formula of
ours, so that SQLite and PostgreSQL give the same results in the same order.
"""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, table_of
from app.knowledge.embeddings import Embedder
from app.knowledge.metering import Spender
from app.knowledge.models import Chunk, Entry, KnowledgeState, WordPostings
from app.knowledge.occurrences import Sought
from app.knowledge.snippets import snippet
from app.knowledge.stems import sought_in

LOOKED_AT = 100
"""Chunks that are looked at for the best entries."""
ALL = 2000
"""Chunks that are looked at where only some kinds are wanted, which others may outnumber."""
FUSION = 60
"""k of reciprocal rank fusion (Cormack and others, 2009)."""
CHUNKS, ENTRIES, STATE, WORDS = table_of(Chunk), table_of(Entry), table_of(KnowledgeState), table_of(WordPostings)


class Hit(msgspec.Struct, frozen=True):
    """An entry that was found: `title` may name the part of it that `excerpt` is from."""

    id: uuid.UUID
    kind: str
    name: str
    title: str
    excerpt: str
    text: str
    sql: str
    score: float
    status: str
    details: dict[str, Any]
    by: uuid.UUID | None


async def search(
    database: Database,
    tenant_id: uuid.UUID,
    question: str,
    *,
    limit: int,
    kinds: Collection[str] = (),
    found_only: bool = True,
    embedder: Embedder | None = None,
    spender: Spender | None = None,
) -> list[Hit]:
    """Return the entries of a company that say most of what is asked, best first, each by its best part.

    `found_only` leaves out what is not approved; `kinds` are those wanted, all without any. Where a `spender` is
    named, their question is embedded too.
    """
    sought = sought_in(question)
    asked = await embedder.question(question, spender) if embedder and spender and sought else None
    async with database.reading() as db:
        most = ALL if kinds else LOOKED_AT
        scores = await _scored(db, tenant_id, sought, most, found_only=found_only)
        if asked is not None and embedder is not None:
            scores = _fused(scores, await embedder.nearest(db, tenant_id, asked, LOOKED_AT))
        rows = await _rows(db, tenant_id, scores, kinds, found_only=found_only)
    rows.sort(key=lambda row: (-scores[row.position], row.kind, row.name, row.ordinal))
    best: dict[uuid.UUID, Row[Any]] = {}
    for row in rows:
        best.setdefault(row.id, row)
    shown = list(best.values())[:limit]
    return await asyncio.to_thread(lambda: [_hit(row, scores[row.position], sought) for row in shown])


async def _scored(
    db: AsyncSession, tenant_id: uuid.UUID, sought: Sequence[Sought], most: int, *, found_only: bool
) -> dict[int, float]:
    stems = sorted({stem for word in sought for stem in (*word.forms, *word.sounds)})
    if not stems:
        return {}
    state = (await db.execute(select(STATE.c.chunks, STATE.c.words).where(STATE.c.tenant_id == tenant_id))).one_or_none()
    of_stems = select(WORDS.c.word, WORDS.c.postings).where(WORDS.c.tenant_id == tenant_id, WORDS.c.word.in_(stems))
    held = {row.word: row.postings for row in await db.execute(of_stems)}
    if state is None or not held:
        return {}
    from app.knowledge.postings import best  # noqa: PLC0415 - brings numpy, at the first search or change

    return best(sought, held, chunks=state.chunks, words=state.words, most=most, found_only=found_only)


def _fused(scores: dict[int, float], near: Sequence[int]) -> dict[int, float]:
    """Return what chunks get for their places in both orders; equals of the first share a place."""
    places: dict[float, int] = {}
    for place, score in enumerate(sorted(scores.values(), reverse=True), 1):
        places.setdefault(score, place)
    fused = {position: 1 / (FUSION + places[score]) for position, score in scores.items()}
    for place, position in enumerate(near, 1):
        fused[position] = fused.get(position, 0.0) + 1 / (FUSION + place)
    return {position: round(score, 6) for position, score in fused.items()}


async def _rows(
    db: AsyncSession, tenant_id: uuid.UUID, scores: dict[int, float], kinds: Collection[str], *, found_only: bool
) -> list[Row[Any]]:
    columns: tuple[Any, ...] = (
        ENTRIES.c.id, ENTRIES.c.kind, ENTRIES.c.name, ENTRIES.c.sql, ENTRIES.c.status, ENTRIES.c.title.label("entry_title"),
        ENTRIES.c.details, ENTRIES.c.written_by, CHUNKS.c.position, CHUNKS.c.ordinal, CHUNKS.c.title, CHUNKS.c.text,
    )  # fmt: skip
    query = select(*columns).join(ENTRIES, ENTRIES.c.id == CHUNKS.c.entry_id)
    query = query.where(CHUNKS.c.tenant_id == tenant_id, ENTRIES.c.tenant_id == tenant_id)
    query = query.where(CHUNKS.c.position.in_(sorted(scores)))
    if kinds:
        query = query.where(ENTRIES.c.kind.in_(sorted(kinds)))
    if found_only:
        query = query.where(ENTRIES.c.status == "approved")
    return list(await db.execute(query)) if scores else []


def _hit(row: Row[Any], score: float, sought: Sequence[Sought]) -> Hit:
    said = (row.title, snippet(row.text, sought), row.text, row.sql)
    return Hit(row.id, row.kind, row.name, *said, score, row.status, row.details, row.written_by)
