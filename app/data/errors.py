"""How a statement on the business database can fail, in the words that models and people are told."""


class QueryError(Exception):
    """A statement that was refused or failed.

    `code` is `syntax_error`, `unknown_table`, `unknown_column`, `type_mismatch`, `policy_violation`, `timeout`,
    `permission_denied`, `too_many_rows`, `invalid_arguments` or `failed`; the message is safe to show to the model and to
    people; `hint` says what to do instead.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def no_connection() -> QueryError:
    """Return the error for a business database that is not there or does not answer."""
    return QueryError(
        "failed",
        "database connection is required for BiChat",
        "The business database cannot be reached now. Tell the person; do not repeat the query.",
    )
