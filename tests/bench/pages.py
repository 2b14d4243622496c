"""Pages: a long conversation as HTML, and the list of sessions where there are very many."""

import asyncio
import datetime as dt
import statistics
import time
from pathlib import Path

import aiohttp
from sqlalchemy import insert, select

from app.chat import session_list, sessions
from app.chat.models import Message, Run, Session
from app.database import Database, new_id, now
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import User
from tests.bench.bed import PERSON, bed, percentile, signed_in
from tests.bench.figures import Figure

TURNS = 50
MANY = 100_000
REQUESTS = 300
SIDE_BY_SIDE = 8
ANSWER = """Revenue in **October** was 1 234 567 890 soʻm, 4.2 % more than in September.

| Branch | Revenue | Share |
|---|---:|---:|
| Chilonzor | 412 000 000 | 33 % |
| Yunusobod | 398 000 000 | 32 % |

The best day was *Saturday*; see `orders` for the rest.
"""


async def measure(data_dir: Path) -> list[Figure]:
    """Fill the database, then ask for pages over HTTP and for lists from the function behind them."""
    database = Database(f"sqlite:///{data_dir / 'bichat.sqlite'}")
    async with database.reading() as db:
        user_id = (await db.execute(select(User.id).where(User.email == PERSON))).scalar_one()
    actor = await sign_in.by_user_id(database, user_id)
    assert actor
    session_id = await _long_session(database, actor)
    async with bed(data_dir) as ours, signed_in(ours.server.url) as client:
        page = f"/bi-chat/sessions/{session_id}"
        times = await _one_by_one(client, page)
        speed = await _side_by_side(client, page)
    await _many_sessions(database, actor)
    listing = await _listing(database, actor)
    await database.close()
    return [
        Figure("page of 100 messages, median", statistics.median(times), "ms", 2.5),
        Figure("page of 100 messages, p95", percentile(times, 95), "ms"),
        Figure(f"page of 100 messages, {SIDE_BY_SIDE} side by side", speed, "pages/s", 400, at_least=True),
        Figure("list of 50 sessions out of 100,000, median", statistics.median(listing), "ms", 0.8),
        Figure("list of 50 sessions out of 100,000, p95", percentile(listing, 95), "ms"),
    ]


async def _one_by_one(client: aiohttp.ClientSession, page: str) -> list[float]:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        async with client.get(page) as answer:
            text = await answer.text()
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200
        assert "Yunusobod" in text
    return times[10:]


async def _side_by_side(client: aiohttp.ClientSession, page: str) -> float:
    async def ask() -> None:
        for _ in range(REQUESTS // SIDE_BY_SIDE):
            async with client.get(page) as answer:
                await answer.read()

    started = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(SIDE_BY_SIDE)))
    return REQUESTS // SIDE_BY_SIDE * SIDE_BY_SIDE / (time.perf_counter() - started)


async def _listing(database: Database, actor: Actor) -> list[float]:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        found = await session_list.recent(database, actor)
        times.append((time.perf_counter() - started) * 1000)
        assert len(found) == session_list.PAGE
    return times[10:]


async def _long_session(database: Database, actor: Actor) -> object:
    async with database.writing() as db:
        session = sessions.create(db, actor, title="A long conversation")
        await db.flush()
        parent = None
        for number in range(TURNS):
            question = Message(
                id=new_id(), tenant_id=actor.tenant_id, session_id=session.id, parent_id=parent, author_id=actor.user_id,
                role="user", content=f"What was revenue by branch, {number}?",
            )  # fmt: skip
            run = Run(
                id=new_id(), tenant_id=actor.tenant_id, session_id=session.id, user_id=actor.user_id, user_message_id=question.id,
                status="completed", locale="en", options={}, finish_reason="stop", started_at=now(), finished_at=now(),
            )  # fmt: skip
            db.add_all([question, run])
            await db.flush()
            question.run_id = run.id
            answer = Message(
                id=new_id(), tenant_id=actor.tenant_id, session_id=session.id, parent_id=question.id, run_id=run.id,
                role="assistant", content=ANSWER, step=0, tool_calls=[], details={"final": True},
            )  # fmt: skip
            db.add(answer)
            await db.flush()
            parent = answer.id
        session.head_message_id = parent
    return session.id


async def _many_sessions(database: Database, actor: Actor) -> None:
    moment = now()
    columns = {"tenant_id": actor.tenant_id, "user_id": actor.user_id, "title_is_typed": False, "updated_at": moment}
    for start in range(0, MANY, 10_000):
        rows = [
            columns | {"id": new_id(), "created_at": moment, "title": f"Conversation {number}", "pinned": number % 20_000 == 0,
                       "active_at": moment - dt.timedelta(minutes=number)}
            for number in range(start, start + 10_000)
        ]  # fmt: skip
        async with database.writing() as db:
            await db.execute(insert(Session), rows)
