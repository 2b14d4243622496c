"""The demo's business data in PostgreSQL: the same figures as in the file, each company its own, behind walls that hold."""

from collections.abc import Callable

import msgspec
import pytest

from app.data.queries import Queries
from app.data.walls.checking import check
from app.demo import business_database, postgres_database
from app.demo.companies import Company, companies
from app.demo.seeding import this_month
from app.errors import Conflict, Invalid
from app.identity.actor import Actor
from app.settings import Settings
from tests.demo.conftest import ROLE
from tests.demo.test_business_database import figures
from tests.postgres import Cluster

pytestmark = pytest.mark.postgres
COMPARED = (
    "SELECT branch, count(*), sum(amount) FROM sales GROUP BY branch ORDER BY branch",
    "SELECT month, sum(amount) FROM orders WHERE status = 'paid' GROUP BY month ORDER BY month",
    "SELECT status, count(*), sum(amount), sum(days_overdue) FROM payments GROUP BY status ORDER BY status",
    "SELECT count(*), sum(salary), sum(is_active) FROM employees",
    "SELECT warehouse, sum(quantity), sum(value) FROM stock GROUP BY warehouse ORDER BY warehouse",
)


async def test_each_company_reads_the_same_figures_as_in_the_file_and_only_its_own(
    there: Queries, queries: Queries, analyst_of: Callable[[Company], Actor]
) -> None:
    seen = []
    for company in companies():
        actor = analyst_of(company)
        for sql in COMPARED:
            assert await figures(there, actor, sql) == await figures(queries, actor, sql), sql
        seen.append(await figures(there, actor, COMPARED[0]))
    ours, theirs = ({row[0]: row[1:] for row in rows} for rows in seen)
    assert set(ours) & set(theirs)
    assert [branch for branch in set(ours) & set(theirs) if ours[branch] == theirs[branch]] == []


async def test_every_view_may_be_read_and_every_wall_holds(
    there: Queries, settings_there: Settings, analyst_of: Callable[[Company], Actor]
) -> None:
    assert {table.name for table in await there.tables(analyst_of(companies()[0]))} == set(business_database.PUBLIC_VIEWS)
    assert [verdict.line for verdict in await check(settings_there) if not verdict.holds] == []


@pytest.mark.usefixtures("there")
async def test_doing_it_again_changes_nothing(dsn: str, settings_there: Settings) -> None:
    assert await postgres_database.build(settings_there, dsn, this_month()) is None


async def test_what_is_not_the_demo_s_is_left_alone(
    postgres_url: str, postgres_cluster: Cluster, settings_there: Settings
) -> None:
    postgres_cluster.sql("CREATE SCHEMA bichat_demo", postgres_url.rpartition("/")[2])
    here = msgspec.structs.replace(settings_there, analytics_url=f"postgresql://{ROLE}_b:x@{postgres_url.partition('@')[2]}")
    with pytest.raises(Conflict, match="bichat_demo"):
        await postgres_database.build(here, postgres_url, "2026-02")
    for statement in (f"DROP OWNED BY {ROLE}_b", f"DROP ROLE {ROLE}_b"):
        postgres_cluster.sql(statement, postgres_url.rpartition("/")[2])
    single = msgspec.structs.replace(here, analytics_isolation="single")
    with pytest.raises(Invalid, match="ISOLATION"):
        await postgres_database.build(single, postgres_url, "2026-02")
