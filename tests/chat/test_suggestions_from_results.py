"""Where nobody wrote validated queries, questions go on from the result: another period, another column, fewer conditions."""

import html
import re
import sqlite3
from pathlib import Path

import msgspec
import pytest

from app import settings as settings_module
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_sharing import share
from tests.chat.test_withheld_tables import keep_for
from tests.scripted_model import Call, ScriptedModel, final_answer

OFFERED = re.compile(r'<input type="hidden" name="content" value="([^"]+)">')
ROWS = [
    (n, f"Shop {n % 3}", "cash" if n % 2 else "card", f"K{n % 4}", f"Note {n}", n * 10.5, f"2026-10-{1 + n % 28:02}")
    for n in range(1, 61)
]
NOTES = {
    "table_name": "sales",
    "table_columns": [
        {"name": "shop", "labels": {"en": "Shop", "ru": "Магазин", "uz": "Doʻkon"}},
        {"name": "paid_by", "labels": {"en": "Way of payment", "ru": "Способ оплаты", "uz": "Toʻlov usuli"}},
    ],
}
IN_OCTOBER = "FROM sales WHERE sold_on >= '2026-10-01' AND sold_on < '2026-11-01'"
OF_SHOPS = f"SELECT shop, sum(amount) AS amount {IN_OCTOBER} GROUP BY shop"
OF_ONE = f"SELECT sum(amount) AS amount {IN_OCTOBER} AND shop = 'Shop 1'"


@pytest.fixture
def settings(data_dir: Path, tmp_path: Path) -> Settings:
    path, notes = data_dir / "shop.sqlite", tmp_path / "notes"
    with sqlite3.connect(path) as connection:
        texts = ", ".join(f"{name} TEXT" for name in ("shop", "paid_by", "till_code", "note"))
        connection.execute(f"CREATE TABLE sales (id INTEGER PRIMARY KEY, {texts}, amount REAL, sold_on TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
        connection.execute("CREATE TABLE visits (id INTEGER PRIMARY KEY, seconds INTEGER)")
        connection.executemany("INSERT INTO visits VALUES (?, ?)", [(n, n) for n in range(9)])
    connection.close()
    notes.mkdir()
    (notes / "sales.json").write_bytes(msgspec.json.encode(NOTES))
    return settings_module.load(
        {
            "BICHAT_DATA_DIR": str(data_dir), "BICHAT_MODEL": "offline", "BICHAT_SCHEMA_METADATA_DIR": str(notes),
            "BICHAT_ANALYTICS_URL": f"sqlite:///{path}", "BICHAT_ANALYTICS_ISOLATION": "single",
        }
    )  # fmt: skip


async def answered(person: Person, model: ScriptedModel, question: str, sql: str, session: str = "") -> tuple[str, list[str]]:
    """Have a question answered by a statement; returns the session's id and what is offered next."""
    model.add([Call("sql_execute", {"query": sql})], [final_answer("Here it is.")])
    session, run = await person.ask(question, session)
    drawn = "".join(event.get("data", "") for event in await person.events(f"/bi-chat/runs/{run}/events"))
    offered = await offered_in(person, session)
    assert [html.unescape(text) for text in OFFERED.findall(drawn)] == offered
    return session, offered


async def offered_in(person: Person, session: str) -> list[str]:
    page = (await person.get(f"/bi-chat/sessions/{session}")).text
    return [html.unescape(text) for text in OFFERED.findall(page)]


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        (
            "What was the revenue of this shop?",
            [
                "And for September 2026?", "The same by “Way of payment”",
                "The same without the condition: Shop = “Shop 1”",
            ],
        ),
        (
            "Какая выручка у этого магазина?",
            ["А за сентябрь 2026 г.?", "То же с разбивкой: «Способ оплаты»", "То же без условия: Магазин = “Shop 1”"],
        ),
        (
            "Bu doʻkonning tushumi qancha?",
            [
                "2026-yil sentabr uchun-chi?", "Xuddi shu, “Toʻlov usuli” kesimida",
                "Xuddi shu, lekin bu shartsiz: Doʻkon = “Shop 1”",
            ],
        ),
    ],
)  # fmt: skip
async def test_they_are_worded_in_the_language_of_the_question(
    analyst: Person, model: ScriptedModel, question: str, offered: list[str]
) -> None:
    _, found = await answered(analyst, model, question, OF_ONE)
    assert found == offered


async def test_what_was_asked_already_is_not_offered_again(analyst: Person, model: ScriptedModel) -> None:
    session, first = await answered(analyst, model, "Revenue by shop?", OF_SHOPS)
    assert first == ["And for September 2026?", "The same by “Way of payment”"]
    _, second = await answered(analyst, model, first[1], OF_SHOPS.replace("shop", "paid_by"), session)
    assert second == ["And for September 2026?", "The same by “Shop”"]


@pytest.mark.parametrize(
    ("sql", "offered"),
    [
        ("SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop", ["The same by “Way of payment”"]),
        ("SELECT id, note, amount FROM sales ORDER BY id LIMIT 5", []),
        ("SELECT sum(seconds) AS seconds FROM visits", []),
        ("SELECT 1 AS one", []),
        (
            "SELECT sum(amount) AS amount FROM sales WHERE sold_on >= '2026-10-01'",
            ["The same by “Shop”", "The same by “Way of payment”"],
        ),
        (f"SELECT id {IN_OCTOBER}", ["And for September 2026?"]),
        ("SELECT id FROM sales WHERE sold_on >= '0001-01-01' AND sold_on < '2026-11-01'", []),
    ],
)  # fmt: skip
async def test_nothing_is_offered_that_the_result_does_not_bear(
    analyst: Person, model: ScriptedModel, sql: str, offered: list[str]
) -> None:
    assert (await answered(analyst, model, "How much is it?", sql))[1] == offered


async def test_nothing_is_said_of_a_table_that_is_kept_from_the_asker(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, offered = await answered(analyst, model, "What was the revenue of this shop?", OF_ONE)
    assert len(offered) == 3
    await share(analyst, session, "editor")
    async with chat.person("viewer@one.test") as editor, chat.person("auditor@one.test") as auditor:
        assert await offered_in(editor, session) == offered
        assert await offered_in(auditor, session) == []
        await keep_for(chat, "Analyst")
        assert await offered_in(editor, session) == []
        assert await offered_in(analyst, session) == offered
        await keep_for(chat, "Admin")
        assert await offered_in(analyst, session) == []
    async with chat.person("analyst@two.test") as stranger:
        assert (await stranger.get(f"/bi-chat/sessions/{session}")).status_code == 404
