"""Keep what search finds entries by, in the transactions that change them."""

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import table_of
from app.knowledge.drafts import hash_of, pieces
from app.knowledge.models import Chunk, KnowledgeState, WordPostings
from app.knowledge.occurrences import Posting
from app.knowledge.stems import counted

TOGETHER = 500
"""Values bound at once: the engines allow thirty thousand and more, but long lists take long to plan."""
Item = TypeVar("Item")
CHUNKS, WORDS = table_of(Chunk), table_of(WordPostings)


class Piece(msgspec.Struct, frozen=True):
    """A chunk that is not stored yet, with its words."""

    title: str
    text: str
    counts: Counter[str]
    length: int


class Change(msgspec.Struct, frozen=True):
    """An entry that becomes what `pieces` say, found or not; without pieces it goes."""

    entry_id: uuid.UUID
    pieces: Sequence[Piece] = ()
    is_found: bool = False


def pieces_of(kind: str, title: str, text: str) -> list[Piece]:
    """Return the chunks of an entry."""
    return [Piece(head, piece, *counted(head, piece)) for head, piece in pieces(kind, title, text)]


async def locked(db: AsyncSession, tenant_id: uuid.UUID) -> KnowledgeState:
    """Return the state of a company's knowledge, and have others wait who change it too."""
    query = select(KnowledgeState).where(KnowledgeState.tenant_id == tenant_id).with_for_update()
    state: KnowledgeState | None = await db.scalar(query)
    if state is None:
        state = KnowledgeState(tenant_id=tenant_id, revision=0, next_position=1, chunks=0, words=0, loaded_hash="")
        db.add(state)
        await db.flush()
    return state


async def change(db: AsyncSession, state: KnowledgeState, changes: Sequence[Change]) -> None:
    """Replace the chunks of entries and where their words stand, which is worked out in threads; `state` is locked."""
    state.revision += 1
    gone: set[int] = set()
    affected: set[str] = set()
    for some in _batches([each.entry_id for each in changes]):
        of_some = (CHUNKS.c.tenant_id == state.tenant_id) & CHUNKS.c.entry_id.in_(some)
        rows = (await db.execute(select(CHUNKS).where(of_some))).all()
        for row, (counts, length) in zip(rows, await asyncio.to_thread(_counted, rows), strict=True):
            gone.add(row.position)
            affected |= counts.keys()
            state.chunks -= row.is_found
            state.words -= length * row.is_found
        await db.execute(delete(CHUNKS).where(of_some))
    added = await _add(db, state, changes)
    await _write(db, state.tenant_id, sorted(affected | added.keys()), gone, added)


def _counted(rows: Sequence[Row[Any]]) -> list[tuple[Counter[str], int]]:
    return [counted(row.title, row.text) for row in rows]


async def _add(db: AsyncSession, state: KnowledgeState, changes: Sequence[Change]) -> dict[str, list[Posting]]:
    rows = []
    added: dict[str, list[Posting]] = defaultdict(list)
    for each in changes:
        for ordinal, piece in enumerate(each.pieces):
            position = state.next_position
            state.next_position += 1
            state.chunks += each.is_found
            state.words += piece.length * each.is_found
            rows.append({
                "tenant_id": state.tenant_id, "position": position, "entry_id": each.entry_id, "ordinal": ordinal,
                "title": piece.title, "text": piece.text, "hash": hash_of(piece.title, piece.text), "is_found": each.is_found,
            })  # fmt: skip
            for word, count in piece.counts.items():
                added[word].append(Posting(position, count, each.is_found, piece.length))
    for some in _batches(rows):
        await db.execute(insert(CHUNKS), list(some))
    return added


async def _write(
    db: AsyncSession, tenant_id: uuid.UUID, affected: Sequence[str], gone: set[int], added: Mapping[str, Sequence[Posting]]
) -> None:
    for some in _batches(affected):
        of_some = (WORDS.c.tenant_id == tenant_id) & WORDS.c.word.in_(some)
        held = {row.word: row.postings for row in await db.execute(select(WORDS.c.word, WORDS.c.postings).where(of_some))}
        if held:
            await db.execute(delete(WORDS).where(of_some))
        made = await asyncio.to_thread(_merged, some, held, gone, added)
        rows = [{"tenant_id": tenant_id, "word": word, "postings": postings} for word, postings in made.items() if postings]
        if rows:
            await db.execute(insert(WORDS), rows)


def _merged(
    some: Sequence[str], held: Mapping[str, bytes], gone: set[int], added: Mapping[str, Sequence[Posting]]
) -> Mapping[str, bytes]:
    from app.knowledge.postings import merged  # noqa: PLC0415 - brings numpy, at the first search or change

    return {word: merged(held.get(word, b""), gone if word in held else (), added.get(word, ())) for word in some}


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER))
