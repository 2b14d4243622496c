"""The one way in which a rule of the SQL policy says no."""


class PolicyViolation(Exception):
    """A statement that is not one read-only query over the allowed schemas.

    `code` is `syntax_error`, `several_statements`, `not_a_query`, `write`, `lock`, `schema`, `function`, `type` or
    `construct`; `part` is the offending piece of the statement.
    """

    def __init__(self, code: str, reason: str, part: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.part = part
