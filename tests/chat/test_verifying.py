"""An answer is marked as verified: its statement is proposed, and once approved answers from it bear a badge."""

import secrets
import sqlite3
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.chat.verifiable import has_result, ran_from, rested_on
from app.knowledge.models import Entry
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, final_answer
from tests.site import ON_EACH_ENGINE

SQL = "SELECT COUNT(*) AS orders FROM orders"
BADGE, BUTTON = 'data-testid="verified"', 'data-testid="verify"'


@pytest.fixture
def chat_settings(chat_settings: Settings, tmp_path: Path) -> Settings:
    path, inner = tmp_path / "business.sqlite", f"v_{secrets.token_hex(16)}"
    with sqlite3.connect(path) as connection:
        connection.create_function("current_tenant", 0, lambda: None, deterministic=True)
        connection.executescript(f"""
            CREATE TABLE orders_t (id INTEGER, tenant_id TEXT);
            CREATE TABLE _bichat_views (public_name TEXT, inner_name TEXT);
            CREATE VIEW {inner} AS SELECT id FROM orders_t WHERE tenant_id = current_tenant();
            CREATE VIEW orders AS SELECT id FROM {inner};
            INSERT INTO _bichat_views VALUES ('orders', '{inner}');
        """)
    return msgspec.structs.replace(chat_settings, analytics_url=f"sqlite:///{path}")


async def asked(chat: Chat, person: Person, sql: str = SQL) -> tuple[str, str]:
    """Ask a question that is answered by `sql`, and return the page with the run's id."""
    chat.model.add([Call("sql_execute", {"query": sql})], [final_answer("None.")])
    session, run = await person.ask("How many orders are there?")
    return await person.until(session, "completed"), run


async def entries(chat: Chat) -> list[tuple[str, str, int]]:
    async with chat.database.reading() as db:
        return [(row.name, row.status, row.uses) for row in (await db.execute(select(Entry))).scalars()]


@ON_EACH_ENGINE
async def test_a_marked_answer_is_approved_by_a_manager_and_then_bears_a_badge(chat: Chat) -> None:
    async with chat.person("analyst@one.test") as analyst, chat.person("admin@one.test") as admin:
        page, run = await asked(chat, analyst)
        assert (BUTTON in page, BADGE in page) == (True, False)
        answer = await analyst.post(f"/bi-chat/runs/{run}/verify", htmx=True)
        assert (answer.status_code, 'data-testid="verify-waits"' in answer.text) == (200, True)
        assert (await analyst.post(f"/bi-chat/runs/{run}/verify")).status_code == 303
        assert await entries(chat) == [("how_many_orders_are_there", "proposed", 1)]
        page, _ = await asked(chat, analyst)
        assert BADGE not in page
        page, other = await asked(chat, admin, "select count(*) as ORDERS from Orders")
        assert BADGE in (await admin.post(f"/bi-chat/runs/{other}/verify", htmx=True)).text
        assert await entries(chat) == [("how_many_orders_are_there", "approved", 2)]
        page, _ = await asked(chat, analyst, "SELECT count(*) AS orders\nFROM orders")
        assert (BUTTON in page, BADGE in page) == (False, True)
    async with chat.person("analyst@two.test") as stranger:
        page, _ = await asked(chat, stranger)
        assert BADGE not in page
        assert (await stranger.post(f"/bi-chat/runs/{run}/verify")).status_code == 404


@pytest.mark.parametrize(
    ("sql", "answer", "is_offered"),
    [
        ("SELECT id AS orders FROM orders WHERE id < 0", "None.", False),
        ("SELECT 'Samarqand' AS branch", "I cannot tell.", False),
        ("SELECT 'Samarqand' AS branch", "Samarqand.", True),
        ("SELECT COUNT(*) AS orders FROM orders", "None.", True),
    ],
)
async def test_only_an_answer_with_a_result_can_be_verified(chat: Chat, sql: str, answer: str, *, is_offered: bool) -> None:
    async with chat.person("analyst@one.test") as analyst:
        chat.model.add([Call("sql_execute", {"query": sql})], [final_answer(answer)])
        session, run = await analyst.ask("Which?")
        assert (BUTTON in await analyst.until(session, "completed")) == is_offered
        answered = await analyst.post(f"/bi-chat/runs/{run}/verify", htmx=True)
        assert answered.status_code == (200 if is_offered else 422)


async def test_only_an_answer_with_a_query_can_be_verified(chat: Chat) -> None:
    async with chat.person("analyst@one.test") as analyst:
        chat.model.add([final_answer("Hello.")])
        session, run = await analyst.ask("Hello?")
        assert BUTTON not in await analyst.until(session, "completed")
        answer = await analyst.post(f"/bi-chat/runs/{run}/verify", htmx=True)
        assert (answer.status_code, "no query in this answer" in answer.text) == (422, True)
        assert (await analyst.post(f"/bi-chat/runs/{run}/verify")).status_code == 400
    async with chat.person("viewer@one.test") as viewer, chat.person("nobody@one.test") as nobody:
        assert (await viewer.post(f"/bi-chat/runs/{run}/verify")).status_code == 404
        assert (await nobody.post(f"/bi-chat/runs/{run}/verify")).status_code == 403


def test_an_answer_rests_on_its_last_result_and_not_on_a_plan() -> None:
    figures = {"sql": "SELECT 1 AS n", "columns": [{"name": "n", "type": "integer"}], "rows": [[1]], "params": {}}
    plan = {"sql": "SELECT 2 AS n", "params": {}, "plan": ["SCAN"]}
    ran = rested_on([ran_from(plan), ran_from(figures), ran_from({})])
    assert ran
    assert (ran.sql, has_result(ran, "", is_shown=False)) == ("SELECT 1 AS n", True)
    empty = ran_from({**figures, "rows": []})
    assert not has_result(rested_on([empty, ran]), "", is_shown=True)
    assert rested_on([ran_from(plan)]) is None
