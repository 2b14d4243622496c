"""The offline analyst answers about the demo in PostgreSQL, as people ask it: over HTTP, in their languages."""

import asyncio
import re
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import asyncpg
import msgspec
import pytest

from app.data.sources import open_source
from app.database import Database
from app.demo import knowledge, seeding
from app.demo.companies import companies
from app.settings import Settings, load
from app.web.formats import formats_of
from tests.chat.conftest import Chat, Person, served
from tests.demo.conftest import reader_of
from tests.postgres import Cluster
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.postgres
REGISTON, IPAK = companies()
PATIENCE = 60
STRIP = re.compile(r'data-testid="filter-strip".*?</ul>', re.DOTALL)
LAST_MONTH = "order_date >= date_trunc('month', today) - interval '1 month' AND order_date < date_trunc('month', today)"
TODAY = "(SELECT (now() AT TIME ZONE 'Asia/Tashkent')::date AS today) AS t"


@pytest.fixture(scope="module")
async def chat(dsn: str, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    """A site on the demo in PostgreSQL, filled as `bichat demo --dsn` does, with its offline analyst."""
    folder = tmp_path_factory.mktemp("there")
    shutil.copy(migrated_file, folder / "bichat.sqlite")
    settings = load({"BICHAT_DATA_DIR": str(folder), "BICHAT_MODEL": "offline", "BICHAT_ANALYTICS_URL": reader_of(dsn)})
    database = Database(settings.database_url)
    await seeding.seed(database, settings, dsn=dsn)
    async with served(settings, None) as url:
        yield Chat(url, ScriptedModel(), database)
    await database.close()


async def figure(dsn: str, tenant_id: uuid.UUID, what: str, condition: str) -> Decimal:
    """Ask the database itself."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"SET app.tenant_id = '{tenant_id}'")
    found = await connection.fetchval(f"SELECT {what} FROM analytics.sales, {TODAY} WHERE {condition}")
    await connection.close()
    return Decimal(found)


async def asked(person: Person, locale: str, question: str) -> str:
    """Return the page with the answer, read in `locale`."""
    await person.post("/locale", locale=locale)
    session, run = await person.ask(question)
    async with asyncio.timeout(PATIENCE), person.client.stream("GET", f"/bi-chat/runs/{run}/events", timeout=PATIENCE) as events:
        await events.aread()
    return (await person.get(f"/bi-chat/sessions/{session}")).text.replace("&nbsp;", "\xa0")


def analyst_of(chat: Chat, company: int = 0):
    login = next(login for login in companies()[company].users if login.role == "Analyst")
    return chat.person(login.email, seeding.PASSWORD)


@pytest.mark.parametrize(
    ("locale", "question", "condition", "chips"),
    [
        ("en", "revenue of the Chilonzor branch last month", "branch = 'Chilonzor'", ["Sales", "Branch", "Chilonzor"]),
        ("ru", "выручка филиала Чиланзар за прошлый месяц", "branch = 'Chilonzor'", ["Продажи", "Филиал", "Chilonzor"]),
        ("uz", "oʻtgan oyda jami sotuv qancha", "TRUE", ["Sotuvlar"]),
    ],
)
async def test_a_figure_is_the_database_s_own_with_its_period_and_filter(
    chat: Chat, dsn: str, locale: str, question: str, condition: str, chips: list[str]
) -> None:
    for company in companies():
        async with analyst_of(chat, companies().index(company)) as person:
            page = await asked(person, locale, question)
        revenue = await figure(dsn, company.tenant_id, "sum(amount)", f"{LAST_MONTH} AND {condition}")
        assert formats_of(locale).money(revenue, "UZS") in page
        (strip,) = STRIP.findall(page)
        assert [word for word in chips if word not in strip] == []


@pytest.mark.parametrize(
    ("locale", "question", "headings"),
    [
        ("en", "revenue by branch last month", ["Branch", "Revenue", "Share"]),
        ("ru", "в какой день недели больше всего продаж", ["День недели", "Выручка"]),
        ("uz", "yangi mijozlar oylar boʻyicha", ["Oy", "Mijozlar"]),
        ("en", "payments by month this year", ["Month", "Amount"]),
        ("ru", "изменение выручки по филиалам к прошлому месяцу", ["Филиал", "Выручка", "Изменение"]),
    ],
)
async def test_a_table_and_a_chart_come_with_their_headings(chat: Chat, locale: str, question: str, headings: list[str]) -> None:
    async with analyst_of(chat) as person:
        page = await asked(person, locale, question)
    assert 'data-testid="chart"' in page
    assert 'data-testid="result-table"' in page
    assert [heading for heading in headings if heading not in page] == []


async def test_the_page_offers_questions_to_begin_with(chat: Chat) -> None:
    async with analyst_of(chat) as person:
        await person.post("/locale", locale="uz")
        starters = re.findall(r'class="starter" name="content" value="([^"]+)"', (await person.get("/bi-chat")).text)
        assert len(starters) >= 3
        described = (await person.get("/bi-chat/catalogue/tables/sales")).text
    assert "Tushum, sotilgan dona va yalpi foyda" in described
    assert "One row for every line of an order" not in described


async def test_a_company_s_own_views_are_not_taken_for_the_demo(postgres_cluster: Cluster, settings_there: Settings) -> None:
    name = f"own_{secrets.token_hex(4)}"
    address = postgres_cluster.create(name)
    source = open_source(msgspec.structs.replace(settings_there, analytics_url=address))
    assert await knowledge.holds_demo(source) is None
    views = "".join(f"CREATE VIEW analytics.{view} AS SELECT 1 AS id;" for view in knowledge.PUBLIC_VIEWS)
    postgres_cluster.sql(f"CREATE SCHEMA analytics; {views}", name)
    assert await knowledge.holds_demo(source) is False
    await source.close()
    postgres_cluster.drop(name)
