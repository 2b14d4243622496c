"""The offline analyst answers from queries that a company approved, which have no answers written for them."""

from pathlib import Path
from typing import Any

import msgspec

from app.knowledge.folder import read_folder
from app.knowledge.loading import Parameter, Query
from app.knowledge.validated_queries import ValidatedQueries
from tests.agent.offline.conftest import Talk

FILE = """-- <query name>warehouse_addresses</query name>
-- <query description>Where our warehouses stand</query description>
SELECT name, city FROM warehouses ORDER BY name;
-- <query warehouse_census>
-- <description>Census of the warehouses</description>
SELECT COUNT(*) AS warehouses FROM warehouses
"""


def approved(folder: Path) -> ValidatedQueries:
    path = folder / "queries" / "own.sql"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return ValidatedQueries(None, [msgspec.convert(draft.details, Query) for draft in read_folder(folder)[0]])


async def test_one_row_is_told_and_several_are_shown(talk: Talk, tmp_path: Path) -> None:
    conversation = talk()
    conversation.context = msgspec.structs.replace(conversation.context, knowledge=approved(tmp_path))
    told = await conversation.say("census of the warehouses")
    assert told.answer.startswith("warehouses: **")
    shown = await conversation.say("where our warehouses stand")
    assert "rows, in the table" in shown.answer
    assert "render_table" in shown.tools


async def test_a_query_whose_values_nobody_knows_is_left_to_the_model(talk: Talk, tmp_path: Path) -> None:
    known = approved(tmp_path)
    value: Any = Parameter("city", "value", {"en": "City", "ru": "City", "uz": "City"})
    queries = [msgspec.structs.replace(query, parameters=(value,)) for query in known.queries]
    conversation = talk()
    conversation.context = msgspec.structs.replace(conversation.context, knowledge=ValidatedQueries(None, queries))
    assert "I have no checked query" in (await conversation.say("census of the warehouses")).answer
