"""Find what others share."""

from alembic import op

revision = "0015"
down_revision = "0014"

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
    *(f"DROP TRIGGER bichat_search_{what}" for what in ("added", "removed", "renamed", "changed")),
    *(f"DROP TABLE bichat_words_{what}" for what in ("asked", "said")),
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
    "INSERT INTO bichat_words_asked (bichat_words_asked) VALUES ('rebuild')",
    "INSERT INTO bichat_words_said (bichat_words_said) VALUES ('rebuild')",
    f"CREATE TRIGGER bichat_search_added AFTER INSERT ON bichat_search BEGIN {ASKED_ADDED} {SAID_ADDED} END",
    f"CREATE TRIGGER bichat_search_removed AFTER DELETE ON bichat_search BEGIN {ASKED_REMOVED} {SAID_REMOVED} END",
    f"CREATE TRIGGER bichat_search_renamed AFTER UPDATE OF asked ON bichat_search BEGIN {ASKED_REMOVED} {ASKED_ADDED} END",
    f"CREATE TRIGGER bichat_search_changed AFTER UPDATE OF asked, told ON bichat_search BEGIN {SAID_REMOVED} {SAID_ADDED} END",
)
OF = "'§' || (user_id)::text || ' §' || (session_id)::text || ' ' || asked"
ASKED = f"array_to_tsvector(array_remove(string_to_array({OF}, ' '), ''))"
SAID = f"array_to_tsvector(array_remove(string_to_array({OF} || ' ' || told, ' '), ''))"
POSTGRES = (
    "DROP INDEX ix_bichat_search_asked",
    "DROP INDEX ix_bichat_search_said",
    f"CREATE INDEX ix_bichat_search_asked ON bichat_search USING gin (({ASKED}))",
    f"CREATE INDEX ix_bichat_search_said ON bichat_search USING gin (({SAID}))",
)


def upgrade() -> None:
    """Find what others share."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRES:
        op.execute(statement.replace(":", "\\:"))
