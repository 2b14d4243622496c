"""A document shows each result of an answer once, and says where its chart is not the one of the conversation."""

import io
import sqlite3

import msgspec
import pypdf
import pytest

from app.agent.model import ModelRequest
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_exports import fetched, made
from tests.scripted_model import Call, final_answer

SQL = "SELECT city, amount, cost FROM sales ORDER BY city"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One company's business with figures that can be recognised."""
    path = settings.data_dir / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (city TEXT, amount INTEGER, cost INTEGER)")
        rows = [("Toshkent", 7001, 31), ("Buxoro", 5003, 37), ("Xiva", 3007, 41)]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", rows)
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single")


async def document(chat: Chat, person: Person, kind: str, *, with_table: bool) -> str:
    """Return the text of the document of an answer with a chart, before or without a table of the same result."""

    def shown(request: ModelRequest) -> list[Call]:
        result = msgspec.json.decode(request.messages[-1].content)["result_id"]
        chart = Call("draw_chart", {"result_id": result, "type": kind, "x": "city", "y": ["amount"], "title": "Chart"})
        return [chart, Call("render_table", {"result_id": result, "title": "Table"})] if with_table else [chart]

    chat.model.add([Call("sql_execute", {"query": SQL})], shown, [final_answer("Here.")])
    session, run = await person.ask("Sales by city")
    await person.until(session, "completed")
    content, _ = await fetched(person, await made(person, f"/bi-chat/runs/{run}/exports"))
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("with_table", [True, False])
async def test_a_chart_and_a_table_of_one_result_print_its_rows_and_receipt_once(
    chat: Chat, analyst: Person, *, with_table: bool
) -> None:
    text = await document(chat, analyst, "bar", with_table=with_table)
    assert (text.count("37"), text.count("SELECT city")) == (1, 1)
    assert "shown here" not in text


@pytest.mark.parametrize(
    ("kind", "said"), [("pie", "Pie chart: shown here as bars."), ("radar", "Radar chart: shown here as a table.")]
)
async def test_another_kind_than_in_the_conversation_is_said(chat: Chat, analyst: Person, kind: str, said: str) -> None:
    assert said in await document(chat, analyst, kind, with_table=False)


async def test_a_line_is_drawn_with_its_ends(chat: Chat, analyst: Person) -> None:
    text = await document(chat, analyst, "line", with_table=False)
    assert "7,001" in text
    assert "shown here" not in text
