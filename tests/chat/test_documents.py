"""A document shows each result of an answer once, and says where its chart is not the one of the conversation."""

import io
import re
import sqlite3

import msgspec
import pypdf
import pytest

from app.agent.model import ModelRequest
from app.chat import documents
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_compacting import compacted
from tests.chat.test_exports import TABLE, fetched, made
from tests.chat.test_versions import talk
from tests.scripted_model import Call, final_answer

SESSION = re.compile(r'href="(/bi-chat/sessions/[0-9a-f-]{36})"')
RUN = re.compile(r'data-run-id="([^"]+)"')
SQL = "SELECT city, amount, cost FROM sales ORDER BY city"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One company's business with figures that can be recognised."""
    path = settings.data_dir / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (city TEXT, amount INTEGER, cost INTEGER)")
        rows = [("Toshkent", 7001, 31), ("Buxoro", 5003, 83737), ("Xiva", 3007, 41)]
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
    return await printed(person, run)


async def printed(person: Person, run: str) -> str:
    """Return the text of an answer's document."""
    content, _ = await fetched(person, await made(person, f"/bi-chat/runs/{run}/exports"))
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("with_table", [True, False])
async def test_a_chart_and_a_table_of_one_result_print_its_rows_and_receipt_once(
    chat: Chat, analyst: Person, *, with_table: bool
) -> None:
    text = await document(chat, analyst, "bar", with_table=with_table)
    assert (text.count("83,737"), text.count("SELECT city")) == (1, 1)
    assert "shown here" not in text


@pytest.mark.parametrize("kind", ["pie", "radar"])
async def test_a_chart_is_of_its_own_kind_in_the_document(chat: Chat, analyst: Person, kind: str) -> None:
    text = await document(chat, analyst, kind, with_table=False)
    assert "shown here" not in text
    assert text.count("Toshkent") == 2


async def test_figures_that_are_newer_than_the_text_are_said_to_be(chat: Chat, analyst: Person, settings: Settings) -> None:
    assert "The text was written" not in await document(chat, analyst, "bar", with_table=True)
    session = (await analyst.get("/bi-chat")).text
    path = SESSION.findall(session)[0]
    page = (await analyst.get(path)).text
    table, run = TABLE.findall(page)[0], RUN.findall(page)[0]
    with sqlite3.connect(settings.data_dir / "sales.sqlite") as connection:
        connection.execute("UPDATE sales SET amount = 9009 WHERE city = 'Xiva'")
    await analyst.post(f"/bi-chat/artifacts/{table}/refresh", htmx=True)
    text = await printed(analyst, run)
    assert "9,009" in text
    assert text.count("The text was written with figures of") == 1


async def test_a_document_of_a_long_conversation_says_what_it_leaves_out(
    chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_TURNS", 2)
    session = ""
    for number in range(1, 4):
        chat.model.add([final_answer(f"Answer {number}.")])
        session, _ = await analyst.ask(f"Question {number}?", session)
        await analyst.until(session, "completed")
        content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/sessions/{session}/exports"))
        text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())
        assert ("holds the last 2 questions" in text, "Answer 1." in text) == ((True, False) if number == 3 else (False, True))


async def test_an_answer_of_long_ago_is_in_its_document(chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_TURNS", 1)
    session = await talk(analyst, chat.model, ("First?", "One."), ("Second?", "Two."), ("Third?", "Three."))
    text = await printed(analyst, RUN.findall((await analyst.get(f"/bi-chat/sessions/{session}")).text)[0])
    assert [answer in text for answer in ("One.", "Two.", "Three.")] == [True, False, False]


async def test_texts_of_any_length_are_cut_and_said_to_be(chat: Chat, analyst: Person) -> None:
    sql = f"SELECT replace(hex(zeroblob(20000)), '0', 'ы') AS long, 'short' AS s /* {'я' * 40000} */"
    chat.model.add(
        [Call("sql_execute", {"query": sql})],
        lambda request: [Call("render_table", {"result_id": msgspec.json.decode(request.messages[-1].content)["result_id"]})],
        [final_answer("ё" * 40000)],
    )
    session, run = await analyst.ask("Ы" * 19000)
    await analyst.until(session, "completed")
    text = await printed(analyst, run)
    assert (text.count("Texts longer than 1,000 characters end in"), text.count("Texts longer than 2,000")) == (1, 1)
    assert "short" in text


async def test_a_summary_stands_in_the_document_for_the_questions_that_it_replaced(chat: Chat, analyst: Person) -> None:
    session = await talk(analyst, chat.model, ("First?", "One."), ("Second?", "Two."), ("Third?", "Three."))
    await compacted(analyst, chat.model, session, "- They asked *once*.")
    content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/sessions/{session}/exports"))
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "Summary of 1 earlier question" in text
    assert "They asked once." in text
    assert [answer in text for answer in ("One.", "Two.", "Three.")] == [False, True, True]
