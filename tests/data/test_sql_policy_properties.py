"""Verdicts depend on what a statement means: no dress changes them, and every forbidden addition turns them."""

import itertools
import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.data.sql_policy import PolicyViolation, check
from app.data.sql_rules import lexer
from tests.data import guarded

SCHEMAS = {"postgres": ["analytics"], "sqlite": ["main"]}
GAPS = st.sampled_from([" ", "\n", "\t", "  ", "/* x */", " /* ' */ ", "\n-- it's; not\n", " /* ; */ ", "/**/ /**/"])
ENDS = st.sampled_from(["", ";", " ;", ";\n", " ; -- done", "\n-- done", " /* done */", ";;", ";/* ; */"])
ADDED = {
    "postgres": [
        "(SELECT email FROM app.users LIMIT 1)",
        '(SELECT count(*) FROM "app" . "users")',
        "(TABLE app.users)",
        "(SELECT count(*) FROM pg_class)",
        "(SELECT count(*) FROM information_schema.tables)",
        "pg_sleep(1)",
        'Pg_Catalog . "pg_sleep" /* */ (1)',
        'U&"pg\\005fsleep"(1)',
        "set_config ('app.tenant_id', '2', true)",
        "current_setting('app.tenant_id')",
        "query_to_xml('select 1', true, true, '')",
        "table_to_xml('app.users', true, true, '')",
        "ts_stat('select 1')",
        "ts_rewrite('a'::tsquery, 'select 1')",
        "dblink('host=x', 'select 1')",
        "lo_import('x')",
        "lo_export(1, 'x')",
        "pg_read_file('x')",
        "pg_ls_dir('.')",
        "nextval('orders_seq')",
        "pg_advisory_lock(1)",
        "pg_terminate_backend(1)",
        "txid_current()",
        "has_table_privilege('app.users', 'select')",
        "NULL::app.users",
        "CAST(NULL AS app.users)",
        "app.users '(1)'",
        "NULL::pg_authid",
        "'app.users'::regclass",
        "regclass 'app.users'",
        "'a=r/b'::aclitem",
        "1 OPERATOR(app.+) 2",
        "'a' COLLATE app.x",
        "app.rebuild()",
        "current_user",
        "(ARRAY[1])[1:current_user::int]",
        "json_array(SELECT email FROM app.users)",
        "JSON_VALUE('1', '$' RETURNING regclass)",
        "(SELECT (o).pg_typeof FROM orders AS o)",
    ],
    "sqlite": [
        "(SELECT sql FROM sqlite_master)",
        "(SELECT sql FROM [sqlite_schema])",
        "(SELECT sql FROM main.'sqlite_master')",
        "(SELECT sql FROM \ufeffsqlite_master)",
        "(1 IN sqlite_master)",
        "(1 NOT IN main . `sqlite_master`)",
        "(SELECT name FROM pragma_table_info('orders'))",
        "(SELECT name FROM pragma_database_list)",
        "(1 IN pragma_table_info('orders'))",
        "(SELECT * FROM other.orders)",
        "load_extension('x')",
        "Load_Extension /* */ ('x')",
        "\"load_extension\"('x')",
        "readfile('x')",
        "writefile('x', 'y')",
        "fts3_tokenizer('x')",
        "sqlite_compileoption_get(1)",
        "current_tenant()",
        "$a(') , (SELECT sql FROM sqlite_master) , $b(')",
    ],
}
WRAPPED = {
    "postgres": [
        "{sql}; SELECT 1",
        "{sql}; -- done\nDELETE FROM orders",
        "SELECT * INTO t FROM ({sql}\n) AS q",
        "SELECT 1 AS as INTO t FROM ({sql}\n) AS q",
        "SELECT * FROM ({sql}\n) AS q FOR UPDATE",
        "SELECT * FROM ({sql}\n) AS q, orders FOR NO /* */ KEY UPDATE OF orders NOWAIT",
        "SELECT * FROM ({sql}\n) AS q, pg_class",
        "SELECT * FROM ({sql}\n) AS q JOIN app.users ON true",
        "SELECT * FROM ({sql}\n) AS q CROSS JOIN LATERAL pg_ls_dir('.')",
        "SELECT * FROM ({sql}\n) AS q, ROWS FROM (pg_ls_dir('.')) AS t",
        "WITH d AS (DELETE FROM orders RETURNING 1) SELECT * FROM ({sql}\n) AS q",
        "WITH d AS (MERGE INTO orders USING ({sql}\n) AS q ON true WHEN MATCHED THEN DELETE RETURNING 1) SELECT 1",
        "WITH q AS ({sql}\n) INSERT INTO orders SELECT * FROM q",
        "WITH pg_class AS ({sql}\n) SELECT * FROM pg_catalog.pg_class",
        "({sql}\n) UNION ALL TABLE app.users",
        "EXPLAIN ANALYZE {sql}",
        "COPY ({sql}\n) TO '/x'",
        "DECLARE c CURSOR FOR {sql}",
        "PREPARE p AS {sql}",
        "LISTEN x; {sql}",
    ],
    "sqlite": [
        "{sql}; SELECT 1",
        "{sql}; -- done\nPRAGMA query_only = 0",
        "SELECT * FROM ({sql}\n) AS q, sqlite_master",
        "SELECT * FROM ({sql}\n) AS q JOIN pragma_table_list ON 1",
        "WITH q AS ({sql}\n) DELETE FROM orders",
        "WITH q AS ({sql}\n) INSERT INTO orders SELECT * FROM q",
        "WITH q AS ({sql}\n) SELECT * FROM q WHERE 1 IN sqlite_master",
        "EXPLAIN {sql}",
        "CREATE TEMP TABLE t AS {sql}",
        "REPLACE INTO orders {sql}",
        "ATTACH 'x' AS y; {sql}",
    ],
}


@cache
def cases() -> list[dict]:
    return guarded.lines("dev_cases.jsonl")


@cache
def allowed() -> list[dict]:
    return [case for case in cases() if case["label"] == "allow" and passes(case["sql"], case["dialect"])]


def passes(sql: str, dialect: str) -> bool:
    try:
        check(sql, dialect, SCHEMAS[dialect])
    except PolicyViolation:
        return False
    return True


def bare(sql: str, dialect: str) -> str:
    """Return an allowed statement without what follows its last word."""
    return check(sql, dialect, SCHEMAS[dialect]).sql


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_no_dress_changes_a_verdict(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(cases()))
    sql, dialect = case["sql"], case["dialect"]
    dressed = dress(data, sql, dialect)
    assert passes(dressed, dialect) == passes(sql, dialect), dressed


def dress(data: st.DataObject, sql: str, dialect: str) -> str:
    """Return the statement with other gaps, letters, parentheses around it and another end, saying the same."""
    try:
        tokens = lexer.read(sql, dialect)
    except PolicyViolation:
        return data.draw(GAPS) + sql
    pieces = [sql[: tokens[0].start] if tokens else sql]
    for token, following in itertools.pairwise([*tokens, None]):
        text = sql[token.start : token.end]
        if token.kind == "word" and data.draw(st.booleans()):
            text = text.translate(SWAPPED)
        pieces.append(text)
        if following is not None:
            gap = sql[token.end : following.start]
            pieces.append(data.draw(GAPS) if may_part(token, following, gap) and data.draw(st.booleans()) else gap)
    body = "".join(pieces).rstrip("; \t\r\n")
    if dialect == "postgres" and all(token.name != ";" for token in tokens):
        depth = data.draw(st.integers(0, 2))
        body = "(" * depth + body + ")" * depth
    return data.draw(GAPS) + body + data.draw(ENDS)


SWAPPED = {ord(letter): ord(letter.upper()) for letter in "abcdefghijklmnopqrstuvwxyz"}


def may_part(token: lexer.Token, following: lexer.Token, gap: str) -> bool:
    """Tell whether the gap may be another one: not within operators, and strings keep the line break that joins them."""
    if "symbol" in {token.kind, following.kind} and not gap:
        return token.name in {"(", ")", ","} or following.name in {"(", ")", ","}
    return bool(gap) and "'" not in gap and not token.kind == following.kind == "string"


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_every_allowed_query_is_refused_with_something_forbidden_around_it(dialect: str) -> None:
    accepted = []
    for number, case in enumerate(case for case in allowed() if case["dialect"] == dialect):
        for form in WRAPPED[dialect][number % 3 :: 3]:
            sql = form.replace("{sql}", bare(case["sql"], dialect))
            if passes(sql, dialect):
                accepted.append(sql)
    assert accepted == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_allowed_query_is_refused_with_something_forbidden_in_it(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(allowed()))
    sql, dialect = case["sql"], case["dialect"]
    tokens = lexer.read(sql, dialect)
    added = data.draw(st.sampled_from(ADDED[dialect]))
    places = [token.end for token in tokens if token.kind == "word" and token.name in {"select", "where", "having", "when", "on"}]
    if not places:
        sql = f"SELECT {added} FROM ({bare(sql, dialect)}) AS q"
    else:
        place = data.draw(st.sampled_from(places))
        comma = sql[:place].lower().endswith("select")
        sql = f"{sql[:place]} {added} {',' if comma else 'IS NULL AND '} {sql[place:]}"
    assert not passes(sql, dialect)


OPERATORS = st.sampled_from(["+", "-", "*", "/", "||", "=", "<>", "<=", "AND", "OR", "LIKE", "IS NOT"])
EXPRESSIONS = st.recursive(
    st.sampled_from(["1", "amount", "'it''s'", "NULL", ":x", "o.amount", "coalesce(a, 0)", '"update"', "(-5)", "o.status"]),
    lambda inner: st.one_of(
        st.tuples(inner, OPERATORS, inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda x: f"CASE WHEN {x} THEN 1 ELSE 2 END"),
        inner.map(lambda x: f"max({x}) OVER (PARTITION BY {x} ORDER BY {x})"),
        inner.map(lambda x: f"(SELECT {x} FROM customers AS c WHERE {x} LIMIT 1)"),
        inner.map(lambda x: f"({x} IN (SELECT {x} FROM orders))"),
        inner.map(lambda x: f"sum({x}) FILTER (WHERE {x})"),
        inner.map(lambda x: f"CAST({x} AS text)"),
        inner.map(lambda x: f"EXISTS (WITH w AS (SELECT {x}) SELECT * FROM w)"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EXPRESSIONS, st.sampled_from(["postgres", "sqlite"]), st.data())
def test_nesting_neither_forbids_nor_hides_anything(expression: str, dialect: str, data: st.DataObject) -> None:
    sql = f"SELECT {expression} AS x FROM orders AS o GROUP BY {expression}"
    assert passes(sql, dialect)
    words = [found.span() for found in re.finditer(r"(?<!\.)amount|NULL|\b1 ", sql)]
    if words:
        start, end = data.draw(st.sampled_from(words))
        hidden = f"{sql[:start]} {data.draw(st.sampled_from(ADDED[dialect]))} {sql[end:]}"
        assert not passes(hidden, dialect), hidden
