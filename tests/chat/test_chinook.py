"""A database that nobody here made up, on each engine: explored, asked, charted and taken away by pointing the settings at it."""

import asyncio
import io
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import msgspec
import openpyxl
import pypdf
import pytest

from app.agent.model import ModelRequest, ToolOutput
from app.data.walls import building
from app.data.walls.checking import check
from app.database import Database
from app.settings import Settings
from app.web.formats import formats_of
from tests.chat.conftest import Chat, decoded, events_of, served
from tests.postgres import Cluster
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.servers import ROOT

CHINOOK = ROOT.parent / "shared" / "data" / "chinook.sqlite"
SCRIPT = CHINOOK.with_name("chinook_postgres.sql")

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the Chinook database is not beside the project")


class Shop(NamedTuple):
    """The database as it is served, where it is itself, and its words for the same things."""

    settings: Settings
    itself: str
    by_country: str
    tracks: str
    invoices: str
    lines: str

    async def rows(self, sql: str) -> list[list[Any]]:
        """Ask the database itself."""
        if self.itself.startswith("postgresql"):
            connection = await asyncpg.connect(self.itself)
            found: list[Any] = await connection.fetch(sql)
            await connection.close()
        else:
            with sqlite3.connect(self.itself) as connection:
                found = connection.execute(sql).fetchall()
        return [[*row] if isinstance(row, tuple) else [*row.values()] for row in found]


@pytest.fixture
def in_postgres(postgres_cluster: Cluster, settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    """The database in PostgreSQL, read by a role of its own; the script's lines that choose a database are left out."""
    name = f"chinook_{secrets.token_hex(4)}"
    address, role = postgres_cluster.create(name), f"reads_{name}"
    script = tmp_path / "chinook.sql"
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    script.write_text("\n".join(line for line in lines if not line.startswith(("DROP DATABASE", "CREATE DATABASE", "\\c "))))
    command = [postgres_cluster.binaries / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", script]
    subprocess.run(command, check=True, capture_output=True, text=True)
    url = f"postgresql://{role}:reads@{address.partition('@')[2]}"
    pointed = msgspec.structs.replace(settings, analytics_url=url, analytics_isolation="single", analytics_schema="public")
    asyncio.run(building.init(pointed, address, [].append))
    yield Shop(
        pointed,
        address,
        "SELECT billing_country AS country, sum(total) AS sales FROM invoice GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
        "SELECT track_id, name, milliseconds, unit_price FROM track ORDER BY track_id",
        "invoice",
        "invoice_line",
    )
    postgres_cluster.drop(name)
    postgres_cluster.sql(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def in_sqlite(settings: Settings) -> Shop:
    path = shutil.copy(CHINOOK, settings.data_dir / "chinook.sqlite")
    return Shop(
        msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single"),
        str(path),
        "SELECT BillingCountry AS country, round(sum(Total), 2) AS sales FROM Invoice GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
        "SELECT TrackId, Name, Milliseconds, UnitPrice FROM Track ORDER BY TrackId",
        "Invoice",
        "InvoiceLine",
    )


@pytest.fixture(params=["in_sqlite", pytest.param("in_postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest) -> Shop:
    found: Shop = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def there(shop: Shop, peopled_url: str, model: ScriptedModel) -> AsyncIterator[Chat]:
    """A site over the shop."""
    database = Database(peopled_url)
    async with served(msgspec.structs.replace(shop.settings, database_url=peopled_url), model) as url:
        yield Chat(url, model, database)
    await database.close()


def result_of(request: ModelRequest) -> dict[str, Any]:
    """Return what the last query gave the model."""
    outputs = [msgspec.json.decode(message.content) for message in request.messages if isinstance(message, ToolOutput)]
    return next(output for output in reversed(outputs) if isinstance(output, dict) and "rows" in output)


def show(request: ModelRequest) -> list[Call]:
    return [Call("render_table", {"result_id": result_of(request)["result_id"], "title": "Sales by country"})]


def draw(request: ModelRequest) -> list[Call]:
    spec = {"type": "bar", "x": "country", "y": ["sales"], "title": "Sales by country"}
    return [Call("draw_chart", {"result_id": result_of(request)["result_id"], **spec})]


def conclude(request: ModelRequest) -> list[Call]:
    country, sales = result_of(request)["rows"][0]
    return [final_answer(f"Most is sold in {country}: {sales}.")]


async def test_it_is_explored_and_answered(shop: Shop, there: Chat) -> None:
    describe = Call("schema_describe", {"tables": [shop.invoices, shop.lines]})
    there.model.add([Call("schema_list")], [describe], [Call("sql_execute", {"query": shop.by_country})], show, conclude)
    async with there.program("analyst@one.test") as client:
        answer = await client.post("/bi-chat/stream", json={"content": "Where do we sell most?"}, timeout=60)
        told = events_of(answer.text)
        events = decoded(told)
        shown = next(index for index, event in enumerate(told) if event["event"] == "artifact")
        tail = f"/bi-chat/stream/events?runId={events[1]['runId']}"
        between = await client.get(tail, headers={"Last-Event-ID": told[shown - 1]["id"]})
    assert "".join(event.get("content", "") for event in events) == "Most is sold in USA: 523.06."
    assert events[-1]["toolsUsed"] == ["schema_list", "schema_describe", "sql_execute", "render_table"]
    ended = [event["tool"] for event in events if event["type"] == "tool_end"]
    assert [tool.get("error") for tool in ended] == [None] * 4
    assert f'"{shop.lines}"' in ended[0]["result"]
    assert "customer" in ended[1]["result"].lower()
    assert [event["id"] for event in events_of(between.text)] == [event["id"] for event in told[shown:]]


async def test_its_figures_are_charted_and_taken_away_as_they_are_in_it(shop: Shop, there: Chat) -> None:
    def export(request: ModelRequest) -> list[Call]:
        return [
            Call("export_data_to_excel", {"result_id": result_of(request)["result_id"], "title": "Countries"}),
            Call("export_query_to_excel", {"query": shop.tracks, "title": "Tracks"}),
            Call("export_to_pdf", {"title": "Report", "text": "Where we sell most."}),
        ]

    there.model.add([Call("sql_execute", {"query": shop.by_country})], show, draw, export, [final_answer("Three files.")])
    async with there.program("analyst@one.test") as client:
        asked = {"content": "Draw where we sell most, and give me files"}
        events = decoded(events_of((await client.post("/bi-chat/stream", json=asked, timeout=60)).text))
        assert [event["tool"].get("error") for event in events if event["type"] == "tool_end"] == [None] * 6
        made = {event["artifact"]["name"]: event["artifact"] for event in events if event["type"] == "artifact"}
        files = {name: (await client.get(made[name]["url"])).content for name in ("Countries.xlsx", "Tracks.xlsx", "Report.pdf")}
        (chart,) = (artifact for artifact in made.values() if artifact["type"] == "chart")
        drawn = (await client.get(f"/bi-chat/artifacts/{chart['id']}/chart.json")).text
    countries, tracks = await shop.rows(shop.by_country), await shop.rows(shop.tracks)
    assert (len(countries), len(tracks)) == (5, 3503)
    assert cells(files["Countries.xlsx"]) == comparable(countries)
    assert cells(files["Tracks.xlsx"]) == comparable(tracks)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["Report.pdf"])).pages)
    for country, sales in comparable(countries):
        assert country in text
        assert formats_of("en").number(sales) in text
        assert country in drawn
        assert str(sales) in drawn


@pytest.mark.postgres
async def test_every_wall_around_it_holds(in_postgres: Shop) -> None:
    assert [verdict.line for verdict in await check(in_postgres.settings) if not verdict.holds] == []


def cells(content: bytes) -> list[list[Any]]:
    """Return the rows of a spreadsheet without its heading."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return comparable([list(row) for row in sheet.iter_rows(min_row=2, values_only=True)])


def comparable(rows: list[list[Any]]) -> list[list[Any]]:
    return [[Decimal(str(cell)).normalize() if isinstance(cell, int | float | Decimal) else cell for cell in row] for row in rows]
