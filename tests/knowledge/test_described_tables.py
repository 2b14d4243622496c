"""What the knowledge of a company tells of its tables reaches those who describe them, in that company alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from app.agent.tool import ToolContext
from app.agent.tools.registry import BUILT_IN, decode
from app.data.queries import Queries
from app.data.sources import open_queries
from app.data.table_book import TableBook
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import store
from app.knowledge.described_tables import described_tables
from app.knowledge.folder import read_folder
from app.knowledge.library import Library
from app.settings import Settings
from tests.data.conftest import OURS
from tests.knowledge.conftest import FOLDER, write


@pytest.fixture
def book(companies: Database) -> TableBook:
    return TableBook(companies, described_tables)


@pytest.fixture
async def told(
    companies: Database, book: TableBook, business_file: Path, notes_dir: Path, folder: Path
) -> AsyncIterator[Queries]:
    """Queries over a business database, of whose tables files tell something and our knowledge something else."""
    write(folder, {"tables/orders.json": FOLDER["tables/orders.json"].replace("What was paid", "What customers paid")})
    await store.load(companies, OURS, read_folder(folder)[0], "sqlite")
    opened = open_queries(Settings(analytics_url=f"sqlite:///{business_file}", sql_timeout=1), notes_dir, book)
    yield opened
    await opened.close()


async def test_our_knowledge_describes_our_tables_and_not_theirs(told: Queries, ours: Actor, theirs: Actor) -> None:
    mine, other = [await told.describe(actor, "orders") for actor in (ours, theirs)]
    assert (mine.description, mine.use_cases, mine.notes) == (
        "Orders of the shop, by city", ("Revenue by city",), ("Cancelled orders are left out",),
    )  # fmt: skip
    amount = next(column for column in mine.columns if column.name == "amount")
    assert amount.description == "What customers paid"
    assert other.description == "Orders of the shop"
    assert "What customers paid" not in [column.description for column in other.columns]


async def test_what_files_say_beside_it_stays(told: Queries, ours: Actor, theirs: Actor) -> None:
    mine, other = [await told.describe(actor, "orders") for actor in (ours, theirs)]
    units = [[(column.name, column.unit, column.currency) for column in table.columns] for table in (mine, other)]
    assert units[0] == units[1]
    assert any(currency for _, _, currency in units[0])


async def test_what_managers_write_by_hand_stands_above_it(told: Queries, book: TableBook, ours: Actor) -> None:
    await book.describe(ours, "orders", "", "By hand")
    await book.describe(ours, "orders", "amount", "Sums by hand")
    table = await told.describe(ours, "orders")
    assert (table.description, table.use_cases) == ("By hand", ("Revenue by city",))
    assert "Sums by hand" in [column.description for column in table.columns]
    await book.describe(ours, "orders", "", "")
    assert (await told.describe(ours, "orders")).description == "Orders of the shop, by city"


async def test_what_is_retired_is_told_no_more(told: Queries, book: TableBook, companies: Database, ours: Actor) -> None:
    library = Library(companies)
    (hit,) = await library.search(ours, "orders shop city", kinds=("table",))
    await library.set_status(ours, hit.id, "retired")
    book.forget(OURS)
    assert (await told.describe(ours, "orders")).description == "Orders of the shop"


async def test_the_model_is_told(context_of_ours: ToolContext, database: Database, business_file: Path, folder: Path) -> None:
    await store.load(database, OURS, read_folder(folder)[0], "sqlite")
    queries = open_queries(Settings(analytics_url=f"sqlite:///{business_file}"), None, TableBook(database, described_tables))
    tool = next(tool for tool in BUILT_IN if tool.name == "schema_describe")
    context = msgspec.structs.replace(context_of_ours, queries=queries)
    outcome = await tool.run(context, decode(tool, '{"tables": ["orders"]}'))
    await queries.close()
    (table,) = outcome.content["tables"]
    assert (table["description"], table["notes"]) == ("Orders of the shop, by city", ("Cancelled orders are left out",))
