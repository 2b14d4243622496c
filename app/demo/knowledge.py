"""What is known about the demo's data: descriptions of the tables and validated queries, told where the demo is found."""

import asyncio
import uuid
from pathlib import Path

from app.data.engine import BoundStatement, Source
from app.data.errors import QueryError
from app.data.queries import Queries
from app.demo.business_database import MARK, PUBLIC_VIEWS
from app.knowledge.validated_queries import ValidatedQueries

METADATA = Path(__file__).parent / "metadata"
"""Holds `tables/*.json`, one description a public view."""
QUERIES = Path(__file__).parent / "queries"
"""Holds `*.sql` files in the format of the README beside them."""
LOOK_SECONDS = 15.0
"""How often a database that does not answer, or holds nothing yet, is looked at again."""
HELD = """
    SELECT count(*), count(*) FILTER (WHERE c.relkind = 'v' AND c.relname = ANY (CAST(:views AS text[]))
                                        AND obj_description(c.oid, 'pg_class') = CAST(:mark AS text))
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = CAST(:schema AS text) AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
"""


async def recognise(queries: Queries, knowledge: ValidatedQueries) -> None:
    """Have the demo's descriptions and validated queries used if PostgreSQL holds it; waits until it holds anything."""
    is_there = await holds_demo(queries.source)
    while is_there is None:
        await asyncio.sleep(LOOK_SECONDS)
        is_there = await holds_demo(queries.source)
    if is_there:
        knowledge.use(QUERIES)
        await queries.catalogue.use(METADATA)


async def holds_demo(source: Source) -> bool | None:
    """Tell whether PostgreSQL has all views of `bichat demo --dsn` as this release makes them; None while it has nothing."""
    names = {"schema": source.schemas[0], "views": list(PUBLIC_VIEWS), "mark": MARK}
    try:
        found = await source.run(BoundStatement(HELD, names, uuid.UUID(int=0), max_rows=1, timeout=LOOK_SECONDS))
    except QueryError:
        return None
    ((relations, marked),) = found.rows
    return marked == len(PUBLIC_VIEWS) if relations else None
