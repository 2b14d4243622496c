"""Tell statements that are the same however they are written. It brings the SQL parser, so it is loaded when needed."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from app.knowledge.drafts import hash_of


def key_of(sql: str, dialect: str) -> str:
    """Return what all spellings of a statement have in common: white space, remarks, case and quotes do not count."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return hash_of(" ".join(sql.split()))
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", identifier.name.lower() != identifier.name and bool(identifier.args.get("quoted")))
        if not identifier.args.get("quoted"):
            identifier.set("this", identifier.name.lower())
    return hash_of(tree.sql(dialect=dialect, comments=False, normalize_functions="upper"))
