"""Business databases of two tenants with overlapping ids, and the people who ask about them."""

import json
import secrets
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.data.queries import Queries
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings

SHARED = Path(__file__).resolve().parents[3] / "shared"
OURS, THEIRS = uuid.UUID(int=1), uuid.UUID(int=2)
ASKER = """
    DO $$ BEGIN CREATE ROLE asker LOGIN PASSWORD 'asks'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT USAGE ON SCHEMA analytics TO asker;
    GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO asker;
"""
"""Makes the role that reads the business database in PostgreSQL, once what it reads is there."""
NOTES = {
    "table_name": "orders",
    "table_description": "Orders of the shop",
    "use_cases": ["Counting orders"],
    "data_quality_notes": ["Cancelled ones are left out"],
    "translations": {
        "ru": {"table_description": "Заказы магазина", "use_cases": ["Выручка по городам", "Ещё что-то"]},
        "uz": {"data_quality_notes": ["Bekor qilinganlari yoʻq"]},
    },
    "table_columns": [
        {"name": "amount", "description": "What was paid", "currency": "UZS", "descriptions": {"ru": "Сколько заплатили"}},
        {"name": "pieces", "unit": "pcs", "labels": {"en": "Pieces", "ru": "Штук", "uz": "Dona"}},
        {"name": "ordered_on", "type": "date"},
    ],
}


def person(tenant_id: uuid.UUID) -> Actor:
    """Someone of a tenant who may use the chat."""
    return Actor(
        uuid.uuid4(), tenant_id, "a@b.test", "Ada", "", "Analyst", frozenset(), "en", "Shop", "Asia/Tashkent", 0, "UZS"
    )  # fmt: skip


def write_business(path: Path, inner_name: str, tenants: tuple[uuid.UUID, uuid.UUID]) -> None:
    """Write the file of two tenants; the other one's notes hold the word SECRET."""
    connection = sqlite3.connect(path)
    connection.create_function("current_tenant", 0, lambda: None, deterministic=True)
    connection.executescript(f"""
        CREATE TABLE orders_t (id INTEGER, tenant_id TEXT, ordered_on TEXT, amount INTEGER, pieces INTEGER, city TEXT, note TEXT);
        CREATE TABLE _bichat_views (public_name TEXT, inner_name TEXT);
        CREATE VIEW {inner_name} AS SELECT id, ordered_on, amount, pieces, city, note FROM orders_t
            WHERE tenant_id = current_tenant();
        CREATE VIEW orders AS SELECT id, ordered_on, amount, pieces, city, note FROM {inner_name};
        INSERT INTO _bichat_views VALUES ('orders', '{inner_name}');
        CREATE VIEW leaky AS SELECT * FROM orders_t;
        CREATE VIEW v_leaky AS SELECT * FROM orders_t;
        INSERT INTO _bichat_views VALUES ('leaky', 'v_leaky');
    """)
    for tenant, word in zip(tenants, ("plain", "SECRET"), strict=True):
        connection.executemany(
            "INSERT INTO orders_t VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (n, str(tenant), f"2026-01-{1 + n % 28:02}", 1000 * n, n % 5, ("Toshkent", "Buxoro")[n % 2], f"{word} {n}")
                for n in range(50)
            ],
        )
    connection.commit()
    connection.close()


@pytest.fixture
def ours() -> Actor:
    return person(OURS)


@pytest.fixture
def theirs() -> Actor:
    return person(THEIRS)


@pytest.fixture
def inner_name() -> str:
    """The secret name of the inner view."""
    return f"v_{secrets.token_hex(16)}"


@pytest.fixture
def business_file(tmp_path: Path, inner_name: str) -> Path:
    """A file of the demo's shape: a table of both tenants, an inner view by a secret name, a public view."""
    path = tmp_path / "business.sqlite"
    write_business(path, inner_name, (OURS, THEIRS))
    return path


@pytest.fixture
def notes_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "metadata" / "tables"
    folder.mkdir(parents=True)
    (folder / "orders.json").write_text(json.dumps(NOTES))
    return folder.parent


@pytest.fixture
async def queries(business_file: Path, notes_dir: Path) -> AsyncIterator[Queries]:
    opened = open_queries(Settings(analytics_url=f"sqlite:///{business_file}", sql_timeout=1), notes_dir)
    yield opened
    await opened.close()
