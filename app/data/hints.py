"""Hints for a model whose statement named something that is not there: what it probably meant."""

import difflib
import re
from collections.abc import Sequence

from app.data.catalogue import Catalogue, find
from app.data.errors import QueryError
from app.identity.actor import Actor

NEAR = 0.6
MOST_COLUMNS = 60
LAST_WORD = re.compile(r"[\"'`\[]?([^\s\"'`\[\].]+)[\"'`\]]?(?:\s+does not exist)?$")


async def with_hint(error: QueryError, catalogue: Catalogue, actor: Actor, tables: Sequence[str]) -> QueryError:
    """Give an error about an unknown table or column the nearest names there are."""
    if error.hint:
        return error
    if error.code == "unknown_table":
        names = list(await catalogue.relations(actor))
        return QueryError(error.code, error.message, _nearest(_missing(error), names, "tables"))
    if error.code == "unknown_column":
        relations = await catalogue.relations(actor)
        read = [relation for name in tables if (relation := find(relations, name))]
        names = [f"{relation.name}.{column.name}" for relation in read for column in relation.columns]
        return QueryError(error.code, error.message, _nearest(_missing(error), names, "columns"))
    return error


def _missing(error: QueryError) -> str:
    found = LAST_WORD.search(error.message)
    return found[1] if found else error.message


def _nearest(missing: str, names: list[str], what: str) -> str:
    bare = {name.rpartition(".")[2].lower(): name for name in reversed(names)}
    near = [bare[name] for name in difflib.get_close_matches(missing.lower(), bare, n=3, cutoff=NEAR)]
    guess = f"Did you mean {' or '.join(near)}? " if near else ""
    return f"{guess}There are these {what}: {', '.join(names[:MOST_COLUMNS])}." if names else f"{guess}There are no {what}."
