"""Rules over the engine's tokens: what is called, which types and schemas are named, which clauses are asked for."""

from collections.abc import Mapping

from sqlglot import exp

from app.data.sql_rules.functions import FUNCTIONS, KEYWORDS
from app.data.sql_rules.statement import Statement, folded
from app.data.sql_rules.violation import PolicyViolation

SESSION_WORDS = {
    "current_catalog",
    "current_role",
    "current_schema",
    "current_user",
    "session_user",
    "system_user",
    "user",
}
NAME_TYPES = {
    "aclitem",
    "regclass",
    "regcollation",
    "regconfig",
    "regdatabase",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
}
CLAUSES: Mapping[str, set[str]] = {
    "by": {"group", "order", "partition"},
    "first": {"fetch"},
    "next": {"fetch"},
    "zone": {"time"},
}
"""Words that may stand before a parenthesis without calling anything, and what they follow then."""
LOCKS: Mapping[str, set[str]] = {"update": set(), "share": set(), "no": {"key"}, "key": {"share"}}
CATALOG = "pg_catalog"


def no_table_is_made(statement: Statement) -> None:
    """Refuse INTO, which makes a table in PostgreSQL and is never part of a query elsewhere."""
    for index, token in statement.words():
        if token.name == "into" and not _is_label(statement, index):
            raise PolicyViolation("write", "query contains disallowed keyword: INTO", statement.text(token))


def no_row_is_locked(statement: Statement) -> None:
    """Refuse FOR UPDATE, FOR SHARE and their kin."""
    for index, token in statement.words():
        if token.name == "for" and statement.at(index + 1).kind == "word":
            second, third = statement.at(index + 1).name, statement.at(index + 2).name
            if second in LOCKS and (not LOCKS[second] or third in LOCKS[second]) and _ends_clause(statement, index):
                raise PolicyViolation("lock", f"query contains disallowed keyword: FOR {second.upper()}", f"FOR {second}")


def only_known_functions(statement: Statement) -> None:
    """Refuse every name before a parenthesis that is neither on the list of functions nor the name of a table's columns."""
    known, keywords = FUNCTIONS[statement.dialect], KEYWORDS[statement.dialect]
    named = {alias.this.meta.get("start") for alias in statement.aliases if alias.this is not None}
    for index, token in enumerate(statement.tokens):
        if statement.at(index + 1).name != "(" or token.kind not in {"word", "quoted", "string"}:
            continue
        if token.kind == "word" and token.name in keywords and statement.at(index - 1).name != ".":
            continue
        if token.start in named or _is_type_size(statement, index) or _opens_clause(statement, index):
            continue
        name = token.name if statement.dialect == "postgres" else folded(token.name)
        if token.kind == "string" or name not in known:
            raise _not_a_function(statement.text(token))
        if statement.at(index - 1).name == "." and not _is_from_catalog(statement, index - 1):
            raise _not_a_function(f"{statement.text(statement.at(index - 2))}.{statement.text(token)}")


def no_call_without_parentheses(statement: Statement) -> None:
    """Refuse `row.pg_name`: PostgreSQL calls a function of one argument where a row has no such column."""
    if statement.dialect != "postgres":
        return
    for index, token in enumerate(statement.tokens):
        if token.kind not in {"word", "quoted"} or statement.at(index - 1).name != "." or not token.name.startswith("pg_"):
            continue
        if statement.at(index - 2).name not in statement.schemas | {CATALOG}:
            raise _not_a_function(statement.text(token))


def no_session_facts(statement: Statement) -> None:
    """Refuse the words that tell who is connected and where: they are functions without parentheses."""
    if statement.dialect != "postgres":
        return
    for index, token in statement.words():
        if token.name in SESSION_WORDS and (not _is_label(statement, index) or _is_from_catalog(statement, index - 1)):
            raise _not_a_function(statement.text(token))


def no_object_lookups(statement: Statement) -> None:
    """Refuse types that look names up in the catalogue (`regclass` and its kin) and row types of the catalogue."""
    if statement.dialect != "postgres":
        return
    for index, token in enumerate(statement.tokens):
        if token.kind not in {"word", "quoted"} or (_is_label(statement, index) and not _is_from_catalog(statement, index - 1)):
            continue
        name = token.name.lstrip("_")
        if name in NAME_TYPES:
            raise PolicyViolation("type", f"the type {token.name} is not allowed", statement.text(token))
    for node in statement.nodes:
        if isinstance(node, exp.DataType | exp.PseudoType | exp.ObjectIdentifier):
            _check_type(node)


def only_allowed_qualifiers(statement: Statement) -> None:
    """Refuse a dotted name that begins with neither an allowed schema nor a table of the statement."""
    if statement.dialect != "postgres":
        return
    known = {statement.name(alias.this) for alias in statement.aliases if alias.this is not None}
    known |= {statement.name(node.this) for node in statement.nodes if isinstance(node, exp.Table) and node.this is not None}
    for index, token in enumerate(statement.tokens):
        if token.name == "as" and statement.at(index + 1).kind in {"word", "quoted"}:
            known.add(statement.at(index + 1).name)
    for index, token in enumerate(statement.tokens):
        if token.kind not in {"word", "quoted"} or statement.at(index + 1).name != "." or statement.at(index - 1).name == ".":
            continue
        before = statement.at(index - 1).name
        allowed = {CATALOG} if before in {"::", "collate"} or _opens_operator(statement, index) else known | statement.schemas
        if _has_three_parts(statement, index):
            allowed = allowed & statement.schemas
        if token.name not in allowed and token.name != CATALOG:
            raise PolicyViolation("schema", f"the schema {statement.text(token)} is not allowed", statement.text(token))


def only_catalog_operators(statement: Statement) -> None:
    """Refuse an operator that is taken from a schema by name."""
    for index, token in statement.words():
        schema = statement.at(index + 2)
        names_schema = token.name == "operator" and statement.at(index + 1).name == "(" and schema.kind in {"word", "quoted"}
        if names_schema and schema.name != CATALOG:
            raise PolicyViolation("schema", "operators of other schemas are not allowed", statement.text(schema))


def _check_type(node: exp.Expr) -> None:
    kind = node.args.get("kind")
    if isinstance(kind, exp.Dot):
        schema, name = kind.this, kind.expression
        if not isinstance(schema, exp.Identifier) or folded(schema.name) != CATALOG:
            raise PolicyViolation("schema", "types of other schemas are not allowed", node.sql("postgres"))
        kind = name
    text = folded(kind.name if isinstance(kind, exp.Expr) else str(kind or node.this or "")).lstrip("_")
    is_catalog = text.startswith(("pg_", "information_schema")) and text != "pg_lsn"
    if is_catalog or text in NAME_TYPES or isinstance(node, exp.ObjectIdentifier):
        raise PolicyViolation("type", f"the type {text} is not allowed", text)


def _is_label(statement: Statement, index: int) -> bool:
    """Tell whether the word can only be a column, an output name or a parameter's: it follows a dot, AS or a colon."""
    before = statement.at(index - 1)
    if before.name == ":" and before.kind == "symbol" and before.end == statement.at(index).start:
        is_slice = statement.opening(index).name == "["
        return not is_slice and statement.at(index + 1).name != "("
    if before.kind == "word" and before.name == "as":
        return not _is_in_cast(statement, index)
    return before.kind == "symbol" and before.name == "."


def _is_in_cast(statement: Statement, index: int) -> bool:
    """Tell whether the AS before this word belongs to a CAST: the parenthesis around it was opened by that word."""
    return statement.before_opening(index - 1).name in {"cast", "treat", "xmlserialize", "json_serialize"}


def _is_from_catalog(statement: Statement, dot: int) -> bool:
    return statement.dialect == "postgres" and statement.at(dot).name == "." and statement.at(dot - 1).name == CATALOG


def _is_type_size(statement: Statement, index: int) -> bool:
    """Tell whether `name(10)` is a type in SQLite's CAST."""
    if statement.dialect != "sqlite" or statement.at(index - 1).name != "as" or not _is_in_cast(statement, index):
        return False
    return statement.at(index + 2).kind == "number"


def _has_three_parts(statement: Statement, index: int) -> bool:
    """Tell whether the name goes on as `schema.table.column`: then it can only be a schema's."""
    return statement.at(index + 3).name == "." and statement.at(index + 4).kind in {"word", "quoted"}


def _opens_clause(statement: Statement, index: int) -> bool:
    """Tell whether a word that may also name a function opens a clause here: GROUP BY (…), FETCH FIRST (5) and their kin."""
    if statement.dialect != "postgres" or statement.at(index).kind != "word":
        return False
    before, name = statement.at(index - 1), statement.at(index).name
    if name == "second":
        return before.kind == "string" or before.name == "to"
    if name == "escape":
        return before.kind == "string" or before.name == ")"
    return before.kind == "word" and before.name in CLAUSES.get(name, ())


def _opens_operator(statement: Statement, index: int) -> bool:
    return statement.at(index - 1).name == "(" and statement.at(index - 2).name == "operator"


def _ends_clause(statement: Statement, index: int) -> bool:
    """Tell whether this FOR can lock: it stands outside a function's arguments such as `substring(x FOR key)`."""
    return statement.before_opening(index).name not in {"substring", "overlay"}


def _not_a_function(name: str) -> PolicyViolation:
    return PolicyViolation("function", f"the function {name} is not allowed", name)
