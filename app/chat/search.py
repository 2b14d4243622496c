"""Full-text search over questions, answers and titles of a person's conversations and of those that others share with them.

Hits whose title or question holds all words come first, then those where the answer is needed for some; of each the newest
first. That order, unlike the weights that engines give to words, is the same on both, and pages can go on in it.
"""

import asyncio
import re
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    FromClause,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    column,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import access, word_index
from app.chat.excerpts import Piece, Wanted, excerpt, marked, wanted_of
from app.chat.models import Message, SearchEntry, Session, SessionMember
from app.chat.view import SearchHit, SearchHits
from app.database import Database, table_of
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

PAGE = 20
MOST = 100
ASKED, TOLD = 1, 2
CURSOR = re.compile(r"([12])-([1-9][0-9]{0,17})")
TOP = 2**62

ENTRY = table_of(SearchEntry).c
MOST_SHARED = 500
"""So many of the conversations that others share are searched, the latest: each is a word of the query."""
WITH_ME = (
    select(Session.id, User.first_name, User.last_name, User.email)
    .join(SessionMember, SessionMember.session_id == Session.id)
    .join(User, User.id == Session.user_id)
    .where(*access.SHARED)
    .order_by(Session.active_at.desc(), Session.id.desc())
    .limit(MOST_SHARED)
)
VISIBLE = and_(
    Session.tenant_id == bindparam("tenant_id"), ENTRY.tenant_id == bindparam("tenant_id"), Session.deleted_at.is_(None),
    or_(Session.user_id == bindparam("user_id"), Session.id.in_(bindparam("shared", expanding=True))),
    or_(ENTRY.message_id.is_(None), and_(Message.deleted_at.is_(None), Message.set_aside.is_(False))),
)  # fmt: skip
COLUMNS = (
    ENTRY.position, ENTRY.session_id, ENTRY.message_id, ENTRY.answer_id, Session.title, Session.archived_at, Session.active_at,
    Message.content, Message.created_at,
)  # fmt: skip


def _hits(source: FromClause) -> Select[Any]:
    """Return the visible hits among the entries of `source`."""
    joined = source.join(table_of(Session), Session.id == ENTRY.session_id)
    everything = joined.outerjoin(table_of(Message), Message.id == ENTRY.message_id)
    columns: tuple[Any, ...] = COLUMNS
    return select(*columns).select_from(everything).where(VISIBLE).limit(bindparam("limit"))


def _on_sqlite(name: str) -> Select[Any]:
    words = table(name, column("rowid"))
    found = _hits(words.join(table_of(SearchEntry), words.c.rowid == ENTRY.position))
    return found.where(text(f"{name} MATCH :query"), words.c.rowid < bindparam("before")).order_by(words.c.rowid.desc())


ON_SQLITE = {ASKED: _on_sqlite("bichat_words_asked"), TOLD: _on_sqlite("bichat_words_said")}
QUERY = cast(bindparam("query", type_=String), TSQUERY)


def _on_postgres(vector: str, *other_than: str) -> Select[Any]:
    """Return the search in one of the indexes; `other_than` leaves out what another one holds.

    Positions are found on their own first: the planner would rather read the newest entries one by one, and make the stems of
    each into a vector again.
    """
    found = _positions("found", vector)
    newest = select(found.c.position)
    for one in other_than:
        newest = newest.where(found.c.position.not_in(select(_positions("known", one).c.position)))
    positions = newest.order_by(found.c.position.desc()).subquery("newest")
    hits = _hits(positions.join(table_of(SearchEntry), positions.c.position == ENTRY.position))
    return hits.order_by(positions.c.position.desc())


def _positions(name: str, vector: str) -> CTE:
    found = select(ENTRY.position).where(literal_column(vector).op("@@")(QUERY), ENTRY.position < bindparam("before"))
    return found.cte(name).prefix_with("MATERIALIZED")


ON_POSTGRES = {ASKED: _on_postgres(word_index.ASKED), TOLD: _on_postgres(word_index.SAID, word_index.ASKED)}
ANSWERS = select(Message.id, Message.content).where(
    Message.id.in_(bindparam("ids", expanding=True)), Message.tenant_id == bindparam("tenant_id")
)


async def search(database: Database, actor: Actor, words: str, *, limit: int = PAGE, after: str | None = None) -> SearchHits:
    """Return what holds all `words` in what stands in the actor's list, best first; `after` is where an earlier page ended.

    The last word may be unfinished, and words of one or two letters count only where there are no others. Conversations in
    the trash, what was cleared and versions that are not shown are left out; one's own archived ones are found. People with
    `ReadAll` search in no more than others do: what is not theirs is for reading by its address, not for looking through.
    Raises `Invalid` for an `after` that no page gave.
    """
    wanted = wanted_of(words)
    tier, before = _cursor(after)
    if not wanted:
        return SearchHits([], None)
    limit = min(max(limit, 1), MOST)
    rows: list[tuple[int, Row[Any]]] = []
    async with database.reading() as db:
        shared = await _shared(db, actor)
        whose = (actor.user_id, *shared)
        while tier <= TOLD and len(rows) <= limit:
            query = _match(whose, wanted, tier) if database.is_sqlite else _tsquery(whose, wanted)
            known = {
                "query": query, "before": before, "limit": limit + 1 - len(rows), "tenant_id": actor.tenant_id,
                "user_id": actor.user_id, "shared": list(shared),
            }  # fmt: skip
            found = await db.execute((ON_SQLITE if database.is_sqlite else ON_POSTGRES)[tier], known)
            rows += [(tier, row) for row in found]
            tier, before = tier + 1, TOP
        shown = rows[:limit]
        answers = await _answers(db, actor, [row for place, row in shown if place == TOLD])
    last = f"{shown[-1][0]}-{shown[-1][1].position}" if len(rows) > limit else None

    def hits() -> list[SearchHit]:
        return [_hit(row, wanted, answers.get(row.answer_id), shared.get(row.session_id)) for _, row in shown]

    return SearchHits(await asyncio.to_thread(hits), last)


async def _shared(db: AsyncSession, actor: Actor) -> dict[uuid.UUID, str]:
    """Return whose each conversation is that others share with the actor."""
    rows = await db.execute(WITH_ME, {"tenant_id": actor.tenant_id, "user_id": actor.user_id})
    return {row.id: full_name(row.first_name, row.last_name, row.email) for row in rows}


def _cursor(after: str | None) -> tuple[int, int]:
    if not after:
        return ASKED, TOP
    found = CURSOR.fullmatch(after)
    if found is None:
        raise Invalid(N_("The search cannot go on from there. Search again."), details={"after": "not known"})
    return int(found[1]), int(found[2])


def _match(whose: Sequence[uuid.UUID], wanted: tuple[Wanted, ...], tier: int) -> str:
    """Return the query in FTS5's language; words are letters and digits only, so nothing of them needs escaping."""
    theirs = " OR ".join(f'"{word_index.MARK}{key.hex}"' for key in whose)
    each = [" OR ".join([*(f'"{form}"' for form in word.forms), *(f'"{start}" *' for start in word.starts)]) for word in wanted]
    all_of = " AND ".join(f"({one})" for one in each)
    if tier == ASKED:
        return f"({theirs}) AND {all_of}"
    return f"(whose : ({theirs}) AND {{asked told}} : ({all_of})) NOT (asked : ({all_of}))"


def _tsquery(whose: Sequence[uuid.UUID], wanted: tuple[Wanted, ...]) -> str:
    theirs = " | ".join(f"'{word_index.MARK}{key}'" for key in whose)
    each = [" | ".join([*(f"'{form}'" for form in word.forms), *(f"'{start}':*" for start in word.starts)]) for word in wanted]
    return " & ".join(f"({one})" for one in (theirs, *each))


async def _answers(db: AsyncSession, actor: Actor, rows: list[Row[Any]]) -> dict[uuid.UUID, str]:
    ids = [row.answer_id for row in rows if row.answer_id]
    if not ids:
        return {}
    return {row.id: row.content for row in await db.execute(ANSWERS, {"ids": ids, "tenant_id": actor.tenant_id})}


def _hit(row: Row[Any], wanted: tuple[Wanted, ...], answer: str | None, owner: str | None) -> SearchHit:
    title, said = marked(row.title, wanted), tuple[Piece, ...]()
    if row.message_id is not None:
        said = excerpt(row.content if answer is None else answer, wanted)
    return SearchHit(
        row.session_id, row.message_id, title, () if said == title else said, row.archived_at is not None and owner is None,
        row.created_at or row.active_at, owner or "",
    )  # fmt: skip
