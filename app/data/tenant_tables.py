"""What a check of tenant filters knows of the tables and views that views read."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

Name: TypeAlias = tuple[str, str]
"""Schema and name as the database writes them; on SQLite no schema, and small letters."""
TENANT_COLUMN = "tenant_id"
TENANT_SETTING = "app.tenant_id"


class Reference(msgspec.Struct, frozen=True):
    """A foreign key: the `columns` of a table are the `targets` of one row of `table`."""

    columns: tuple[str, ...]
    table: Name
    targets: tuple[str, ...]


class Stored(msgspec.Struct, frozen=True):
    """A table or view. `tenant` is whether it has a column of the tenant: "wrong" where its type is another than it must be."""

    kind: Literal["table", "view", "other"]
    tenant: Literal["none", "right", "wrong"] = "none"
    definition: str = ""
    references: tuple[Reference, ...] = ()


Tables: TypeAlias = Mapping[Name, Stored]


def is_owned(name: Name, tables: Tables, seen: frozenset[Name] = frozenset()) -> bool:
    """Tell whether rows of a table are somebody's: by a tenant column, or by a foreign key that leads to such a table."""
    stored = tables.get(name)
    if stored is None or name in seen:
        return False
    return stored.tenant != "none" or any(is_owned(key.table, tables, seen | {name}) for key in stored.references)
