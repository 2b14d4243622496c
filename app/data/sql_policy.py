"""The SQL policy: a statement passes only if it is one read-only query over the allowed schemas.

The rules are ordered and small. Those over words read the engine's tokens, those over the tree sqlglot's; text that the
two would cut differently is refused before. What may be used is listed: nodes, functions, types, schemas.
"""

import functools
from collections.abc import Sequence

from app.data.sql_rules import reading, tree_rules, word_rules
from app.data.sql_rules.filters import Filter, filters
from app.data.sql_rules.lexer import Dialect
from app.data.sql_rules.relations import relations
from app.data.sql_rules.statement import Statement
from app.data.sql_rules.violation import PolicyViolation

__all__ = ["CheckedQuery", "Filter", "PolicyViolation", "check"]

RULES = (
    tree_rules.only_a_query,
    tree_rules.nothing_is_written,
    word_rules.no_table_is_made,
    word_rules.no_row_is_locked,
    tree_rules.only_known_nodes,
    tree_rules.only_allowed_tables,
    tree_rules.no_text_is_run,
    word_rules.only_allowed_qualifiers,
    word_rules.only_catalog_operators,
    word_rules.only_known_functions,
    word_rules.no_call_without_parentheses,
    word_rules.no_session_facts,
    word_rules.no_object_lookups,
)


class CheckedQuery:
    """A query that may be executed."""

    def __init__(self, statement: Statement) -> None:
        self.sql = statement.sql
        """The checked text itself, without what followed its last word."""
        self.tree = statement.tree
        self.dialect = statement.dialect
        self._statement = statement

    @functools.cached_property
    def tables(self) -> tuple[str, ...]:
        """The relations it reads, as the database resolves their names, without schema."""
        return relations(self._statement)

    @functools.cached_property
    def filters(self) -> tuple[Filter, ...]:
        """What the WHERE and JOIN clauses restrict."""
        return filters(self.tree, self.dialect)


def check(sql: str, dialect: Dialect, allowed_schemas: Sequence[str]) -> CheckedQuery:
    """Return the query, or raise `PolicyViolation` with the code, the reason and the offending part.

    `allowed_schemas` are as the database spells them; an unqualified name means one of them.
    """
    statement = reading.read(sql, dialect, allowed_schemas)
    for rule in RULES:
        rule(statement)
    return CheckedQuery(statement)
