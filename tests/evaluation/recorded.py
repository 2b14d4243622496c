"""Runs that a scripted model makes over the demo, to be replayed."""

import re
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import migrations
from app import settings as settings_module
from app.agent.model import AssistantText, ModelRequest
from app.agent.tool import Tool
from app.chat.desk import Desk
from app.evaluation.asking import ask
from app.evaluation.replaying import Repeated, replay
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import User
from app.main import create_app
from tests.scripted_model import Call, Script, ScriptedModel, final_answer

PRICES = "SELECT name, price FROM products WHERE name LIKE 'Limonad Chinor%' ORDER BY name"
ASKER = "admin@demo.test"


@asynccontextmanager
async def desk_with(folder: Path, model: ScriptedModel, tools: Sequence[Tool] = (), embeddings: str = "") -> AsyncIterator[Desk]:
    settings = settings_module.load({
        "BICHAT_DATA_DIR": str(folder), "BICHAT_MODEL": "offline", "BICHAT_AUTOMATIC_TITLES": "false", "LOG_LEVEL": "ERROR",
        "BICHAT_EMBEDDING_BASE_URL": embeddings,
    })  # fmt: skip
    app = create_app(settings, model=model, tools=tools)
    await migrations.prepare(settings, app.state.desk.database)
    async with app.state.lifecycle.running(app):
        desk: Desk = app.state.desk
        yield desk


async def person(desk: Desk, email: str = ASKER) -> Actor:
    async with desk.database.reading() as db:
        user_id = await db.scalar(select(User.id).where(User.email == email))
    assert user_id
    actor = await sign_in.by_user_id(desk.database, user_id)
    assert actor
    return actor


async def held(
    desk: Desk, question: str = "Which prices?", answers: Sequence[str] = (), session: uuid.UUID | None = None
) -> uuid.UUID:
    """Return the run of a question."""
    asked = await ask(desk, await person(desk), question, answers, session)
    assert asked.said.failure == ""
    return asked.run_id


async def replayed(desk: Desk, run_id: uuid.UUID) -> dict[str, Repeated]:
    return {each.tool: each for each in await replay(desk, run_id)}


def result_of(request: ModelRequest) -> str:
    """Return the id of the last result that the model was told of."""
    found = re.findall(r'"result_id":"([0-9a-f-]{36})"', " ".join(message.content for message in request.messages))
    return found[-1]


def with_result(*calls: Callable[[str], Call]) -> Callable[[ModelRequest], Script]:
    """Return a turn whose calls are given the last result."""
    return lambda request: [call(result_of(request)) for call in calls]


def by_agent(model: ScriptedModel, **turns: list[Script]) -> None:
    """Have each agent answer by how many steps it has behind it since its task."""
    names = {"SQL analyst": "sql_analyst", "chart maker": "chart_maker"}

    def answer(request: ModelRequest) -> Script:
        found = re.match(r"You are the (.+?) of ", request.system)
        done = sum(isinstance(message, AssistantText) for message in request.messages)
        return turns[names.get(found[1], "bi_analyst") if found else "bi_analyst"][done]

    model.add(*[answer] * 20)


def asking(sql: str = PRICES, **more: Any) -> Call:
    return Call("sql_execute", {"query": sql, **more})


def done() -> Call:
    return final_answer("Here you are.")


def change(folder: Path, statement: str) -> None:
    """Change the demo's business data."""
    with closing(sqlite3.connect(folder / "analytics.sqlite")) as connection, connection:
        assert connection.execute(statement).rowcount


def drop_view(folder: Path, name: str) -> None:
    with closing(sqlite3.connect(folder / "analytics.sqlite")) as connection, connection:
        connection.execute(f"DROP VIEW {name}")


def kept(folder: Path) -> dict[str, Any]:
    """Return what is stored of the company, but for the audit's statements, and the files."""
    with closing(sqlite3.connect(folder / "bichat.sqlite")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        stored: dict[str, Any] = {
            name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}")))
            for name in tables if "statement" not in name and not name.startswith("sqlite_")
        }  # fmt: skip
    return {**stored, "files": sorted((path.name, path.stat().st_size) for path in (folder / "files").rglob("*"))}
