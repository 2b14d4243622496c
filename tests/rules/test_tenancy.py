"""Every table that holds a tenant's data says whose it is."""

import importlib

import sqlalchemy as sa

from app.database import Base
from tests.servers import ROOT

for models in sorted(ROOT.glob("app/*/models.py")):
    importlib.import_module(f"app.{models.parent.name}.models")

WITHOUT = {
    "bichat_tenants": "is the tenant",
    "bichat_login_sessions": "belongs to a person, found by the hash of a secret key only",
    "bichat_run_requests": "belongs to a person, found by that person's id only",
}
OPTIONAL = {"bichat_audit_entries": "a failed sign-in under an unknown name has no tenant"}


def test_every_table_belongs_to_a_tenant() -> None:
    without = {name for name, table in Base.metadata.tables.items() if "tenant_id" not in table.c}
    assert without == set(WITHOUT)


def test_the_tenant_is_a_tenant_and_never_missing() -> None:
    for name, table in Base.metadata.tables.items():
        if name in WITHOUT:
            continue
        column = table.c.tenant_id
        assert [key.target_fullname for key in column.foreign_keys] == ["bichat_tenants.id"], name
        assert column.nullable == (name in OPTIONAL), name


def test_deleting_keeps_the_row_for_a_while() -> None:
    soft = ("bichat_sessions", "bichat_messages", "bichat_artifacts", "bichat_attachments")
    assert all("deleted_at" in Base.metadata.tables[name].c for name in soft)


def test_ids_are_made_by_the_application_and_times_are_aware() -> None:
    for name, table in Base.metadata.tables.items():
        if "id" in table.c:
            assert isinstance(table.c.id.type, sa.Uuid), name
        for column in table.c:
            if isinstance(column.type, sa.DateTime):
                assert column.type.timezone, f"{name}.{column.name}"
