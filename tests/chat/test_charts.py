"""A chart in a conversation: drawn by the model, changed by its reader, out of reach for everybody else."""

import sqlite3
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app import settings as settings_module
from app.agent.model import ModelRequest, ToolOutput
from app.files.models import Artifact
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_exports import fetched, made
from tests.scripted_model import Call, Script, final_answer

BY_BRANCH = "SELECT branch, revenue, orders FROM sales ORDER BY revenue DESC"
SALES = [("Chilonzor", 120, 3), ("Buxoro", 80, 2), ("<img src=x onerror=alert(1)>", 40, 1)]


def result_id(request: ModelRequest) -> str:
    outputs = [message for message in request.messages if isinstance(message, ToolOutput)]
    found: str = msgspec.json.decode(outputs[-1].content)["result_id"]
    return found


def drawing(**arguments: Any) -> list[Script]:
    """Return the turns of a model that queries, draws a chart and answers."""
    spec = {"type": "bar", "x": "branch", "y": ["revenue"], "title": "By branch"} | arguments
    return [
        Call("sql_execute", {"query": BY_BRANCH}),
        lambda request: Call("draw_chart", {"result_id": result_id(request), **spec}),
        final_answer("Here it is."),
    ]


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    with sqlite3.connect(data_dir / "shop.sqlite") as connection:
        connection.execute("CREATE TABLE sales (branch TEXT, revenue INTEGER, orders INTEGER)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", SALES)
    connection.close()
    url = f"sqlite:///{data_dir / 'shop.sqlite'}"
    return settings_module.load(
        {
            "BICHAT_DATA_DIR": str(data_dir), "BICHAT_MODEL": "offline",
            "BICHAT_ANALYTICS_URL": url, "BICHAT_ANALYTICS_ISOLATION": "single",
        }
    )  # fmt: skip


@pytest.fixture
async def charted(chat: Chat, analyst: Person) -> tuple[str, str]:
    """A conversation with a chart: the session's path and the chart's."""
    chat.model.add(*drawing())
    session, _ = await analyst.ask("Draw revenue by branch")
    await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        chart = (await db.execute(select(Artifact).where(Artifact.kind == "chart"))).scalar_one()
    return f"/bi-chat/sessions/{session}", f"/bi-chat/artifacts/{chart.id}/chart"


async def details(chat: Chat) -> dict[str, Any]:
    async with chat.database.reading() as db:
        return (await db.execute(select(Artifact.details).where(Artifact.kind == "chart"))).scalar_one()


async def test_the_chart_is_on_the_page_with_its_words_and_its_table(analyst: Person, charted: tuple[str, str]) -> None:
    session, chart = charted
    page = (await analyst.get(session)).text
    assert page.count('data-testid="chart"') == 1
    assert f'data-chart="{chart}.json"' in page
    assert "Bar chart: revenue by branch." in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page


async def test_its_figures_stay_with_the_result(chat: Chat, charted: tuple[str, str]) -> None:
    kept = await details(chat)
    assert kept["spec"] == {"type": "bar", "x": "branch", "y": ["revenue"], "title": "By branch"}
    assert uuid.UUID(kept["result_id"])
    assert "120" not in str(kept)
    outputs = [message.content for message in chat.model.requests[-1].messages if isinstance(message, ToolOutput)]
    assert msgspec.json.decode(outputs[-1])["description"].startswith("Bar chart: revenue by branch.")


async def test_the_browser_gets_an_option_in_the_readers_language(analyst: Person, charted: tuple[str, str]) -> None:
    _, chart = charted
    drawn = (await analyst.get(f"{chart}.json")).json()
    assert drawn["option"]["series"][0]["data"] == [120, 80, 40]
    assert drawn["title"] == "By branch"
    await analyst.post("/locale", locale="ru", next="/bi-chat")
    assert (await analyst.get(f"{chart}.json")).json()["symbols"]["point"] == ","


async def test_a_wrong_chart_goes_back_to_the_model_in_typed_words(chat: Chat, analyst: Person) -> None:
    chat.model.add(*drawing(x="brnch"))
    session, _ = await analyst.ask("Draw")
    page = await analyst.until(session, "completed")
    outputs = [message.content for message in chat.model.requests[-1].messages if isinstance(message, ToolOutput)]
    error = msgspec.json.decode(outputs[-1])
    assert (error["error"], "branch" in error["message"]) == ("unknown_column", True)
    assert 'data-testid="chart"' not in page


async def test_a_reader_draws_it_in_another_way_and_takes_it_back(chat: Chat, analyst: Person, charted: tuple[str, str]) -> None:
    session, chart = charted
    assert 'name="type"' in (await analyst.get(chart)).text
    answer = await analyst.post(chart, htmx=True, type="pie", x="branch", y="orders")
    assert (answer.status_code, 'data-testid="chart"' in answer.text) == (200, True)
    assert (await analyst.get(f"{chart}.json")).json()["type"] == "pie"
    assert "Pie chart: orders by branch." in (await analyst.get(session)).text

    answer = await analyst.post(chart, type="line", x="branch", y="revenue")
    assert (answer.status_code, answer.headers["location"].startswith(session)) == (303, True)
    await analyst.post(chart, action="undo")
    assert (await analyst.get(f"{chart}.json")).json()["type"] == "pie"
    await analyst.post(chart, action="reset")
    assert (await analyst.get(f"{chart}.json")).json()["type"] == "bar"
    assert (await details(chat))["edits"] == []
    assert (await analyst.post(chart, action="undo")).status_code == 409


@pytest.mark.parametrize("htmx", [True, False])
async def test_what_cannot_be_drawn_is_said_beside_the_form(analyst: Person, charted: tuple[str, str], htmx: Any) -> None:
    _, chart = charted
    answer = await analyst.post(chart, htmx=htmx, type="line", x="branch", y="branch")
    assert answer.status_code == 422
    assert "does not hold numbers" in answer.text
    assert 'name="type"' in answer.text
    assert (await analyst.get(f"{chart}.json")).json()["type"] == "bar"


@pytest.mark.parametrize("fields", [{"type": "spiral", "x": "branch", "y": "revenue"}, {}])
async def test_a_kind_that_does_not_exist_is_bad_input(analyst: Person, charted: tuple[str, str], fields: dict[str, str]) -> None:
    assert (await analyst.post(charted[1], **fields)).status_code == 400


async def test_others_do_not_find_it_and_readers_do_not_change_it(chat: Chat, charted: tuple[str, str]) -> None:
    _, chart = charted
    for stranger in ("analyst@two.test", "viewer@one.test"):
        async with chat.person(stranger) as person:
            answers = [await person.get(f"{chart}.json"), await person.get(chart), await person.post(chart, action="reset")]
            assert [answer.status_code for answer in answers] == [404] * 3
    async with chat.person("nobody@one.test") as person:
        assert (await person.get(f"{chart}.json")).status_code == 403
    async with chat.person("auditor@one.test") as person:
        assert (await person.get(f"{chart}.json")).status_code == 200
        assert [(await person.get(chart)).status_code, (await person.post(chart, action="reset")).status_code] == [403, 403]


async def test_only_charts_are_charts(chat: Chat, analyst: Person, charted: tuple[str, str]) -> None:
    other = (await details(chat))["result_id"]
    for path in (f"{other}/chart", f"{other}/chart.json", f"{uuid.uuid4()}/chart.json"):
        assert (await analyst.get(f"/bi-chat/artifacts/{path}")).status_code == 404


async def test_programs_are_told_of_a_chart(chat: Chat) -> None:
    chat.model.add(*drawing())
    async with chat.program("analyst@one.test") as client:
        events = await chat.stream(client, content="Draw")
    session = next(event["sessionId"] for event in events if event["type"] == "session")
    (artifact,) = [event["artifact"] for event in events if event["type"] == "artifact"]
    assert (artifact["type"], artifact["name"], artifact["sessionId"]) == ("chart", "By branch", session)
    assert (artifact["metadata"]["spec"]["type"], artifact["sizeBytes"]) == ("bar", 0)
    assert artifact["createdAt"].endswith("Z")


async def test_a_chart_without_its_table_is_taken_away_as_one(chat: Chat, charted: tuple[str, str], analyst: Person) -> None:
    session, chart = charted
    address = f"{chart.removesuffix('/chart')}/exports"
    page = (await analyst.get(session)).text
    assert f'action="{address}"' in page
    assert page.count('data-testid="export-excel"') == 1
    content, _ = await fetched(analyst, await made(analyst, address, format="csv"))
    assert content.decode("utf-8-sig").splitlines()[:2] == ["branch,revenue,orders", "Chilonzor,120,3"]
    answer = await analyst.post(chart, htmx=True, type="pie", x="branch", y="orders")
    assert f'action="{address}"' in answer.text
    for email, status in (("viewer@one.test", 403), ("analyst@two.test", 404)):
        async with chat.person(email) as person:
            assert (await person.post(address, format="csv")).status_code == status


async def test_a_chart_beside_its_table_leaves_exports_to_it(chat: Chat, analyst: Person) -> None:
    query, _, answer = drawing()

    def both(request: ModelRequest) -> list[Call]:
        shown = {"result_id": result_id(request)}
        return [Call("draw_chart", {**shown, "type": "bar", "x": "branch", "y": ["revenue"]}), Call("render_table", shown)]

    chat.model.add(query, both, answer)
    session, _ = await analyst.ask("Draw and show revenue by branch")
    page = await analyst.until(session, "completed")
    assert (page.count('data-testid="chart"'), page.count('data-testid="export-excel"')) == (1, 1)


STRIP = 'data-testid="filter-strip"'


async def test_a_chart_says_what_was_asked_as_a_table_does(analyst: Person, charted: tuple[str, str]) -> None:
    session, chart = charted
    page = (await analyst.get(session)).text
    assert page.count(STRIP) == 1
    assert page.index(STRIP) < page.index('data-testid="chart"')
    assert "in order of revenue ↓" in page
    assert STRIP in (await analyst.post(chart, htmx=True, type="pie", x="branch", y="orders")).text


@pytest.mark.parametrize("tools", [("draw_chart", "render_table"), ("render_table", "draw_chart")])
async def test_what_was_asked_is_told_once_above_a_chart_and_its_table(
    chat: Chat, analyst: Person, tools: tuple[str, str]
) -> None:
    query, _, answer = drawing()

    def both(request: ModelRequest) -> list[Call]:
        shown = {"result_id": result_id(request)}
        given = {"draw_chart": {**shown, "type": "bar", "x": "branch", "y": ["revenue"]}, "render_table": shown}
        return [Call(tool, given[tool]) for tool in tools]

    chat.model.add(query, both, answer)
    session, _ = await analyst.ask("Draw and show revenue by branch")
    page = await analyst.until(session, "completed")
    assert page.count(STRIP) == 1
    chart, table = page.index('data-testid="chart"'), page.index('data-testid="result-table"')
    assert page.index(STRIP) < min(chart, table)
    async with chat.database.reading() as db:
        found = {shown.kind: shown.id for shown in (await db.execute(select(Artifact))).scalars()}
    changed = await analyst.post(f"/bi-chat/artifacts/{found['chart']}/chart", htmx=True, type="pie", x="branch", y="orders")
    again = await analyst.post(f"/bi-chat/artifacts/{found['table']}/refresh", htmx=True)
    assert (STRIP in changed.text) == (chart < table)
    assert again.text.count(STRIP) == 1
    assert STRIP in (await analyst.get(f"/bi-chat/artifacts/{found['table']}/table")).text


async def test_a_chart_whose_figures_another_process_refreshed_is_drawn_anew(
    chat: Chat, analyst: Person, charted: tuple[str, str]
) -> None:
    path = f"{charted[1]}.json"
    assert "120" in (await analyst.get(path)).text
    async with chat.database.writing() as db:
        before = (
            await db.execute(select(Artifact).where(Artifact.kind == "result").options(undefer(Artifact.content)))
        ).scalar_one()
        chart = (await db.execute(select(Artifact).where(Artifact.kind == "chart"))).scalar_one()
        rows = msgspec.json.encode([["Chilonzor", 777, 3]])
        newer = Artifact(
            id=uuid.uuid4(), tenant_id=before.tenant_id, session_id=before.session_id, run_id=before.run_id, kind="result",
            name="", details={**before.details, "row_count": 1}, content=rows,
        )  # fmt: skip
        db.add(newer)
        chart.details = {**chart.details, "result_id": str(newer.id)}
    assert "777" in (await analyst.get(path)).text
