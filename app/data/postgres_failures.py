"""PostgreSQL's errors as the few codes that a model can act on, by SQLSTATE."""

import re

import asyncpg

from app.data.errors import QueryError, no_connection

CONNECTION_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
UNREACHABLE: tuple[type[Exception], ...] = (*CONNECTION_ERRORS, TimeoutError, ValueError)
"""What connecting can fail with, an address that cannot be read among them."""
STATES: dict[str, tuple[str, str]] = {
    "42601": ("syntax_error", ""),
    "42803": ("syntax_error", "Put every column outside an aggregate into GROUP BY."),
    "42P01": ("unknown_table", ""),
    "42703": ("unknown_column", ""),
    "42702": ("unknown_column", "Write the table's name or alias before the column."),
    "42883": ("type_mismatch", "There is no such function or operator for these types: cast the values."),
    "22012": ("type_mismatch", "Divide by NULLIF(x, 0)."),
    "57014": ("timeout", "Ask for a shorter period, aggregate before joining, or read fewer tables."),
    "42501": ("permission_denied", "Read only the tables of schema_list."),
    "25006": ("permission_denied", "Only reading is allowed."),
    "42P18": ("type_mismatch", "Cast the parameter, such as CAST(:name AS date)."),
    "42P08": ("type_mismatch", "Cast the parameter, such as CAST(:name AS date)."),
    "54001": ("syntax_error", "The statement is too complex: simplify it."),
}
CLASSES: dict[str, tuple[str, str]] = {
    "22": ("type_mismatch", "Cast the values to the type of the column."),
    "53": ("too_many_rows", "The query needs too much memory or disk: aggregate, or read a shorter period."),
    "54": ("too_many_rows", "A value or row grows too long: aggregate, or select fewer columns."),
    "42": ("syntax_error", ""),
}
LONGEST_MESSAGE = 1000
DATA_ERRORS = "22"
"""The class of errors about values. Their texts quote the value, which may be of a row that only a later filter leaves out."""
QUOTED = re.compile(r'".*"', re.DOTALL)
MISMATCHES = {"42804", "42846", "42725"}


def typed_error(error: asyncpg.PostgresError) -> QueryError:
    """Return the error for PostgreSQL's; its detail, which may show rows, is left out."""
    state: str = getattr(error, "sqlstate", None) or ""
    if state.startswith(("08", "57P")):
        return no_connection()
    code, hint = STATES.get(state) or CLASSES.get(state[:2]) or ("failed", "")
    if isinstance(error, asyncpg.DataError) and "query argument" in str(error):
        hint = "Give each value of params the type of the column it is compared with."
    if state in MISMATCHES:
        code, hint = "type_mismatch", "Cast the values to one type."
    message = str(error.args[0]) if error.args else "the query failed"
    if state.startswith(DATA_ERRORS):
        message = QUOTED.sub('"…"', message)
    return QueryError(code, message[:LONGEST_MESSAGE], hint)
