"""`analytics init` and `analytics check` on a real PostgreSQL, reached over TCP by roles with passwords."""

import asyncpg
import msgspec
import pytest

from app.data.engine import BoundStatement
from app.data.errors import QueryError
from app.data.sources import open_source
from app.data.walls import building
from app.data.walls.checking import check
from app.data.walls.findings import corpus
from app.data.walls.postgres_rights import serious_problem, straight
from app.errors import Invalid, Unavailable
from tests.data.conftest import OURS
from tests.data.walls.conftest import Company

pytestmark = pytest.mark.postgres
FILTER = "tenant_id = current_setting('app.tenant_id', true)::uuid"
DEFINER = "LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM shop.orders'"
JOINED = "CREATE VIEW analytics.ours AS SELECT o.id, c.name FROM shop.orders o JOIN shop.customers c ON c.id = o.id"
UNFILTERED = "CREATE VIEW analytics.leaky WITH (security_barrier) AS SELECT id, note FROM shop.orders"


async def broken(company: Company) -> dict[str, str]:
    """Return the lines of the walls that do not hold."""
    return {verdict.wall: verdict.line for verdict in await check(company.settings) if not verdict.holds}


async def test_what_is_set_up_holds_and_setting_it_up_again_changes_nothing(company: Company) -> None:
    first = [step.line for step in await company.init()]
    again = await company.init()
    assert f"done role {company.role}" in first
    assert "already schema analytics" in first
    assert "done SELECT on analytics.orders" in first
    assert [step.line for step in again if step.changed or step.left] == []
    assert await broken(company) == {}


async def test_a_view_made_later_may_be_read_at_once(company: Company) -> None:
    await company.init()
    await company.sql(f"{UNFILTERED.replace('leaky', 'later')} WHERE {FILTER}")
    async with straight(company.url) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL app.tenant_id = '{OURS}'")
        assert await connection.fetchval("SELECT count(*) FROM analytics.later") == 50


HOLES = {
    "what the schema holds": [
        ("tenants", "the view leaky does not filter everything that it reads by tenant", UNFILTERED),
        ("tenants", "the view leaky shows rows to a company that does not exist", ""),
        ("tenants", "the view leaky shows rows where no company is set", ""),
        ("tenants", "the view half does not filter", f"{UNFILTERED.replace('leaky', 'half')} WHERE {FILTER} OR amount > 40000"),
        ("tenants", "the view ours does not filter", f"{JOINED} WHERE o.{FILTER}"),
        ("tables", "copied is no view", "CREATE TABLE analytics.copied AS SELECT * FROM shop.orders"),
        ("tables", "kept is no view", "CREATE MATERIALIZED VIEW analytics.kept AS SELECT * FROM shop.orders"),
        ("views", "orders reads with the role's own rights", "ALTER VIEW analytics.orders SET (security_invoker = true)"),
    ],
    "what is granted": [
        (
            "tables",
            "the role may read shop.orders",
            "GRANT USAGE ON SCHEMA shop TO PUBLIC; GRANT SELECT (note) ON shop.orders TO PUBLIC",
        ),
        ("writes", "TRUNCATE shop.orders", "GRANT INSERT ON shop.orders TO @role"),
        ("writes", "CREATE in the schema analytics", "GRANT CREATE ON SCHEMA analytics TO @role"),
        ("writes", "temporary tables", "GRANT TEMPORARY ON DATABASE @database TO PUBLIC"),
        ("writes", "lo_create", "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC"),
        ("writes", "wipe(), which runs with its owner's rights", f"CREATE FUNCTION analytics.wipe() RETURNS void {DEFINER}"),
        ("settings", "set_config", "GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO @role"),
        ("catalogue", "pg_authid", "GRANT SELECT ON pg_authid TO @role"),
        ("files", "pg_read_file", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO @role"),
    ],
    "what the role is": [
        ("ownership", "the role owns the schema analytics", "ALTER SCHEMA analytics OWNER TO @role"),
        ("ownership", "the role owns orders", "ALTER VIEW analytics.orders OWNER TO @role"),
        ("ownership", "the role owns the database", "ALTER DATABASE @database OWNER TO @role"),
        ("role", "the attribute CREATEDB", "ALTER ROLE @role CREATEDB"),
        ("role", "a member of pg_read_all_data", "GRANT pg_read_all_data TO @role"),
    ],
}


@pytest.mark.parametrize("holes", HOLES)
async def test_a_hole_is_found_at_its_wall(company: Company, holes: str) -> None:
    await company.init()
    await company.sql(*(statement for _, _, statement in HOLES[holes] if statement))
    found = await broken(company)
    assert [words for wall, words, _ in HOLES[holes] if words not in found.get(wall, "")] == []


async def test_every_attack_would_succeed_for_a_superuser(company: Company) -> None:
    """Otherwise a mistake in the corpus would pass for a wall that holds."""
    await company.init()
    await company.sql("ALTER ROLE @role SUPERUSER")
    lines = await broken(company)
    engine = {case.wall for case in corpus("postgres") if case.held_by == "engine"}
    assert engine <= set(lines)


async def test_a_schema_that_holds_nothing_is_warned_of(company: Company) -> None:
    await company.sql("DROP VIEW analytics.orders")
    await company.init()
    lines = {verdict.wall: verdict.line for verdict in await check(company.settings)}
    assert lines["contents"].startswith("warn contents: there is nothing that may be asked about")
    assert "Make views" in lines["contents"]
    assert lines["tenants"] == "ok tenants: there was nothing to try"


async def test_what_is_not_listed_is_counted(company: Company) -> None:
    await company.init()
    await company.sql("GRANT USAGE ON SCHEMA shop TO @role", *(f"CREATE TABLE shop.open_{n} (id int)" for n in range(8)))
    await company.sql(*(f"GRANT SELECT ON shop.open_{n} TO @role" for n in range(8)))
    await company.sql(*(UNFILTERED.replace("leaky", f"leaky_{n}") for n in range(12)))
    found = await broken(company)
    assert "the role may read shop.open_2; and 5 more, as with shop.open_2" in found["tables"]
    assert "and 26 more. " in found["tenants"]


async def test_a_view_without_a_barrier_is_warned_of(company: Company) -> None:
    await company.init()
    await company.sql(f"CREATE VIEW analytics.plain AS SELECT id FROM shop.orders WHERE {FILTER}")
    lines = {verdict.wall: verdict.line for verdict in await check(company.settings)}
    assert lines["views"].startswith("warn views: the view plain has no security_barrier")
    assert await broken(company) == {}


async def test_tables_whose_names_differ_in_case_only_are_warned_of(company: Company) -> None:
    await company.init()
    twin = 'CREATE VIEW analytics."ORDERS" WITH (security_barrier) AS SELECT id FROM shop.orders'
    await company.sql(f"{twin} WHERE {FILTER}", f"{twin.replace('ORDERS', 'Visits')} WHERE {FILTER}")
    lines = {verdict.wall: verdict.line for verdict in await check(company.settings)}
    assert lines["names"].startswith("warn names: ORDERS, orders differ in capital and small letters only, so they share one")
    assert "Rename one of them" in lines["names"]
    assert "isits" not in lines["names"]
    assert await broken(company) == {}


async def test_no_error_tells_a_value_even_without_a_barrier(company: Company) -> None:
    await company.init()
    await company.sql(
        "ALTER VIEW analytics.orders RESET (security_barrier)", "ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey"
    )
    source = open_source(company.settings)
    try:
        with pytest.raises(QueryError) as failed:
            await source.run(BoundStatement("SELECT id FROM orders WHERE note::integer > 0", {}, OURS, 10, 5))
    finally:
        await source.close()
    assert failed.value.message == 'invalid input syntax for type integer: "…"'


async def test_a_missing_barrier_does_leak_and_setting_up_mends_it(company: Company) -> None:
    probe = "SELECT count(*) FROM analytics.orders WHERE note::integer > 0"
    await company.init()
    await company.sql(
        "ALTER VIEW analytics.orders RESET (security_barrier)", "ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey"
    )
    await company.sql("DELETE FROM shop.orders WHERE note LIKE 'plain%'")

    async def told() -> str:
        async with straight(company.url) as connection, connection.transaction():
            await connection.execute(f"SET LOCAL app.tenant_id = '{OURS}'")
            try:
                return str(await connection.fetchval(probe))
            except asyncpg.DataError as error:
                return str(error)

    assert "SECRET" in await told()
    await company.init()
    assert await told() == "0"


async def test_other_roles_keep_what_is_taken_from_everybody(company: Company) -> None:
    other = f"{company.role}_other"
    await company.sql(f"CREATE ROLE {other} LOGIN PASSWORD 'x'")
    try:
        steps = await company.init()
        assert any(other in step.line for step in steps)
        async with straight(f"postgresql://{other}:x@{company.dsn.partition('@')[2]}") as connection:
            assert await connection.fetchval("SELECT set_config('app.x', 'y', false)") == "y"
            await connection.execute("CREATE TEMPORARY TABLE kept (id integer)")
    finally:
        await company.sql(f"DROP OWNED BY {other}; DROP ROLE {other}")


async def test_another_password_in_the_setting_becomes_the_role_s(company: Company) -> None:
    await company.init()
    company.settings = msgspec.structs.replace(company.settings, analytics_url=company.url.replace("secret", "other%5Cword"))
    assert [step.line for step in await company.init() if step.changed] == [f"done password of {company.role}"]
    assert await broken(company) == {}


async def test_what_cannot_be_set_up_says_what_to_do(company: Company) -> None:
    quiet = [].append
    with pytest.raises(Invalid, match="SQLite"):
        await building.init(msgspec.structs.replace(company.settings, analytics_url="sqlite:////data/x"), company.dsn, quiet)
    with pytest.raises(Invalid, match="administrator"):
        await building.init(msgspec.structs.replace(company.settings, analytics_url=company.dsn), company.dsn, quiet)
    with pytest.raises(Invalid, match="names the database postgres"):
        await building.init(company.settings, company.dsn.rpartition("/")[0] + "/postgres", quiet)
    with pytest.raises(Unavailable, match="--dsn"):
        await building.init(company.settings, company.dsn.replace("postgres:", "postgres:not"), quiet)
    with pytest.raises(Invalid, match="no address"):
        await building.init(company.settings, "nonsense", quiet)
    await company.init()
    await company.sql("ALTER ROLE @role SUPERUSER")
    with pytest.raises(Invalid, match="is a superuser"):
        await company.init()


async def test_an_administrator_without_the_right_is_told_which_object(company: Company) -> None:
    weak = f"{company.role}_weak"
    await company.sql(f"CREATE ROLE {weak} LOGIN PASSWORD 'x'")
    try:
        dsn = f"postgresql://{weak}:x@{company.dsn.partition('@')[2]}"
        with pytest.raises(Invalid, match=f"role {company.role} could not be done .*superuser"):
            await building.init(company.settings, dsn, [].append)
    finally:
        await company.sql(f"DROP ROLE {weak}", "CREATE ROLE @role")


async def test_a_database_that_is_gone_fails_the_check(company: Company) -> None:
    await company.init()
    company.settings = msgspec.structs.replace(company.settings, analytics_url=company.url.replace(company.role, "nobody_here"))
    assert list(await broken(company)) == ["connection"]


async def test_what_is_serious_is_told_and_the_rest_is_not(company: Company) -> None:
    await company.init()
    assert await serious_problem(company.url, "analytics") is None
    await company.sql(UNFILTERED)
    assert await serious_problem(company.url, "analytics") is None
    await company.sql("GRANT UPDATE (note) ON shop.orders TO @role")
    assert "shop.orders" in str(await serious_problem(company.url, "analytics"))
