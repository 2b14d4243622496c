"""A folder of knowledge about a small shop, and its company."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.agent.tool import ToolContext
from app.data.periods import Calendar
from app.data.queries import Queries
from app.database import Database
from app.files.artifacts import ArtifactReader
from app.identity.actor import Actor
from app.identity.models import Tenant, User
from app.knowledge.library import Library
from app.knowledge.validated_queries import ValidatedQueries
from tests.data.conftest import business_file, inner_name, notes_dir, ours, queries, theirs

__all__ = ["business_file", "inner_name", "notes_dir", "ours", "queries", "theirs"]

NOW = dt.datetime(2026, 3, 31, 12, 0, tzinfo=dt.UTC)
TABLE = {
    "table_name": "orders",
    "table_description": "Orders of the shop, by city",
    "use_cases": ["Revenue by city"],
    "data_quality_notes": ["Cancelled orders are left out"],
    "table_columns": [{"name": "amount", "type": "integer", "description": "What was paid"}],
}
QUERIES = """-- <query name>orders_by_city</query name>
-- <query description>
-- How many orders each city made.
-- Cancelled ones are left out.
-- </query description>
-- <query>
SELECT city, COUNT(*) AS orders FROM orders
GROUP BY city ORDER BY city;
-- </query>

-- <query largest_orders>
-- <description>The largest orders of all</description>
SELECT id, amount FROM orders ORDER BY amount DESC LIMIT 5
"""
BUSINESS = {
    "metrics": [{"name": "Net revenue", "definition": "Paid amounts without returns", "table": "orders"}],
    "business_rules": ["The financial year begins in April"],
    "definitions": {"Regular customer": "Somebody who ordered three times"},
    "common_gotchas": [{"issue": "Amounts are in tiyin", "tables_affected": ["orders"], "solution": "Divide by 100"}],
}
DOCUMENT = """# Delivery

Orders are delivered from the warehouse in Toshkent.

## Returns

Клиент может вернуть товар в течение десяти дней: филиал в Самарканде принимает возвраты.

## Oʻzbekcha

Yetkazib berish shartlari: buyurtmalar ertasi kuni yetkaziladi.
"""
FOLDER = {
    "tables/orders.json": json.dumps(TABLE, indent=1),
    "queries/shop.sql": QUERIES,
    "business/rules.json": json.dumps(BUSINESS, indent=1),
    "delivery.md": DOCUMENT,
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files of a folder and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "knowledge", FOLDER)


async def two_companies(database: Database, ours: Actor, theirs: Actor) -> None:
    """Add two companies and a person of each."""
    async with database.writing() as db:
        for name, person in (("Shop", ours), ("Other", theirs)):
            await db.execute(insert(Tenant).values(id=person.tenant_id, name=name))
            values = {"email": f"{name}@b.test", "password_hash": "", "first_name": person.first_name}
            await db.execute(insert(User).values(id=person.user_id, tenant_id=person.tenant_id, **values))


@pytest.fixture
async def companies(any_database: Database, ours: Actor, theirs: Actor) -> Database:
    """The application database on each engine, with two companies in it."""
    await two_companies(any_database, ours, theirs)
    return any_database


@pytest.fixture
async def context_of_ours(database: Database, queries: Queries, ours: Actor, theirs: Actor) -> ToolContext:
    """What a tool is given that somebody of ours has called."""
    await two_companies(database, ours, theirs)
    kept, calendar = ArtifactReader(database, ours, uuid.uuid4()), Calendar("Asia/Tashkent", 0)
    return ToolContext(ours, queries, ValidatedQueries(None), kept, "en", NOW, calendar, library=Library(database))
