"""Which views show each tenant its own rows only: judged by their definitions, without a database."""

import itertools

import pytest

from app.data.tenant_filter import filters_by_tenant
from app.data.tenant_tables import Reference, Stored, Tables

MINE = "current_setting('app.tenant_id', true)::uuid"
VIEW = ("analytics", "v")
OTHERS: Tables = {
    ("shop", "o"): Stored("table", "right"),
    ("shop", "c"): Stored("table", "right"),
    ("shop", "d"): Stored("table", "right"),
    ("shop", "lines"): Stored("table", references=(Reference(("order_id",), ("shop", "o"), ("id",)),)),
    ("shop", "parts"): Stored("table", references=(Reference(("line_id",), ("shop", "lines"), ("id",)),)),
    ("shop", "rates"): Stored("table"),
    ("shop", "numbered"): Stored("table", "wrong"),
    ("shop", "foreign_rates"): Stored("other"),
    ("analytics", "good"): Stored("view", definition=f"SELECT id FROM shop.o WHERE tenant_id = {MINE}"),
    ("analytics", "bad"): Stored("view", "right", definition="SELECT id, tenant_id FROM shop.o"),
    ("analytics", "round"): Stored("view", definition="SELECT 1 FROM analytics.round"),
}
SAFE = (
    "SELECT id FROM shop.o WHERE tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid",
    "SELECT id FROM shop.o WHERE tenant_id = ( SELECT (current_setting('app.tenant_id'::text, true))::uuid AS current_setting)",
    "SELECT id, public.tidied(name) FROM shop.o WHERE tenant_id = @me AND public.tidied(name) > ''",
    "SELECT id, (place).city, lower(name) FROM shop.o WHERE tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me",
    "SELECT id FROM shop.o WHERE @me = tenant_id AND id > 3",
    "SELECT id FROM shop.o WHERE ((tenant_id)::text = current_setting('app.tenant_id'::text, true))",
    "SELECT id FROM shop.o WHERE (((tenant_id = @me) AND (id = 1)) AND (id < 5 OR id > 7))",
    "SELECT o.id FROM shop.o JOIN shop.c ON c.id = o.id WHERE o.tenant_id = @me AND c.tenant_id = @me",
    "SELECT o.id FROM shop.o JOIN shop.c ON c.id = o.id AND c.tenant_id = o.tenant_id WHERE o.tenant_id = @me",
    "SELECT o.id FROM (shop.o LEFT JOIN shop.c ON (((c.id = o.id) AND (c.tenant_id = o.tenant_id)))) WHERE (o.tenant_id = @me)",
    "SELECT o.id FROM shop.o LEFT JOIN shop.c USING (tenant_id) WHERE o.tenant_id = @me",
    "SELECT c.id FROM shop.o RIGHT JOIN shop.c ON c.tenant_id = o.tenant_id WHERE c.tenant_id = @me",
    "SELECT o.id FROM shop.o, shop.c, shop.d WHERE o.tenant_id = c.tenant_id AND d.tenant_id = c.tenant_id AND d.tenant_id = @me",
    (
        "SELECT o.id FROM shop.o LEFT JOIN (shop.c JOIN shop.d ON d.tenant_id = c.tenant_id) ON c.tenant_id = o.tenant_id"
        " WHERE o.tenant_id = @me"
    ),
    "SELECT o.id, r.rate FROM shop.o CROSS JOIN shop.rates r WHERE o.tenant_id = @me",
    "SELECT l.id FROM shop.o JOIN shop.lines l ON l.order_id = o.id WHERE o.tenant_id = @me",
    "SELECT 1 FROM shop.o JOIN shop.lines l ON l.order_id = o.id JOIN shop.parts p ON l.id = p.line_id WHERE o.tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me UNION ALL SELECT id FROM shop.c WHERE tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me UNION ALL SELECT 0",
    "WITH q AS (SELECT id FROM shop.o WHERE tenant_id = @me) SELECT id FROM q",
    "WITH q AS (SELECT id, tenant_id FROM shop.o WHERE tenant_id = @me) SELECT 1 FROM q JOIN shop.c ON c.tenant_id = q.tenant_id",
    (
        "WITH RECURSIVE q AS (SELECT id FROM shop.o WHERE tenant_id = @me UNION ALL"
        " SELECT o.id FROM shop.o JOIN q ON q.id = o.id + 1 WHERE o.tenant_id = @me) SELECT id FROM q"
    ),
    "SELECT id, (SELECT max(c.id) FROM shop.c WHERE c.tenant_id = o.tenant_id) FROM shop.o WHERE o.tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me AND EXISTS (SELECT 1 FROM shop.c WHERE c.tenant_id = o.tenant_id)",
    "SELECT id FROM shop.o WHERE tenant_id = @me AND NOT EXISTS (SELECT 1 FROM shop.c WHERE c.tenant_id = @me)",
    "SELECT o.id FROM shop.o, LATERAL (SELECT c.id FROM shop.c WHERE c.tenant_id = o.tenant_id) l WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o CROSS JOIN generate_series(1, 3) n WHERE o.tenant_id = @me",
    "SELECT id FROM analytics.good",
    "SELECT g.id FROM analytics.good g JOIN shop.rates r ON true",
)
LEAKS = (
    "SELECT id FROM shop.o",
    "SELECT o.id, c.name FROM shop.o JOIN shop.c ON c.id = o.id WHERE o.tenant_id = @me",
    "SELECT o.id, c.name FROM shop.o CROSS JOIN shop.c WHERE o.tenant_id = @me",
    "SELECT o.id, c.name FROM shop.o, shop.c WHERE o.tenant_id = @me AND o.tenant_id = @me",
    "SELECT id FROM shop.o WHERE (id)::text = current_setting('app.tenant_id', true)",
    "SELECT id FROM shop.o WHERE owner_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = current_setting('app.other', true)::uuid",
    "SELECT id FROM shop.o WHERE tenant_id::varchar(1) = current_setting('app.tenant_id', true)::varchar(1)",
    "SELECT id FROM shop.o WHERE tenant_id = tenant_id",
    "SELECT id FROM shop.o WHERE tenant_id <> @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me OR id = 1",
    "SELECT id FROM shop.o WHERE NOT (tenant_id = @me)",
    "SELECT id FROM shop.o WHERE (tenant_id = @me) IS NOT NULL",
    "SELECT id FROM shop.o WHERE coalesce(tenant_id, @me) = @me",
    "SELECT id FROM shop.o WHERE tenant_id IS NOT DISTINCT FROM @me",
    "SELECT id FROM shop.o WHERE tenant_id = shop.current_setting('app.tenant_id')::uuid",
    "SELECT id FROM shop.o WHERE tenant_id OPERATOR(shop.=) @me",
    "SELECT id FROM shop.o GROUP BY id, tenant_id HAVING tenant_id = @me",
    "SELECT o.id FROM shop.o LEFT JOIN shop.c ON c.tenant_id = o.tenant_id AND o.tenant_id = @me",
    "SELECT o.id FROM shop.o LEFT JOIN shop.c ON c.tenant_id = @me AND o.tenant_id = c.tenant_id",
    "SELECT o.id FROM shop.o FULL JOIN shop.c ON c.tenant_id = o.tenant_id WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o FULL JOIN shop.c USING (tenant_id) WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o RIGHT JOIN shop.c ON c.tenant_id = o.tenant_id WHERE o.tenant_id IS NULL OR o.tenant_id = @me",
    "SELECT o.id FROM shop.o RIGHT JOIN shop.c ON c.tenant_id = @me AND o.tenant_id = @me",
    "SELECT o.id FROM shop.o JOIN shop.c ON c.tenant_id = o.tenant_id OR c.id = o.id WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o JOIN shop.c USING (id) WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o, shop.lines l WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o JOIN shop.lines l ON l.id = o.id WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o JOIN shop.parts p ON p.line_id = o.id WHERE o.tenant_id = @me",
    "SELECT id FROM shop.numbered WHERE tenant_id = @me",
    "SELECT o.id FROM shop.o, shop.foreign_rates WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o, shop.unknown WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o, shop.everything() WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o, ROWS FROM (everything()) AS r WHERE o.tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me UNION ALL SELECT id FROM shop.c",
    "SELECT id FROM shop.o UNION ALL SELECT id FROM shop.c WHERE tenant_id = @me",
    "WITH q AS (SELECT id FROM shop.c) SELECT o.id FROM shop.o JOIN q ON q.id = o.id WHERE o.tenant_id = @me",
    (
        "WITH q(tenant_id, id) AS (SELECT id, tenant_id FROM shop.o WHERE tenant_id = @me)"
        " SELECT 1 FROM q JOIN shop.c ON c.tenant_id = q.tenant_id"
    ),
    (
        "WITH q AS (SELECT o.owner_id AS tenant_id FROM shop.o WHERE tenant_id = @me)"
        " SELECT 1 FROM q JOIN shop.c ON c.tenant_id = q.tenant_id"
    ),
    "SELECT id FROM (SELECT id FROM shop.c) q, shop.o WHERE o.tenant_id = @me",
    "SELECT id, (SELECT max(c.id) FROM shop.c) FROM shop.o WHERE o.tenant_id = @me",
    "SELECT id, (SELECT max(c.id) FROM shop.c WHERE c.id = o.id) FROM shop.o WHERE o.tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me AND id IN (SELECT id FROM shop.c)",
    "SELECT id FROM shop.o WHERE tenant_id = @me AND EXISTS (SELECT 1 FROM shop.c WHERE c.tenant_id = c.tenant_id)",
    "SELECT id FROM shop.o WHERE tenant_id = @me ORDER BY (SELECT max(id) FROM shop.c)",
    "SELECT id FROM shop.o WHERE tenant_id = @me UNION SELECT 1 LIMIT (SELECT max(id) FROM shop.c)",
    (
        "SELECT o.id FROM shop.o JOIN shop.d ON d.id = (SELECT max(c.id) FROM shop.c) AND d.tenant_id = o.tenant_id"
        " WHERE o.tenant_id = @me"
    ),
    "SELECT o.id FROM shop.o, LATERAL (SELECT c.id FROM shop.c WHERE c.id = o.id) l WHERE o.tenant_id = @me",
    "SELECT x.id FROM shop.o x(tenant_id, id) WHERE x.tenant_id = @me",
    "SELECT id FROM analytics.bad WHERE tenant_id = @me",
    "SELECT id FROM analytics.round",
    "SELECT o.id FROM shop.o, analytics.bad WHERE o.tenant_id = @me",
    "SELECT rate FROM shop.rates",
    "SELECT 1",
    "SELECT id, public.leak() FROM shop.o WHERE tenant_id = @me",
    "SELECT id, public.leak() OVER () FROM shop.o WHERE tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = @me AND public.leak(id) > 0",
    "SELECT id FROM shop.o WHERE tenant_id = @me UNION SELECT (SELECT public.leak())",
    "SELECT o.id FROM shop.o CROSS JOIN LATERAL public.leak() x WHERE o.tenant_id = @me",
    "SELECT o.id FROM shop.o, unnest(public.leak()) x WHERE o.tenant_id = @me",
    'SELECT id, public."Tidied"(id) FROM shop.o WHERE tenant_id = @me',
    "SELECT id, other.tidied(id) FROM shop.o WHERE tenant_id = @me",
    "SELECT id, id OPERATOR(public.+) 1 FROM shop.o WHERE tenant_id = @me",
    "SELECT id FROM shop.o WHERE tenant_id = nullif(tenant_id, '')",
    "SELECT id FROM shop.o WHERE tenant_id = (SELECT tenant_id)",
    "SELECT id FROM shop.o WHERE tenant_id = (SELECT @me WHERE false)",
    "SELECT id FROM shop.o WHERE tenant_id = @me; SELECT id FROM shop.o",
    "this is no SQL (",
)


def is_safe(definition: str) -> bool:
    tables = {**OTHERS, VIEW: Stored("view", definition=definition.replace("@me", MINE))}
    return filters_by_tenant(VIEW, tables, "postgres", {("public", "tidied")})


@pytest.mark.parametrize("definition", SAFE)
def test_a_view_whose_relations_are_all_tied_to_the_tenant_is_safe(definition: str) -> None:
    assert is_safe(definition)


@pytest.mark.parametrize("definition", LEAKS)
def test_a_view_that_reads_one_relation_of_every_tenant_is_not(definition: str) -> None:
    assert not is_safe(definition)


def test_any_chain_of_joins_is_safe_exactly_when_it_reaches_every_relation() -> None:
    names = "abcd"
    everything = list(itertools.combinations(names, 2))
    for chosen in itertools.chain.from_iterable(itertools.combinations(everything, size) for size in range(5)):
        for start in names:
            reached = {start}
            for _step in names:
                reached |= {name for pair in chosen if reached & set(pair) for name in pair}
            ties = [f"{one}.tenant_id = {other}.tenant_id" for one, other in chosen]
            where = " AND ".join([*ties, f"{start}.tenant_id = @me", "a.id = b.id"])
            sources = ", ".join(f"shop.o AS {name}" for name in names)
            assert is_safe(f"SELECT a.id FROM {sources} WHERE {where}") == (reached == set(names)), where


@pytest.mark.parametrize(
    "wrong", ["{good} OR true", "NOT {good}", "({good}) IS NOT FALSE", "CASE WHEN {good} THEN true ELSE true END"]
)
@pytest.mark.parametrize(
    "place",
    [
        "SELECT id FROM shop.o WHERE {filter}",
        "SELECT id FROM shop.o WHERE id > 1 AND ({filter})",
        "SELECT o.id FROM shop.rates r JOIN shop.o ON {filter}",
        "SELECT q.id FROM (SELECT id FROM shop.o WHERE {filter}) q",
        "WITH q AS (SELECT id FROM shop.o WHERE {filter}) SELECT id FROM q",
    ],
)
def test_a_filter_counts_only_where_it_must_hold(place: str, wrong: str) -> None:
    good = f"o.tenant_id = {MINE}"
    assert is_safe(place.replace("{filter}", good))
    assert not is_safe(place.replace("{filter}", wrong.replace("{good}", good)))


@pytest.mark.parametrize(
    ("definition", "safe"),
    [
        ("CREATE VIEW v AS SELECT id FROM O_t WHERE Tenant_ID = current_tenant()", True),
        ("CREATE VIEW v AS SELECT o.id FROM o_t o JOIN c_t c USING (tenant_id) WHERE tenant_id = current_tenant()", True),
        ("CREATE VIEW v AS SELECT o.id FROM o_t o, json_each(o.items) j WHERE o.tenant_id = current_tenant()", True),
        ("CREATE VIEW v AS SELECT o.id FROM o_t o LEFT JOIN c_t c ON c.id = o.id WHERE o.tenant_id = current_tenant()", False),
        ("CREATE VIEW v AS SELECT o.id FROM o_t o NATURAL JOIN c_t c WHERE o.tenant_id = current_tenant()", False),
        ("CREATE VIEW v AS SELECT o.id FROM o_t o, dbstat WHERE o.tenant_id = current_tenant()", False),
        ("CREATE VIEW v AS SELECT id FROM o_t WHERE id = current_tenant()", False),
        ("CREATE VIEW v AS SELECT id FROM o_t WHERE CAST(tenant_id AS INTEGER) = CAST(current_tenant() AS INTEGER)", False),
    ],
)
def test_views_of_sqlite_are_judged_by_the_same_rules(definition: str, *, safe: bool) -> None:
    tables: Tables = {
        ("", "v"): Stored("view", definition=definition),
        ("", "o_t"): Stored("table", "right"),
        ("", "c_t"): Stored("table", "right"),
    }
    assert filters_by_tenant(("", "v"), tables, "sqlite") is safe
