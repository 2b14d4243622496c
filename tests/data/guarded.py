"""The databases that the corpora of hostile statements are written for, filled as their authors meant."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.data.conftest import SHARED
from tests.postgres import Cluster

FOLDER = SHARED / "sql_guard"
TENANT = "tenant_id = current_setting(''app.tenant_id'')::int"
OUR_TENANT = "lpad(tenant_id::text, 32, ''0'')::uuid = current_setting(''app.tenant_id'')::uuid"


def lines(name: str) -> list[dict]:
    """Return the cases of a file of the corpora."""
    return [json.loads(line) for line in shared(name).splitlines()]


def shared(name: str) -> str:
    """Return a file of the corpora, or skip the test where they are absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path.read_text(encoding="utf-8")


def sqlite_file(folder: Path) -> str:
    """Return the address of the database on SQLite, which belongs to one company."""
    path = folder / "guarded.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(shared("fixture_sqlite.sql"))
    connection.close()
    return f"sqlite:///{path}"


def postgres_database(cluster: Cluster, name: str) -> str:
    """Make the database on PostgreSQL, its tenants being those of the tests, and return its address for the reading role."""
    script = shared("fixture_pg.sql")
    for tenant, ours in ((TENANT, OUR_TENANT), (TENANT.replace("''", "'"), OUR_TENANT.replace("''", "'"))):
        script = script.replace(tenant, ours)
    created = "CREATE ROLE bichat_ro LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;"
    script = script.replace(created, f"DO $$ BEGIN {created} EXCEPTION WHEN duplicate_object THEN NULL; END $$;")
    cluster.create(name)
    walls = "ALTER ROLE bichat_ro PASSWORD 'reads'; REVOKE EXECUTE ON FUNCTION set_config FROM PUBLIC;"
    cluster.sql(f"SET client_encoding = 'UTF8'; {script} {walls}", name)
    return f"postgresql://bichat_ro:reads@{cluster.url(name).partition('@')[2]}"
