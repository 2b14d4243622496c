"""The engines' own indexes over the stems of `bichat_search`: FTS5 on SQLite, GIN over tsvectors on PostgreSQL.

Each has one index of what was asked and one of all that was said. They hold beside the words whose they are, the owner and the
conversation, so that a search never walks through what others said. On SQLite triggers keep them. Lexemes and tokens are the
stems as they stand: no dictionary or tokenizer of an engine has a say in what is found.
"""

from typing import Any

from sqlalchemy import Connection, text

TABLES = "bichat_words_"
"""What the names of the tables of FTS5 begin with."""
MARK = "§"
"""What stands before the ids of an owner and a conversation: no word has it, so none is taken for an id or its beginning."""
SAID_REMOVED = """
    INSERT INTO bichat_words_said (bichat_words_said, rowid, whose, asked, told)
    VALUES ('delete', old.position, '§' || old.user_id || ' §' || old.session_id, old.asked, old.told);
"""
SAID_ADDED = """
    INSERT INTO bichat_words_said (rowid, whose, asked, told)
    VALUES (new.position, '§' || new.user_id || ' §' || new.session_id, new.asked, new.told);
"""
ASKED_REMOVED = """
    INSERT INTO bichat_words_asked (bichat_words_asked, rowid, whose, asked)
    VALUES ('delete', old.position, '§' || old.user_id || ' §' || old.session_id, old.asked);
"""
ASKED_ADDED = """
    INSERT INTO bichat_words_asked (rowid, whose, asked)
    VALUES (new.position, '§' || new.user_id || ' §' || new.session_id, new.asked);
"""
SQLITE = (
    """
    CREATE VIEW bichat_words_kept AS
    SELECT position, '§' || user_id || ' §' || session_id AS whose, asked, told FROM bichat_search
    """,
    """
    CREATE VIRTUAL TABLE bichat_words_asked USING fts5(
        whose, asked, content='bichat_words_kept', content_rowid='position', tokenize='ascii', detail=none, prefix='2 3 4'
    )
    """,
    """
    CREATE VIRTUAL TABLE bichat_words_said USING fts5(
        whose, asked, told, content='bichat_words_kept', content_rowid='position', tokenize='ascii', detail=column,
        prefix='2 3 4'
    )
    """,
    f"CREATE TRIGGER bichat_search_added AFTER INSERT ON bichat_search BEGIN {ASKED_ADDED} {SAID_ADDED} END",
    f"CREATE TRIGGER bichat_search_removed AFTER DELETE ON bichat_search BEGIN {ASKED_REMOVED} {SAID_REMOVED} END",
    f"CREATE TRIGGER bichat_search_renamed AFTER UPDATE OF asked ON bichat_search BEGIN {ASKED_REMOVED} {ASKED_ADDED} END",
    f"CREATE TRIGGER bichat_search_changed AFTER UPDATE OF asked, told ON bichat_search BEGIN {SAID_REMOVED} {SAID_ADDED} END",
)
OF = f"'{MARK}' || (user_id)::text || ' {MARK}' || (session_id)::text || ' ' || asked"
ASKED = f"array_to_tsvector(array_remove(string_to_array({OF}, ' '), ''))"
SAID = f"array_to_tsvector(array_remove(string_to_array({OF} || ' ' || told, ' '), ''))"
POSTGRES = (
    f"CREATE INDEX ix_bichat_search_asked ON bichat_search USING gin (({ASKED}))",
    f"CREATE INDEX ix_bichat_search_said ON bichat_search USING gin (({SAID}))",
    "ALTER TABLE bichat_search SET (toast_tuple_target = 128)",
)
"""Long texts are kept out of the rows, which a search reads by the thousand."""


def create(_table: object, connection: Connection, **_options: Any) -> None:
    """Make the indexes after the table was made."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRES:
        connection.execute(text(statement.replace(":", "\\:")))
