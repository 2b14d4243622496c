"""SQLite's error messages as the few codes that a model can act on."""

import re

from app.data.errors import QueryError, no_connection

PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"no such table", "unknown_table", ""),
    (r"no such column", "unknown_column", ""),
    (r"ambiguous column name", "unknown_column", "Write the table's name or alias before the column."),
    (
        r"not authorized|access to .* is prohibited|readonly|read-only",
        "permission_denied",
        "Read only the tables of schema_list.",
    ),
    (r"no such function", "syntax_error", "SQLite has no such function."),
    (r"syntax error|incomplete input|unrecognized token|misuse of|wrong number of arguments|near \"", "syntax_error", ""),
    (r"too big|out of memory", "too_many_rows", "A value or row grows too long: aggregate, or select fewer columns."),
    (r"too many|too large|too deep|parser stack overflow|at most", "syntax_error", "The statement is too complex: simplify it."),
    (
        r"malformed json|json path|bad json|datatype mismatch|integer overflow|type .* is not supported",
        "type_mismatch",
        "Check the values that go in.",
    ),
    (r"binding|number of bindings", "invalid_arguments", "Give every :name in the query a value in params."),
)
GONE = re.compile(r"unable to open|not a database|disk i/o|malformed$|is locked|disk image", re.IGNORECASE)


TOO_LARGE = {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}
"""Only sorting writes, and it may not write for ever."""


def typed_error(message: str, name: str = "") -> QueryError:
    """Return the error for SQLite's `message`, from which secret names were removed, and its own `name` of it."""
    if name in TOO_LARGE:
        return QueryError("too_many_rows", "the query needs too much room", "Aggregate, or read a shorter period.")
    if GONE.search(message):
        return no_connection()
    for pattern, code, hint in PATTERNS:
        if re.search(pattern, message, re.IGNORECASE):
            return QueryError(code, message, hint)
    return QueryError("syntax_error", message)
