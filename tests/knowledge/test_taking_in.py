"""Knowledge is taken in as a whole or not at all, and again without doing anything twice."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.data.queries import Queries
from app.database import Database
from app.identity.actor import Actor
from app.knowledge import store
from app.knowledge.checks import check_queries
from app.knowledge.company_queries import CompanyQueries
from app.knowledge.folder import read_folder
from app.knowledge.library import Library
from app.knowledge.models import Chunk, Entry, EntryVersion, Vector, WordPostings
from app.knowledge.store import Loaded
from app.knowledge.validated_queries import ValidatedQueries
from tests import servers
from tests.data.conftest import OURS, THEIRS
from tests.knowledge.conftest import FOLDER, write


async def counts(database: Database) -> list[int]:
    async with database.reading() as db:
        tables = (Entry, EntryVersion, Chunk, WordPostings, Vector)
        return [await db.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def load(database: Database, folder: Path, *, rebuild: bool = False) -> Loaded:
    drafts, faults = read_folder(folder)
    assert faults == []
    return await store.load(database, OURS, drafts, "sqlite", rebuild=rebuild)


async def test_loading_twice_changes_nothing(companies: Database, folder: Path) -> None:
    assert await load(companies, folder) == Loaded(added=8)
    before = await counts(companies)
    assert await load(companies, folder) == Loaded(unchanged=8)
    assert await counts(companies) == before


async def test_what_changed_in_a_file_is_found_as_it_is_now(companies: Database, folder: Path, ours: Actor) -> None:
    library = Library(companies)
    await load(companies, folder)
    assert [hit.name for hit in await library.search(ours, "warehouse")] == ["delivery.md"]
    write(folder, {"delivery.md": FOLDER["delivery.md"].replace("warehouse", "depot")})
    assert await load(companies, folder) == Loaded(changed=1, unchanged=7)
    assert await library.search(ours, "warehouse") == []
    assert [hit.name for hit in await library.search(ours, "depots")] == ["delivery.md"]


async def test_rebuilding_leaves_only_what_the_folder_says(companies: Database, folder: Path, ours: Actor) -> None:
    await load(companies, folder)
    (folder / "delivery.md").unlink()
    assert await load(companies, folder) == Loaded(unchanged=7)
    assert await Library(companies).search(ours, "warehouse") != []
    assert await load(companies, folder, rebuild=True) == Loaded(added=7, removed=8)
    assert await Library(companies).search(ours, "warehouse") == []
    before = await counts(companies)
    await load(companies, folder, rebuild=True)
    assert await counts(companies) == before


async def test_a_company_s_queries_are_its_own(companies: Database, folder: Path) -> None:
    shared = ValidatedQueries(None)
    known = CompanyQueries(companies, shared)
    assert await known.of(OURS) is shared
    await load(companies, folder)
    ours = await known.of(OURS)
    assert ours.search("orders of each city")[0].query.name == "orders_by_city"
    assert ours is await known.of(OURS)
    assert await known.of(THEIRS) is shared


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM orders", "query contains disallowed keyword: DELETE"),
        ("SELECT * FROM nothing", "no such table: nothing"),
        ("SELECT amont FROM orders", "no such column: amont"),
        ("SELECT 1) AS a UNION SELECT * FROM (SELECT 2", ""),
        ("SELECT note FROM leaky", "leaky"),
    ],
)
async def test_each_statement_is_tried(queries: Queries, ours: Actor, folder: Path, sql: str, told: str) -> None:
    assert await check_queries(queries, ours, read_folder(folder)[0]) == []
    text = f"-- <query wrong>\n-- <description>Wrong</description>\n{sql}"
    drafts, _ = read_folder(write(folder, {"queries/wrong.sql": text}))
    (fault,) = await check_queries(queries, ours, drafts)
    assert fault.startswith("queries/wrong.sql:3: wrong: ")
    assert told in fault


def test_the_commands_load_all_or_nothing(demo_dir: Path, tmp_path: Path) -> None:
    files = FOLDER | {"queries/shop.sql": "-- <query q>\n-- <description>Branches</description>\nSELECT name FROM branches"}
    folder = write(tmp_path / "knowledge", files)
    tenant = servers.bichat("tenant", "add", "--name", "Shop", data_dir=demo_dir).stdout.strip()

    def command(name: str, code: int = 0) -> tuple[str, str]:
        done = servers.bichat("knowledge", name, "--tenant-id", tenant, "--dir", str(folder), data_dir=demo_dir)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
        return done.stdout, done.stderr

    write(folder, {"queries/wrong.sql": "-- <query w>\n-- <description>W</description>\nDROP TABLE branches"})
    out, told = command("load", 1)
    assert (out, told.splitlines()[-1]) == ("", "bichat: Nothing was loaded: 1 mistake was found.")
    assert "queries/wrong.sql:3: w: " in told
    faulty = {
        "tables/broken.json": '{\n"table_name": ', "queries/again.sql": files["queries/shop.sql"],
        "queries/wrong.sql": "-- <query d>\n-- <description>D</description>\n\nDELETE FROM branches;\n-- <query c>\n"
        "-- <description>C</description>\nSELECT nothing FROM branches",
    }  # fmt: skip
    write(folder, faulty)
    *faults, total = command("load", 1)[1].splitlines()[-5:]
    assert [fault.partition(": ")[0] for fault in faults] == [
        "queries/shop.sql:1", "queries/wrong.sql:4", "queries/wrong.sql:7", "tables/broken.json:2",
    ]  # fmt: skip
    assert total == "bichat: Nothing was loaded: 4 mistakes were found."
    for file in faulty:
        (folder / file).unlink()
    assert command("load")[0] == "7 added, 0 changed, 0 unchanged, 0 removed\n"
    assert command("rebuild")[0] == "7 added, 0 changed, 0 unchanged, 7 removed\n"
    write(folder, {"business/rules.json": json.dumps({"rules": "none"})})
    assert "business/rules.json:1: $.rules: a list or an object is expected" in command("load", 1)[1]
