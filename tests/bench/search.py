"""Search, the list and a long conversation where there is very much, on both engines."""

import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from app import migrations
from app.chat import pages, search, search_index, session_list, titles, turns
from app.chat.models import Message, Run, SearchEntry, Session
from app.chat.pages import Reader, RenderedTurns
from app.chat.search_index import stems_of
from app.database import Database, new_id, now, table_of
from app.identity import sign_in, tenants, users
from app.identity.actor import Actor
from app.identity.users import NewUser
from app.web.templating import Templates
from tests import postgres
from tests.bench.bed import percentile
from tests.bench.figures import Figure

SESSIONS = 100_000
TURNS = 1000
TOGETHER = 2500
OTHERS = 5
TIMES = 30
WRITES = 200
AIM = 100.0
SAID = (
    "What was revenue by branch in {month}?", "Which customers have overdue payments since {month}?",
    "Какая была выручка по филиалам за {month}?", "Какие товары заканчиваются на складе в {month}?",
    "{month} oyida filiallar boʻyicha tushum qancha boʻldi?", "{month} oyida qaysi mijozlar toʻlovni kechiktirdi?",
)  # fmt: skip
MONTHS = ("January", "March", "июнь", "октябрь", "avgust", "dekabr")
PLACES = ("Chilonzor", "Yunusobod", "Samarqand", "Бухара", "Фергана", "Urganch", "Namangan", "Jizzax")
SEARCHES = ("revenue", "выручки филиалов", "filial tushumi", "re", "rev", "Chilonzor 777", "samarqand overdue", "nothing of this")

Rows = dict[Any, list[dict[str, Any]]]


async def measure(data_dir: Path) -> list[Figure]:
    """Fill a database of each engine and time what people wait for."""
    figures = await _on("SQLite", f"sqlite:///{data_dir / 'many.sqlite'}")
    with postgres.running() as cluster:
        return figures + await _on("PostgreSQL", cluster.create("many"))


async def _on(engine: str, url: str) -> list[Figure]:
    database = Database(url)
    await migrations.upgrade(database)
    people = await _people(database)
    actor = people[0]
    long_session = await _fill(database, people)
    templates = Templates(lambda name: f"/static/{name}")
    reader = Reader(actor, "en", can_write=True)
    timed: dict[str, Callable[[], Awaitable[Any]]] = {
        **{f'search "{words}"': lambda words=words: search.search(database, actor, words) for words in SEARCHES},
        "list of 50 sessions": lambda: session_list.recent(database, actor),
        "latest of 1,000 turns, never shown": lambda: _drawn(database, reader, templates, long_session),
        "row of the latest turns": lambda: turns.page(database, long_session),
    }
    figures = []
    for name, ask in timed.items():
        times = await _times(ask)
        figures.append(Figure(f"{engine}: {name}, median", statistics.median(times), "ms", AIM))
        figures.append(Figure(f"{engine}: {name}, worst", max(times), "ms", AIM))
    figures += await _written(engine, database, actor, long_session)
    await database.close()
    return figures


async def _written(engine: str, database: Database, actor: Actor, session_id: uuid.UUID) -> list[Figure]:
    """Return what the index adds to the commits of a question and of its answer, most of whose words were stemmed before."""
    chance, asked, answered = random.Random(8), [], []
    for _ in range(WRITES):
        exchange, message = _exchange(chance, actor), {**_common(actor), "id": new_id(), "session_id": session_id}
        row = {**message, "role": "user", "content": exchange["question"], "partial": False}
        await database.write(lambda db, row=row: db.execute(insert(table_of(Message)), row))
        started = time.perf_counter()
        stems = stems_of(exchange["question"])
        await database.write(lambda db, message=message, stems=stems: search_index.add_turn(db, message, actor.user_id, stems))
        asked.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        update = search_index.answered(message["id"], new_id(), stems_of(exchange["answer"]))
        await database.write(lambda db, update=update: db.execute(*update))
        answered.append((time.perf_counter() - started) * 1000)
    return [
        Figure(f"{engine}: index of {what} in a commit of its own, {rank}", value, "ms", aim)
        for what, times in (("a question", asked), ("an answer", answered))
        for rank, value, aim in (("median", statistics.median(times), 5.0), ("p99", percentile(times, 99), None))
    ]


async def _drawn(database: Database, reader: Reader, templates: Templates, session_id: uuid.UUID) -> None:
    rows = await turns.page(database, session_id)
    await pages.turn_views(database, templates, RenderedTurns(), reader, session_id, rows)


async def _times(ask: Callable[[], Awaitable[Any]]) -> list[float]:
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return times


async def _people(database: Database) -> list[Actor]:
    """Add a company; the first of its people has half of its conversations."""
    tenant = await tenants.add(database, "Many")
    made = [
        await users.add(database, tenant.id, NewUser(f"{n}@many.test", "a long password", "Analyst")) for n in range(OTHERS + 1)
    ]
    found = [await sign_in.by_user_id(database, user_id) for user_id in made]
    return [actor for actor in found if actor]


async def _fill(database: Database, people: list[Actor]) -> uuid.UUID:
    """Add 100,000 conversations of one turn, and one of 1,000 turns that the first person wrote last; returns its id."""
    chance = random.Random(7)
    owners = [people[0] if number % 2 else people[1 + number // 2 % OTHERS] for number in range(SESSIONS)]
    for start in range(0, SESSIONS, TOGETHER):
        await _add(database, [[_exchange(chance, actor)] for actor in owners[start : start + TOGETHER]])
    exchanges = [_exchange(chance, people[0]) for _ in range(TURNS)]
    await _add(database, [exchanges])
    async with database.writer.connect() as connection:
        await connection.execute(text("ANALYZE"))
    return exchanges[0]["session"]


def _exchange(chance: random.Random, actor: Actor) -> dict[str, Any]:
    figures = "".join(f"| {place} | {chance.randrange(1000)} |\n" for place in chance.sample(PLACES, 4))
    question = chance.choice(SAID).format(month=chance.choice(MONTHS))
    answer = f"As asked:\n\n|Place|Figure|\n|---|---:|\n{figures}"
    return {"actor": actor, "question": question, "answer": answer, "session": new_id()}


async def _add(database: Database, conversations: list[list[dict[str, Any]]]) -> None:
    rows: Rows = {Session: [], Run: [], Message: [], SearchEntry: []}
    for exchanges in conversations:
        session_id, head = exchanges[0]["session"], None
        for exchange in exchanges:
            head = _turn(rows, exchange, session_id, head)
        actor = exchanges[0]["actor"]
        rows[Session].append({
            **_common(actor), "id": session_id, "user_id": actor.user_id, "title": titles.from_question(exchanges[0]["question"]),
            "title_is_typed": False, "pinned": False, "active_at": now(), "updated_at": now(), "head_message_id": head,
        })  # fmt: skip
    async with database.writing() as db:
        for model, made in rows.items():
            await db.execute(insert(table_of(model)), made)


def _common(actor: Actor) -> dict[str, Any]:
    return {"tenant_id": actor.tenant_id, "created_at": now()}


def _turn(rows: Rows, exchange: dict[str, Any], session_id: uuid.UUID, head: uuid.UUID | None) -> uuid.UUID:
    actor, question, answer, run = exchange["actor"], new_id(), new_id(), new_id()
    common = {**_common(actor), "session_id": session_id}
    user, ended = {"user_id": actor.user_id}, {"started_at": now(), "finished_at": now(), "worked_ms": 900.0}
    message = {**common, "partial": False, "run_id": None, "step": None, "details": None, "author_id": None}
    rows[Message].append({
        **message, "id": question, "parent_id": head, "role": "user", "content": exchange["question"], "author_id": actor.user_id,
    })  # fmt: skip
    rows[Message].append({
        **message, "id": answer, "parent_id": question, "role": "assistant", "content": exchange["answer"], "run_id": run,
        "step": 0, "details": {"final": True},
    })  # fmt: skip
    rows[Run].append({
        **common, **user, **ended, "id": run, "user_message_id": question, "status": "completed", "locale": "en", "options": {},
        "attempt": 1, "recoveries": 0, "finish_reason": "stop",
    })  # fmt: skip
    entry = {"tenant_id": actor.tenant_id, "session_id": session_id, "message_id": question, "answer_id": answer}
    rows[SearchEntry].append({
        **entry, **user, "asked": stems_of(exchange["question"]), "told": stems_of(exchange["answer"]),
    })  # fmt: skip
    return answer
