"""Tables that people sort, search, page, copy and refresh: by plain addresses, within their reach."""

import csv
import io
import re
import sqlite3
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from sqlalchemy import select

from app import settings as settings_module
from app.agent.model import ModelRequest
from app.audit.models import AuditedStatement
from app.settings import Settings
from tests.chat.conftest import HTMX, Chat, Person
from tests.scripted_model import Call, ScriptedModel, final_answer

ROWS = [(n, f"Shop {n % 7}", None if n == 5 else n * 10.5, f"2026-10-{1 + n % 28:02}") for n in range(1, 61)]
ORDERS = "SELECT id, shop, amount, sold_on FROM sales WHERE sold_on >= :since AND sold_on < '2026-11-01' ORDER BY id"
CHART = re.compile(r'data-chart="([^"]+)"')
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
TABLE = re.compile(r'data-table-id="([^"]+)"')
CHIP = re.compile(r'<li class="chip[^>]*>(?:<code>)?(.*?)(?:</code>)?</li>')


@pytest.fixture
def shop(data_dir: Path) -> Path:
    return make_shop(data_dir / "shop.sqlite")


def make_shop(path: Path, table: str = "sales") -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, shop TEXT, amount REAL, sold_on TEXT)")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", ROWS)
    connection.close()
    return path


def replace_shop(path: Path) -> None:
    """Put a database in its place that has other tables."""
    path.unlink()
    make_shop(path, "others")


@pytest.fixture
def settings(data_dir: Path, shop: Path) -> Settings:
    return settings_module.load(
        {
            "BICHAT_DATA_DIR": str(data_dir), "BICHAT_MODEL": "offline",
            "BICHAT_ANALYTICS_URL": f"sqlite:///{shop}", "BICHAT_ANALYTICS_ISOLATION": "single",
        }
    )  # fmt: skip


def show(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)
    return [Call("render_table", {"result_id": result["result_id"], "title": "Sales"})]


def draw(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)
    return [Call("draw_chart", {"result_id": result["result_id"], "type": "bar", "x": "shop", "y": ["amount"], "title": "Sales"})]


def show_and_draw(request: ModelRequest) -> list[Call]:
    return [*show(request), *draw(request)]


def told(html: str) -> str:
    """Return what a refresh is said to have changed."""
    note = html.partition('data-testid="table-changes"')[2].partition("</strong>")[2].partition("</p>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", note).split())


async def asked(person: Person, model: ScriptedModel, sql: str = ORDERS, **params: str) -> tuple[str, str]:
    """Have a table shown and return the session's and the table's id."""
    values = {"since": "2026-10-01"} if ":since" in sql else {}
    model.add([Call("sql_execute", {"query": sql, "params": values | params})], show, [final_answer("Here.")])
    session, _ = await person.ask("Sales?")
    page = await person.until(session, "completed")
    return session, TABLE.findall(page)[-1]


def cells(html: str, column: int, width: int = 4) -> list[str]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"<[^>]+>", "", unescape(cell)).strip() for cell in CELL.findall(body)][column::width]


async def table(person: Person, table_id: str, query: str = "", *, htmx: bool = True) -> str:
    answer = await person.client.get(f"/bi-chat/artifacts/{table_id}/table?{query}", headers=HTMX if htmx else None)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_conversation_shows_the_first_page_and_what_was_asked(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert cells(page, 0)[:2] == ["1", "2"]
    assert "1–25 of 60" in page
    assert [unescape(chip) for chip in CHIP.findall(page)] == [
        "sales",
        "sold_on: Oct 1–31, 2026",
        "in order of id ↑",
        "all rows: 60",
    ]


async def test_it_is_sorted_by_value_with_nothing_last(analyst: Person, model: ScriptedModel) -> None:
    _, table_id = await asked(analyst, model)
    assert cells(await table(analyst, table_id, "sort=2.desc&size=100"), 2)[:2] == ["630.0", "619.5"]
    assert cells(await table(analyst, table_id, "sort=2.desc&size=100"), 2)[-1] == "—"
    assert cells(await table(analyst, table_id, "sort=2.asc&size=100"), 2)[-1] == "—"
    assert 'aria-sort="ascending"' in await table(analyst, table_id, "sort=1.asc")
    assert "Sorted by amount, falling." in await table(analyst, table_id, "sort=2.desc")


async def test_it_is_searched_paged_and_its_columns_hidden(analyst: Person, model: ScriptedModel) -> None:
    _, table_id = await asked(analyst, model)
    found = await table(analyst, table_id, "q=shop+3&size=10")
    assert "found in 60" in found
    assert set(cells(found, 1)) == {"Shop 3"}
    assert cells(await table(analyst, table_id, "size=10&page=3"), 0)[0] == "21"
    assert cells(await table(analyst, table_id, "size=10&page=900"), 0)[0] == "51"
    assert cells(await table(analyst, table_id, "columns=1&show=1"), 0, 1)[0] == "Shop 1"
    assert "All columns are hidden" in await table(analyst, table_id, "columns=1")
    assert "No row holds" in await table(analyst, table_id, "q=zzzz")


def hidden(html: str) -> dict[str, str]:
    """Return the fields that a table's form sends besides what people choose."""
    view = html.partition('data-testid="table-view"')[2]
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', view)}


async def test_the_page_stays_until_the_rows_are_others(analyst: Person, model: ScriptedModel) -> None:
    _, table_id = await asked(analyst, model)
    third = hidden(await table(analyst, table_id, "size=10&page=3"))
    assert third["page"] == "3"
    for fields in ({"statistics": "1"}, {"columns": "1", "show": "0"}):
        assert (
            cells(
                await table(analyst, table_id, urlencode(third | fields | {"size": "10"})), 0, 4 if "show" not in fields else 1
            )[0]
            == "21"
        )
    refreshed = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True, **third, size="10")
    assert cells(refreshed.text, 0)[0] == "21"
    plain = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", **third, size="10", statistics="1")
    assert plain.headers["location"].endswith("/table?statistics=1&page=3&size=10")
    page = await table(analyst, table_id, "size=10&page=3", htmx=False)
    refresh = page.partition(f'id="table-{table_id}-refresh"')[2].partition("</form>")[0]
    assert re.findall(r'name="(page|size)" value="(\d+)"', refresh) == [("page", "3"), ("size", "10")]
    for fields, first in (({"sort": "0.desc"}, "60"), ({"q": "Shop 3"}, "3"), ({"size": "25"}, "1")):
        assert cells(await table(analyst, table_id, urlencode(third | {"size": "10"} | fields)), 0)[0] == first


async def test_what_is_copied_is_no_formula_anywhere(analyst: Person, model: ScriptedModel, shop: Path) -> None:
    hostile = [" =1", "\t=1", "\n=1", "＝1", "＋1", "－1", "＠x", "+1", "-1", "@x", "a;=1"]
    harmless = ["' =1", "'\t'=1", "'\n'=1", "'＝1", "'＋1", "'－1", "'＠x", "'+1", "'-1", "'@x", "a;'=1"]
    with sqlite3.connect(shop) as connection:
        connection.execute("DELETE FROM sales")
        connection.executemany("INSERT INTO sales (shop) VALUES (?)", [(text,) for text in hostile])
    _, table_id = await asked(analyst, model, "SELECT shop FROM sales ORDER BY id")
    copied = (await analyst.get(f"/bi-chat/artifacts/{table_id}/table.tsv")).text
    rows = list(csv.reader(io.StringIO(copied, newline=""), dialect="excel-tab"))
    assert [row[0] for row in rows[1:]] == harmless


async def test_a_chart_leaves_its_exports_to_its_table_as_soon_as_that_comes(analyst: Person, model: ScriptedModel) -> None:
    query = Call("sql_execute", {"query": "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"})
    results: list[str] = []

    def chart(request: ModelRequest) -> list[Call]:
        results.append(msgspec.json.decode(request.messages[-1].content)["result_id"])
        return draw(request)

    def its_table(_request: ModelRequest) -> list[float | Call]:
        return [1.0, Call("render_table", {"result_id": results[0], "title": "Sales"})]

    model.add([query], chart, its_table, [final_answer("Here.")])
    session, run = await analyst.ask("Sales?")
    streamed = "".join(message.get("data", "") for message in await analyst.events(f"/bi-chat/runs/{run}/events", "0-0"))
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert page.count('data-testid="export-excel"') == 1
    chart_id = CHART.findall(page)[0].split("/")[3]
    assert streamed.count('data-testid="export-excel"') == 2
    assert streamed.count(f'hx-target="#export-buttons-{chart_id}"') == 1


async def test_statistics_are_exact(analyst: Person, model: ScriptedModel) -> None:
    _, table_id = await asked(analyst, model)
    page = await table(analyst, table_id, "statistics=1")
    assert 'data-figure="total" data-value="19162.5"' in page
    assert 'data-figure="nulls">1<' in page
    assert page.count('data-figure="total"') == 1


async def test_without_scripts_the_table_has_a_page_of_its_own(analyst: Person, model: ScriptedModel) -> None:
    session, table_id = await asked(analyst, model)
    page = await table(analyst, table_id, "sort=0.desc&q=shop", htmx=False)
    assert page.startswith("<!doctype html>")
    assert f'href="/bi-chat/sessions/{session}#table-{table_id}"' in page
    assert f'method="post" action="/bi-chat/artifacts/{table_id}/refresh"' in page
    assert cells(page, 0)[0] == "60"


async def test_it_is_copied_whole_as_found_with_raw_numbers_and_no_formulas(analyst: Person, model: ScriptedModel) -> None:
    sql = "SELECT '=1+1' AS \"-name\", amount, shop FROM sales ORDER BY id"
    _, table_id = await asked(analyst, model, sql)
    answer = await analyst.get(f"/bi-chat/artifacts/{table_id}/table.tsv?q=shop&sort=1.desc")
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[:2] == ["'-name\tamount\tshop", "'=1+1\t630\tShop 4"]
    assert (len(lines), lines[-1]) == (61, "'=1+1\t\tShop 5")


@pytest.mark.parametrize(
    "query",
    ["sort=9.asc", "sort=x", "sort=0.up", "sort=-1.asc", "size=7", "size=0", "page=0", "page=x", "page=99999999999",
     "columns=1&show=4", "columns=1&show=%C2%B2", f"q={'x' * 201}", "sort=%00.asc"],
)  # fmt: skip
async def test_an_address_that_asks_for_nothing_sensible_is_refused(analyst: Person, model: ScriptedModel, query: str) -> None:
    _, table_id = await asked(analyst, model)
    for path in ("table", "table.tsv"):
        assert (await analyst.get(f"/bi-chat/artifacts/{table_id}/{path}?{query}")).status_code == 400


async def test_a_refresh_says_what_changed_and_is_audited(analyst: Person, model: ScriptedModel, chat: Chat, shop: Path) -> None:
    session, table_id = await asked(analyst, model)
    with sqlite3.connect(shop) as connection:
        connection.execute("UPDATE sales SET amount = 1 WHERE id = 2")
        connection.execute("DELETE FROM sales WHERE id = 3")
        connection.executemany("INSERT INTO sales VALUES (?, 'New', 5, '2026-10-09')", [(100,), (101,)])
    answer = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True, sort="0.desc")
    assert told(answer.text) == "2 rows added, 1 row removed, 1 value changed."
    assert cells(answer.text, 0)[0] == "101"
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "1–25 of 61" in page
    again = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh")
    assert again.headers["location"] == f"/bi-chat/artifacts/{table_id}/table"
    assert told(await table(analyst, table_id, htmx=False)) == "nothing changed."
    assert told(await table(analyst, table_id, htmx=False)) == ""
    assert told((await analyst.get(f"/bi-chat/sessions/{session}")).text) == ""
    async with chat.database.reading() as db:
        ran = (await db.execute(select(AuditedStatement.sql, AuditedStatement.outcome, AuditedStatement.parameters))).all()
    assert ran == [(ORDERS, "ok", {"since": "2026-10-01"})] * 3


async def test_a_refresh_takes_the_charts_of_the_answer_along_and_marks_its_text(
    analyst: Person, model: ScriptedModel, shop: Path
) -> None:
    model.add([Call("sql_execute", {"query": "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"})], show_and_draw)
    model.add([final_answer("Shop 3 sold most.")])
    session, _ = await analyst.ask("Sales?")
    page = await analyst.until(session, "completed")
    table_id, address = TABLE.findall(page)[-1], CHART.findall(page)[-1]
    assert "Shop 99" not in (await analyst.get(address)).text
    unchanged = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True)
    assert (told(unchanged.text), "written-note" in unchanged.text) == ("nothing changed.", False)
    with sqlite3.connect(shop) as connection:
        connection.execute("INSERT INTO sales VALUES (100, 'Shop 99', 5, '2026-10-09')")
    answer = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True)
    chart = answer.text.partition("<hx-partial")[2]
    assert address in chart
    assert "Shop 99" in chart
    assert "The text was written with figures of" in answer.text
    assert "Shop 99" in (await analyst.get(address)).text
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert page.count("The text was written with figures of") == 1
    await analyst.post("/locale", locale="uz", next="/bi-chat")
    assert "Matn" in (await analyst.get(f"/bi-chat/sessions/{session}")).text.partition('data-testid="written-note"')[2][:200]


async def test_a_refresh_that_asks_for_nothing_sensible_runs_nothing(analyst: Person, model: ScriptedModel, chat: Chat) -> None:
    _, table_id = await asked(analyst, model)
    for fields in ({"sort": "9.asc"}, {"size": "7"}, {"q": "x" * 201}):
        assert (await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True, **fields)).status_code == 400
    async with chat.database.reading() as db:
        assert len((await db.execute(select(AuditedStatement.id))).all()) == 1


async def test_a_refresh_that_fails_says_so_and_leaves_the_table(
    analyst: Person, model: ScriptedModel, chat: Chat, shop: Path
) -> None:
    session, table_id = await asked(analyst, model)
    replace_shop(shop)
    answer = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (422, f"#table-{table_id}-notice")
    said = "The database did not give the rows: a table that the query reads is not there any more. The table shows"
    assert said in answer.text
    await analyst.post("/locale", locale="uz", next="/")
    translated = (await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh", htmx=True)).text
    assert "soʻrov oʻqiydigan jadval endi yoʻq" in translated
    assert "no such table" not in translated
    await analyst.post("/locale", locale="en", next="/")
    plain = await analyst.post(f"/bi-chat/artifacts/{table_id}/refresh")
    assert plain.status_code == 422
    assert "The table shows the earlier result." in plain.text
    assert "1–25 of 60" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    async with chat.database.reading() as db:
        outcomes = (await db.execute(select(AuditedStatement.outcome).order_by(AuditedStatement.id))).scalars().all()
    assert outcomes == ["ok", "unknown_table", "unknown_table", "unknown_table"]


async def test_strangers_do_not_find_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    _, table_id = await asked(analyst, model)
    for stranger in ("analyst@two.test", "viewer@one.test"):
        async with chat.person(stranger) as person:
            for path in ("table", "table.tsv"):
                assert (await person.get(f"/bi-chat/artifacts/{table_id}/{path}")).status_code == 404
            assert (await person.post(f"/bi-chat/artifacts/{table_id}/refresh")).status_code == 404
    async with chat.person("nobody@one.test") as person:
        assert (await person.get(f"/bi-chat/artifacts/{table_id}/table")).status_code == 403


async def test_an_auditor_reads_it_but_does_not_refresh_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, table_id = await asked(analyst, model)
    async with chat.person("auditor@one.test") as auditor:
        assert "1–25 of 60" in await table(auditor, table_id)
        assert "table-refresh" not in (await auditor.get(f"/bi-chat/sessions/{session}")).text
        assert (await auditor.post(f"/bi-chat/artifacts/{table_id}/refresh")).status_code == 403


async def test_others_do_not_see_what_was_read_from_tables_out_of_their_reach(
    chat: Chat, analyst: Person, model: ScriptedModel, shop: Path
) -> None:
    session, table_id = await asked(analyst, model)
    replace_shop(shop)
    async with chat.person("auditor@one.test") as auditor:
        page = (await auditor.get(f"/bi-chat/sessions/{session}")).text
        assert "Shop 3" not in page
        assert "read from tables that you may not see" in page
        assert "Shop 3" not in await table(auditor, table_id, htmx=False)
        assert "Shop 3" not in await table(auditor, table_id)
        assert (await auditor.get(f"/bi-chat/artifacts/{table_id}/table.tsv")).status_code == 404
    assert "Shop 3" in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_others_do_not_see_charts_of_it_either(chat: Chat, analyst: Person, model: ScriptedModel, shop: Path) -> None:
    model.add([Call("sql_execute", {"query": "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"})], draw)
    model.add([final_answer("Here.")])
    session, _ = await analyst.ask("Sales?")
    page = await analyst.until(session, "completed")
    address = re.search(r'data-chart="([^"]+)"', page)[1]  # type: ignore[index]  # the chart was drawn
    async with chat.person("auditor@one.test") as auditor:
        assert "Shop 3" in (await auditor.get(address)).text
        replace_shop(shop)
        assert (await auditor.get(address)).status_code == 404
        assert "Shop 3" not in (await auditor.get(f"/bi-chat/sessions/{session}")).text
    assert "Shop 3" in (await analyst.get(address)).text
