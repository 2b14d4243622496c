"""Rules over sqlglot's tree: what a query may consist of and which relations it may name."""

from pathlib import Path

from sqlglot import exp

from app.data.sql_rules.reading import disallowed, is_query
from app.data.sql_rules.statement import Statement, folded
from app.data.sql_rules.violation import PolicyViolation

NODES = frozenset(
    word
    for line in Path(__file__).with_name("nodes.txt").read_text(encoding="utf-8").splitlines()
    for word in line.partition("#")[0].split()
)
SESSION_NODES = (
    exp.CurrentCatalog,
    exp.CurrentDatabase,
    exp.CurrentRole,
    exp.CurrentSchema,
    exp.CurrentSchemas,
    exp.CurrentUser,
    exp.SessionUser,
)
INTERNAL = {"postgres": ("pg_",), "sqlite": ("sqlite_", "pragma_")}
ENGINE_TABLES = {"bytecode", "carray", "completion", "dbstat", "fsdir", "fts3tokenize", "memstat", "tables_used"}


def only_a_query(statement: Statement) -> None:
    """Refuse what is no SELECT, set operation or VALUES."""
    if not is_query(statement.tree):
        raise disallowed(statement.text(statement.tokens[0]))


def nothing_is_written(statement: Statement) -> None:
    """Refuse statements that write, wherever they hide, such as in a WITH query."""
    for node in statement.nodes:
        if isinstance(node, exp.DML | exp.DDL | exp.Command) and not isinstance(node, exp.Query):
            raise disallowed(node.key)
        if isinstance(node, exp.Query) and node.args.get("locks"):
            raise PolicyViolation("lock", "query contains disallowed keyword: FOR UPDATE", "FOR UPDATE")


def only_known_nodes(statement: Statement) -> None:
    """Refuse constructs that are not on the list."""
    for node in statement.nodes:
        if not _is_known(node):
            raise PolicyViolation("construct", f"{type(node).__name__} is not allowed in a query", type(node).__name__)


def only_allowed_tables(statement: Statement) -> None:
    """Refuse relations of other schemas and those of the engine itself."""
    for node in statement.nodes:
        if isinstance(node, exp.Table):
            _check_table(statement, node)
        elif isinstance(node, exp.In) and statement.dialect == "sqlite":
            _check_in(statement, node)


def no_text_is_run(statement: Statement) -> None:
    """Refuse the form of `ts_rewrite` that runs its text as a query; with three arguments it only works on values."""
    for node in statement.nodes:
        if not isinstance(node, exp.Anonymous) or folded(node.name) != "ts_rewrite":
            continue
        if len(node.expressions) != 3 or any(isinstance(part, exp.Variadic | exp.Kwarg) for part in node.expressions):
            raise PolicyViolation("function", "the function ts_rewrite is not allowed with a query", "ts_rewrite")


def _check_table(statement: Statement, table: exp.Table) -> None:
    if isinstance(table.this, exp.Func):
        return
    if table.this is None and table.args.get("rows_from"):
        return
    if not isinstance(table.this, exp.Identifier):
        raise PolicyViolation("construct", "a table must be named", table.sql(statement.dialect))
    written = table.sql(statement.dialect)
    if table.args.get("catalog"):
        raise PolicyViolation("schema", f"{written} is outside the allowed schemas", written)
    check_name(statement, table.args.get("db"), table.this)


def _check_in(statement: Statement, node: exp.In) -> None:
    """SQLite reads a whole table in `x IN name`, where the parser sees a column."""
    field = node.args.get("field")
    if field is None:
        return
    if not isinstance(field, exp.Column) or field.args.get("db") or not isinstance(field.this, exp.Identifier):
        raise PolicyViolation("construct", "IN must be followed by a list or a query", node.sql("sqlite"))
    check_name(statement, field.args.get("table"), field.this)


def check_name(statement: Statement, schema: exp.Expr | None, name: exp.Expr) -> None:
    """Refuse a relation by its schema, or without one by a name that the engine resolves to its own."""
    if schema is not None and statement.name(schema) not in statement.schemas:
        raise PolicyViolation("schema", f"the schema {schema.name} is not allowed", f"{schema.name}.{name.name}")
    bare = folded(name.name) if statement.dialect == "sqlite" else statement.name(name)
    is_internal = bare.startswith(INTERNAL[statement.dialect]) and (schema is None or statement.dialect == "sqlite")
    if is_internal or (statement.dialect == "sqlite" and bare in ENGINE_TABLES):
        raise PolicyViolation("schema", f"{name.name} belongs to the database itself", name.name)


def _is_known(node: exp.Expr) -> bool:
    return not isinstance(node, SESSION_NODES) and (isinstance(node, exp.Func) or type(node).__name__ in NODES)
