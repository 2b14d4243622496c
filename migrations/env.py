"""Runs migrations over the connection that `app.migrations` hands in; alembic's own command line is not used."""

import importlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context as environment
from alembic.autogenerate.api import AutogenContext

from app.chat import word_index
from app.database import Base, UtcDateTime
from app.migrations import VERSION_TABLE

for models in sorted(Path(__file__).parent.parent.glob("app/*/models.py")):
    importlib.import_module(f"app.{models.parent.name}.models")


def only_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """BiChat may live in a company's own database: leave its tables alone, and those that the engine makes for full text."""
    return kind != "table" or ((name or "").startswith("bichat_") and not (name or "").startswith(word_index.TABLES))


def plain_types(kind: str, value: Any, context: AutogenContext) -> str | bool:
    """Write types that outlive a change of the application's own classes."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, sa.JSON):
        context.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


connection: sa.Connection = environment.config.attributes["connection"]
environment.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=only_ours,
    render_item=plain_types,
    render_as_batch=environment.config.attributes.get("alters", True),
)
with environment.begin_transaction():
    environment.run_migrations()
