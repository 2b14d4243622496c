"""Why a statement failed, in its reader's language. The engine's own words, in English, are in the audit."""

from app.data.errors import QueryError
from app.errors import N_
from app.web.locale import translator

REASONS = {
    "timeout": N_("it took too long to answer."),
    "too_many_rows": N_("the result is too big."),
    "permission_denied": N_("you may not read all tables of the query any more."),
    "policy_violation": N_("the query is not permitted any more."),
    "unknown_table": N_("a table that the query reads is not there any more."),
    "unknown_column": N_("a column that the query reads is not there any more."),
    "type_mismatch": N_("its values do not fit the query any more."),
}
# Translators: all of these follow “The database did not give the rows:”.
FAILED = N_("it cannot be reached, or reported an error.")


def reason(error: QueryError, locale: str) -> str:
    """Return the end of a sentence about the database, with its full stop."""
    return translator(locale).gettext(REASONS.get(error.code, FAILED))
