"""Two companies with the same ids in one business database: what one sees and takes away tells nothing of the other."""

import io
import re
import secrets
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import openpyxl
import pypdf
import pytest
from sqlalchemy import select

from app.agent.model import ModelRequest, ToolOutput
from app.database import Database
from app.identity.models import Tenant
from app.settings import Settings
from tests.chat.conftest import Chat, decoded, events_of, served
from tests.postgres import Cluster
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

PEOPLE = {"analyst@one.test": "APRICOT", "analyst@two.test": "BASALT"}
COLUMNS = "id, customer, amount"
ALL = f"SELECT {COLUMNS} FROM orders ORDER BY id"
ROWS = 20
PATIENCE = 60
OF_ONE = re.compile(r"[0-9a-f]{8}-")
"""What is in the address of something that one company made."""
FILES = ("Orders.xlsx", "Again.xlsx", "Report.pdf")


def rows_of(tenants: Sequence[uuid.UUID]) -> list[tuple[Any, ...]]:
    """Every id belongs to both; customers bear the mark of their company, and are few enough to be told as samples."""
    marks = zip(tenants, PEOPLE.values(), strict=True)
    return [(n, str(tenant), f"{mark}-{n % 5}", 100 * n) for tenant, mark in marks for n in range(1, ROWS + 1)]


def write_sqlite(path: Path, tenants: Sequence[uuid.UUID]) -> None:
    inner = f"v_{secrets.token_hex(16)}"
    with sqlite3.connect(path) as connection:
        connection.create_function("current_tenant", 0, lambda: None, deterministic=True)
        connection.executescript(f"""
            CREATE TABLE orders_t (id INTEGER, tenant_id TEXT, customer TEXT, amount INTEGER);
            CREATE TABLE _bichat_views (public_name TEXT, inner_name TEXT);
            CREATE VIEW {inner} AS SELECT {COLUMNS} FROM orders_t WHERE tenant_id = current_tenant();
            CREATE VIEW orders AS SELECT {COLUMNS} FROM {inner};
            INSERT INTO _bichat_views VALUES ('orders', '{inner}');
        """)
        connection.executemany("INSERT INTO orders_t VALUES (?, ?, ?, ?)", rows_of(tenants))


async def write_postgres(address: str, role: str, tenants: Sequence[uuid.UUID]) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(f"""
        CREATE SCHEMA shop; CREATE SCHEMA analytics; CREATE ROLE {role} LOGIN PASSWORD 'asks';
        CREATE TABLE shop.orders (id bigint, tenant_id uuid, customer text, amount bigint);
        CREATE VIEW analytics.orders WITH (security_barrier) AS SELECT {COLUMNS} FROM shop.orders
            WHERE tenant_id = current_setting('app.tenant_id', true)::uuid;
        GRANT USAGE ON SCHEMA analytics TO {role}; GRANT SELECT ON analytics.orders TO {role};
    """)
    await connection.copy_records_to_table("orders", schema_name="shop", records=rows_of(tenants))
    await connection.close()


@pytest.fixture
async def chat(
    settings: Settings, peopled_url: str, engine: str, model: ScriptedModel, request: pytest.FixtureRequest
) -> AsyncIterator[Chat]:
    """A site over the business of both companies, on the same engine as the application database."""
    database, name = Database(peopled_url), f"apart_{secrets.token_hex(4)}"
    found = {tenant.name: tenant.id for tenant in await database.rows(select(Tenant.id, Tenant.name))}
    tenants, cluster = (found["One"], found["Two"]), None
    if engine == "sqlite":
        address = f"sqlite:///{settings.data_dir / name}"
        write_sqlite(settings.data_dir / name, tenants)
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        assert isinstance(cluster, Cluster)
        own = cluster.create(name)
        await write_postgres(own, name, tenants)
        address = f"postgresql://{name}:asks@{own.partition('@')[2]}"
    async with served(msgspec.structs.replace(settings, database_url=peopled_url, analytics_url=address), model) as url:
        yield Chat(url, model, database)
    await database.close()
    if cluster is not None:
        cluster.drop(name)
        cluster.sql(f"DROP ROLE {name}")


def result_of(request: ModelRequest) -> str:
    outputs = [msgspec.json.decode(message.content) for message in request.messages if isinstance(message, ToolOutput)]
    found: str = next(output["result_id"] for output in reversed(outputs) if "rows" in output)
    return found


def shown(request: ModelRequest) -> list[Call]:
    result = result_of(request)
    return [
        Call("render_table", {"result_id": result, "title": "All"}),
        Call("draw_chart", {"result_id": result, "type": "bar", "x": "customer", "y": "amount", "title": "Chart"}),
    ]


def exported(request: ModelRequest) -> list[Call]:
    result = result_of(request)
    return [
        Call("export_data_to_excel", {"result_id": result, "title": "Orders"}),
        Call("export_query_to_excel", {"query": ALL, "title": "Again"}),
        Call("export_to_pdf", {"title": "Report", "text": "All of it."}),
    ]


EVERYTHING = (
    [Call("schema_list"), Call("schema_describe", {"tables": ["orders"]})],
    [Call("sql_execute", {"query": ALL})],
    shown,
    exported,
    [final_answer("Here.")],
)


async def taken(client: httpx.AsyncClient) -> dict[str, str]:
    """Have everything made that shows rows, and return what can be read there, by address."""
    answer = await client.post("/bi-chat/stream", json={"content": "Show me everything"}, timeout=PATIENCE)
    events = decoded(events_of(answer.text))
    assert [event["tool"].get("error") for event in events if event["type"] == "tool_end"] == [None] * 8
    made = [event["artifact"] for event in events if event["type"] == "artifact"]
    (table,), (chart,) = ([artifact["id"] for artifact in made if artifact["type"] == kind] for kind in ("table", "chart"))
    pages = (
        f"/bi-chat/sessions/{events[0]['sessionId']}",
        f"/bi-chat/artifacts/{table}/table",
        f"/bi-chat/artifacts/{table}/table.tsv",
        f"/bi-chat/artifacts/{chart}/chart.json",
        "/bi-chat/catalogue/tables/orders",
    )
    read = {address: (await client.get(address)).text for address in pages}
    files = {artifact["name"]: artifact["url"] for artifact in made if artifact["type"] == "export"}
    assert set(files) == set(FILES)
    for name, address in files.items():
        read[address] = text_of(name, (await client.get(address)).content)
    return read | {"": "".join(str(event) for event in events)}


def text_of(name: str, content: bytes) -> str:
    if name.endswith(".pdf"):
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return "\n".join(str(row) for sheet in sheets for row in sheet.iter_rows(values_only=True))


@ON_EACH_ENGINE
async def test_nothing_that_is_shown_or_taken_away_tells_of_the_other_company(chat: Chat) -> None:
    chat.model.add(*EVERYTHING, *EVERYTHING)
    seen: dict[str, dict[str, str]] = {}
    for email in PEOPLE:
        async with chat.program(email) as client:
            seen[email] = await taken(client)
    for email, mark in PEOPLE.items():
        (other,) = (word for word in PEOPLE.values() if word != mark)
        for address, text in seen[email].items():
            assert f"{mark}-1" in text, address
            assert other not in text, address
    (ours, theirs) = PEOPLE
    async with chat.program(theirs) as stranger:
        for address in filter(OF_ONE.search, seen[ours]):
            assert (await stranger.get(address)).status_code == 404, address
