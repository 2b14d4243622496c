"""Results and conversations taken away as files: by the page, by the analyst's tools, and by nobody else."""

import asyncio
import datetime as dt
import io
import re
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pypdf
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from app.agent.model import ModelRequest
from app.audit.models import AuditedStatement, AuditEntry
from app.data.exports.exporter import Exporter
from app.settings import Settings
from tests.chat.conftest import PATIENCE, Chat, Person, new_uuid, served
from tests.scripted_model import Call, ScriptedModel, final_answer

HOSTILE = '=HYPERLINK("http://evil.example")'
SALES = "SELECT id, city, sold_on, amount, share, note FROM sales WHERE sold_on >= :start AND sold_on < :end ORDER BY id"
EVERYTHING = "SELECT id, city, sold_on, amount, share, note FROM sales ORDER BY id"
PERIOD = {"start": "2026-01-01", "end": "2026-02-01"}
TABLE = re.compile(r'data-table-id="([^"]+)"')
JOB = re.compile(r"/bi-chat/exports/([0-9a-f-]{36})")
FILE = re.compile(r'href="(/bi-chat/uploads/[^"]+)"')
STATE = re.compile(r'data-testid="export-job" data-state="(\w+)"')
ROWS = 3000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One company's business with hostile texts, of which results keep a hundred rows."""
    path = settings.data_dir / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, city TEXT, sold_on TEXT, amount INTEGER, share REAL, note TEXT)")
        rows = [
            (n, "Toshkent", f"2026-01-{1 + n % 28:02}", n * 1000, n / 8, HOSTILE if n == 1 else "<r>&</r>" if n == 2 else None)
            for n in range(1, ROWS + 1)
        ]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?)", rows)
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single", sql_max_rows=100)


def shown(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)
    return [Call("render_table", {"result_id": result["result_id"], "title": "Sales / *of* January"})]


async def with_table(chat: Chat, person: Person, sql: str = SALES, answer: str = "Here **they** are.") -> tuple[str, str, str]:
    """Have a question answered with a table; returns the ids of the session, the table and the run."""
    chat.model.add(
        [Call("sql_execute", {"query": sql, "params": PERIOD if ":start" in sql else {}})], shown, [final_answer(answer)]
    )
    session, run = await person.ask("What did we sell in January? =1+1")
    return session, TABLE.findall(await person.until(session, "completed"))[0], run


async def made(person: Person, path: str, **fields: str) -> str:
    """Have a file made as a page with scripts does; returns the last partial."""
    answer = await person.post(path, htmx=True, **fields)
    assert answer.status_code == 200, answer.text
    async with asyncio.timeout(PATIENCE * 3):
        while STATE.findall(answer.text) == ["running"]:
            await asyncio.sleep(0.05)
            answer = await person.get(f"/bi-chat/exports/{JOB.findall(answer.text)[0]}", headers={"HX-Request": "true"})
    return answer.text


async def fetched(person: Person, partial: str) -> tuple[bytes, Any]:
    assert STATE.findall(partial) == ["ready"], partial
    answer = await person.get(FILE.findall(partial)[0])
    assert answer.status_code == 200
    return answer.content, answer.headers


def sheets(content: bytes) -> tuple[Worksheet, dict[str, str]]:
    """Return the data's sheet and the receipt's labels with their texts."""
    data, receipt = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return data, {row[0].value: row[1].value for row in receipt.iter_rows()}


async def test_a_spreadsheet_has_real_types_all_rows_and_a_receipt(chat: Chat, analyst: Person) -> None:
    session, table, _ = await with_table(chat, analyst)
    content, headers = await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel"))
    data, receipt = sheets(content)
    assert data.max_row == ROWS + 1
    assert [cell.value for cell in data[2]][:5] == [1, "Toshkent", dt.datetime.fromisoformat("2026-01-02"), 1000, 0.125]
    assert [data.cell(2, column).number_format for column in (1, 3, 4, 5)] == ["0", "mmm d, yyyy", "#,##0", "#,##0.00##"]
    assert data.freeze_panes == "A2"
    assert data.auto_filter.ref == f"A1:F{ROWS + 1}"
    assert data.column_dimensions["B"].width >= len("Toshkent")
    assert receipt["Question"] == "What did we sell in January? =1+1"
    assert receipt["SQL"] == SALES
    assert receipt["Rows"] == "3,000, all of them"
    assert receipt["Period"] == "sold_on: Jan 1–31, 2026"
    assert receipt["Exported by"].endswith(", One")
    assert receipt["Open in BiChat"] == f"{chat.url}/bi-chat/sessions/{session}"
    assert headers["content-disposition"] == (
        "attachment; filename=\"Sales of January.xlsx\"; filename*=UTF-8''Sales%20of%20January.xlsx"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert int(headers["content-length"]) == len(content)


async def test_texts_stay_texts(chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [book.worksheets[0].cell(row, 6).value for row in (2, 3)] == [HOSTILE, "\u200b<r>&</r>"]
    assert {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "d",
        "inlineStr",
    }
    comma, _ = await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="csv"))
    lines = comma.decode("utf-8-sig").splitlines()
    assert comma.startswith(b"\xef\xbb\xbf")
    assert len(lines) == ROWS + 1
    assert lines[1] == '1,Toshkent,2026-01-02,1000,0.125,"\'=HYPERLINK(""http://evil.example"")"'


async def test_a_cap_is_told(settings: Settings, chat: Chat, model: ScriptedModel, analyst: Person) -> None:
    capped = msgspec.structs.replace(settings, export_max_rows=250)
    async with served(capped, model) as url:
        second = Chat(url, model, chat.database)
        async with second.person("analyst@one.test") as person:
            _, table, _ = await with_table(second, person, EVERYTHING)
            partial = await made(person, f"/bi-chat/artifacts/{table}/exports", format="excel")
            data, receipt = sheets((await fetched(person, partial))[0])
    assert data.max_row == 251
    assert receipt["Rows"] == "the first 250; the query has more"
    assert "The query has more rows" in partial


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ru", ["Ответ: выручка выросла", "Сведения о выгрузке", "Вопрос", "Toshkent"]),
        ("uz", ["Javob: oʻsish bor, gʻalaba", "Eksport haqida maʼlumot", "Savol", "Toshkent"]),
    ],
)
async def test_an_answer_and_a_conversation_become_tagged_pdfs(
    chat: Chat, analyst: Person, locale: str, words: list[str]
) -> None:
    await analyst.post("/locale", locale=locale, next="/bi-chat")
    session, _, run = await with_table(chat, analyst, answer=f"{words[0]} **#emph[x]**")
    for path in (f"/bi-chat/runs/{run}/exports", f"/bi-chat/sessions/{session}/exports"):
        content, headers = await fetched(analyst, await made(analyst, path))
        reader = pypdf.PdfReader(io.BytesIO(content))
        text = " ".join(page.extract_text() for page in reader.pages)
        assert [word for word in [*words, "#emph[x]", "SELECT id, city"] if word not in text] == []
        root = reader.trailer["/Root"]
        assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (locale, True)
        assert reader.metadata is not None
        assert reader.metadata.title
        assert headers["content-type"] == "application/pdf"


def exporting(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)
    return [
        Call("export_data_to_excel", {"result_id": result["result_id"], "title": "All sales"}),
        Call("export_query_to_excel", {"query": EVERYTHING, "title": "Again"}),
        Call("export_to_pdf", {"title": "Report", "text": "So **it** is."}),
    ]


async def test_the_analyst_makes_files_and_programs_hear_of_them(chat: Chat, analyst: Person) -> None:
    chat.model.add([Call("sql_execute", {"query": EVERYTHING})], exporting, [final_answer("Three files.")])
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="Give me a file")
    files = [event["artifact"] for event in events if event["type"] == "artifact"]
    assert sorted(file["name"] for file in files) == ["Again.xlsx", "All sales.xlsx", "Report.pdf"]
    assert {file["type"] for file in files} == {"export"}
    assert not any("storage_key" in str(file) for file in files)
    for file in files:
        answer = await analyst.get(file["url"])
        assert (answer.status_code, len(answer.content)) == (200, file["sizeBytes"])
    page = await analyst.until(events[0]["sessionId"], "completed")
    assert len(FILE.findall(page)) == 3


async def test_a_document_holds_what_its_own_step_shows(chat: Chat, analyst: Person) -> None:
    def at_once(request: ModelRequest) -> list[Call]:
        return [Call("export_to_pdf", {"title": "Report", "text": "So it is."}), *shown(request)]

    chat.model.add([Call("sql_execute", {"query": EVERYTHING})], at_once, [final_answer("A file.")])
    session, _ = await analyst.ask("Give me a file")
    (file,) = set(FILE.findall(await analyst.until(session, "completed")))
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO((await analyst.get(file)).content)).pages)
    assert "Toshkent" in text


async def test_files_are_not_offered_to_people_who_may_not_export(chat: Chat) -> None:
    chat.model.add([Call("export_query_to_excel", {"query": EVERYTHING})], [final_answer("I cannot.")])
    async with chat.program("viewer@one.test") as program:
        events = await chat.stream(program, content="Give me a file")
    assert "export_query_to_excel" not in [tool.name for tool in chat.model.requests[0].tools]
    assert [msgspec.json.decode(event["tool"]["error"])["error"] for event in events if event["type"] == "tool_end"] == [
        "permission_denied"
    ]
    async with chat.person("viewer@one.test") as viewer:
        page = (await viewer.get(f"/bi-chat/sessions/{events[0]['sessionId']}")).text
        assert 'class="chat may-export"' not in page
        assert (await viewer.post(f"/bi-chat/artifacts/{new_uuid()}/exports", format="excel")).status_code == 403


async def test_a_file_is_for_those_who_reach_its_conversation_and_may_export(chat: Chat, analyst: Person) -> None:
    session, table, _ = await with_table(chat, analyst)
    url = FILE.findall(await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="csv"))[0]
    expected = {
        "viewer@one.test": (404, 403),
        "auditor@one.test": (403, 403),
        "admin@one.test": (200, 403),
        "analyst@two.test": (404, 404),
        "nobody@one.test": (403, 403),
    }
    for email, (status, exported) in expected.items():
        async with chat.person(email) as person:
            assert (await person.get(url)).status_code == status, email
            assert (await person.post(f"/bi-chat/artifacts/{table}/exports", format="csv")).status_code == exported, email
    assert (await analyst.get(url.replace(".csv", ".pdf"))).status_code == 404
    assert (await analyst.get(f"/bi-chat/uploads/{new_uuid()}.csv")).status_code == 404
    assert (await analyst.get("/bi-chat/uploads/..%2f..%2fsecret_key.csv")).status_code == 404
    async with chat.database.writing() as db:
        from app.chat import sessions as conversations
        from app.database import now

        (await db.execute(select(conversations.Session))).scalars().one().deleted_at = now()
    assert (await analyst.get(url)).status_code == 404
    assert session


async def test_exports_and_downloads_are_audited_with_the_statement(chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    await fetched(analyst, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel"))
    async with chat.database.reading() as db:
        entries = (await db.execute(select(AuditEntry).where(AuditEntry.action.startswith("export.")))).scalars().all()
        statements = (await db.execute(select(AuditedStatement).order_by(AuditedStatement.id))).scalars().all()
    assert [entry.action for entry in entries] == ["export.created", "export.downloaded"]
    assert {entry.details["rows"] for entry in entries} == {ROWS}
    assert [(statement.outcome, statement.row_count) for statement in statements] == [("ok", 100), ("ok", ROWS)]


async def test_an_export_can_be_cancelled_and_a_lost_one_says_so(chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    begun = await analyst.post(f"/bi-chat/artifacts/{table}/exports", htmx=True, format="excel")
    job = JOB.findall(begun.text)[0]
    cancelled = await analyst.post(f"/bi-chat/exports/{job}/cancel", htmx=True)
    assert STATE.findall(cancelled.text) == ["cancelled"]
    lost = await analyst.get(f"/bi-chat/exports/{new_uuid()}")
    assert lost.status_code == 404
    assert "the server was restarted" in lost.text
    async with chat.person("admin@one.test") as admin:
        assert (await admin.get(f"/bi-chat/exports/{job}")).status_code == 404


async def test_a_database_that_fails_meanwhile_is_told_and_audited(settings: Settings, chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    _drop(Path(settings.analytics_url.removeprefix("sqlite:///")))
    await analyst.post("/locale", locale="ru", next="/")
    partial = await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel")
    assert STATE.findall(partial) == ["failed"]
    assert "База данных не отдала строки: таблицы, которую читает запрос, больше нет." in partial
    assert "no such table" not in partial
    async with chat.database.reading() as db:
        outcomes = (await db.execute(select(AuditedStatement.outcome).order_by(AuditedStatement.id))).scalars().all()
    assert outcomes == ["ok", "unknown_table"]


def _drop(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE sales")


async def test_a_small_file_does_not_wait_for_a_colleague_and_a_waiting_one_says_so(
    chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, fill = asyncio.Event(), Exporter._fill

    async def held(process: Any, rows: Any, progress: Any) -> None:
        if rows._result.details["truncated"]:
            await gate.wait()
        await fill(process, rows, progress)

    monkeypatch.setattr(Exporter, "_fill", staticmethod(held))
    small, large = "SELECT id, city FROM sales WHERE id < 5", EVERYTHING
    async with chat.person("admin@one.test") as colleague:
        _, table, _ = await with_table(chat, colleague, large)
        await colleague.post(f"/bi-chat/artifacts/{table}/exports", htmx=True, format="csv")
        _, little, _ = await with_table(chat, analyst, small)
        assert STATE.findall(await made(analyst, f"/bi-chat/artifacts/{little}/exports", format="csv")) == ["ready"]
        _, big, _ = await with_table(chat, analyst, large)
        await analyst.post(f"/bi-chat/artifacts/{big}/exports", htmx=True, format="csv")
        begun = await analyst.post(f"/bi-chat/artifacts/{little}/exports", htmx=True, format="csv")
        assert "Waiting for its turn" not in begun.text
        await asyncio.sleep(0.4)
        later = await analyst.get(f"/bi-chat/exports/{JOB.findall(begun.text)[0]}", headers={"HX-Request": "true"})
        assert "Waiting for its turn" in later.text
        gate.set()


async def test_exports_of_one_person_are_bounded(chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    path = f"/bi-chat/artifacts/{table}/exports"
    answers = [await analyst.post(path, htmx=True, format="excel") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]


async def test_progress_of_a_cut_result_has_an_end(chat: Chat, analyst: Person) -> None:
    _, table, _ = await with_table(chat, analyst)
    begun = await analyst.post(f"/bi-chat/artifacts/{table}/exports", htmx=True, format="excel")
    assert re.search(r'<progress[^>]* max="100000"', begun.text)
    assert STATE.findall(begun.text) == ["running"]


@pytest.mark.parametrize(("locale", "size"), [("en", r"\d+\.\d kB"), ("ru", r"\d+,\d кБ"), ("uz", r"\d+,\d kB")])
async def test_a_file_tells_its_size_in_the_readers_language(chat: Chat, analyst: Person, locale: str, size: str) -> None:
    await analyst.post("/locale", locale=locale, next="/bi-chat")
    _, table, _ = await with_table(chat, analyst)
    assert re.search(size, await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="excel"))


async def test_where_people_choose_they_read_what_csv_is_for(chat: Chat, analyst: Person) -> None:
    session, table, _ = await with_table(chat, analyst)
    said = "For other programs: values between commas."
    for path in (f"/bi-chat/sessions/{session}", f"/bi-chat/artifacts/{table}/exports?format=csv"):
        assert said in (await analyst.get(path)).text
    assert said not in (await analyst.get(f"/bi-chat/artifacts/{table}/exports?format=excel")).text
