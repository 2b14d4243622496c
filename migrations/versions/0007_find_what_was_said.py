"""Find what was said."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.chat import titles
from app.chat.search_index import stems_of

revision = "0007"
down_revision = "0006"

TOGETHER = 1000
SAID_REMOVED = """
    INSERT INTO bichat_words_said (bichat_words_said, rowid, user_id, asked, told)
    VALUES ('delete', old.position, old.user_id, old.asked, old.told);
"""
SAID_ADDED = """
    INSERT INTO bichat_words_said (rowid, user_id, asked, told) VALUES (new.position, new.user_id, new.asked, new.told);
"""
ASKED_REMOVED = """
    INSERT INTO bichat_words_asked (bichat_words_asked, rowid, user_id, asked)
    VALUES ('delete', old.position, old.user_id, old.asked);
"""
ASKED_ADDED = "INSERT INTO bichat_words_asked (rowid, user_id, asked) VALUES (new.position, new.user_id, new.asked);"
SQLITE = (
    """
    CREATE VIRTUAL TABLE bichat_words_asked USING fts5(
        user_id, asked, content='bichat_search', content_rowid='position', tokenize='ascii', detail=none, prefix='2 3 4'
    )
    """,
    """
    CREATE VIRTUAL TABLE bichat_words_said USING fts5(
        user_id, asked, told, content='bichat_search', content_rowid='position', tokenize='ascii', detail=column, prefix='2 3 4'
    )
    """,
    f"CREATE TRIGGER bichat_search_added AFTER INSERT ON bichat_search BEGIN {ASKED_ADDED} {SAID_ADDED} END",
    f"CREATE TRIGGER bichat_search_removed AFTER DELETE ON bichat_search BEGIN {ASKED_REMOVED} {SAID_REMOVED} END",
    f"CREATE TRIGGER bichat_search_renamed AFTER UPDATE OF asked ON bichat_search BEGIN {ASKED_REMOVED} {ASKED_ADDED} END",
    f"CREATE TRIGGER bichat_search_changed AFTER UPDATE OF asked, told ON bichat_search BEGIN {SAID_REMOVED} {SAID_ADDED} END",
)
ASKED = "array_to_tsvector(array_remove(string_to_array((user_id)::text || ' ' || asked, ' '), ''))"
SAID = "array_to_tsvector(array_remove(string_to_array((user_id)::text || ' ' || asked || ' ' || told, ' '), ''))"
POSTGRES = (
    f"CREATE INDEX ix_bichat_search_asked ON bichat_search USING gin (({ASKED}))",
    f"CREATE INDEX ix_bichat_search_said ON bichat_search USING gin (({SAID}))",
    "ALTER TABLE bichat_search SET (toast_tuple_target = 128)",
)

Row = dict[str, Any]


def upgrade() -> None:
    """Find what was said."""
    op.create_table(
        "bichat_search",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["bichat_messages.id"], name=op.f("fk_bichat_search_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_search_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_search_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_search_user_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_bichat_search")),
    )
    op.create_index(op.f("ix_bichat_search_session_id"), "bichat_search", ["session_id"])
    op.create_index("uq_bichat_search_message", "bichat_search", ["message_id"], unique=True)
    op.create_index(
        "uq_bichat_search_title",
        "bichat_search",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("message_id IS NULL"),
        postgresql_where=sa.text("message_id IS NULL"),
    )
    op.create_index("ix_bichat_runs_user_message", "bichat_runs", ["user_message_id"])
    db = op.get_bind()
    for statement in SQLITE if db.dialect.name == "sqlite" else ():
        op.execute(statement)
    fill(db)
    for statement in POSTGRES if db.dialect.name == "postgresql" else ():
        op.execute(statement.replace(":", "\\:"))


IDS = {name: sa.Uuid() for name in ("id", "tenant_id", "session_id", "user_id", "message_id", "answer_id", "run_id")}
SESSIONS = sa.table("bichat_sessions", *(sa.column(name, IDS.get(name)) for name in ("id", "tenant_id", "user_id", "title")))
MESSAGES = sa.table(
    "bichat_messages",
    *(sa.column(name, IDS.get(name)) for name in ("id", "tenant_id", "session_id", "run_id", "role", "content", "deleted_at")),
    sa.column("details", sa.JSON()),
    sa.column("partial", sa.Boolean()),
    sa.column("set_aside", sa.Boolean()),
)
RUNS = sa.table("bichat_runs", sa.column("id", sa.Uuid()), sa.column("user_message_id", sa.Uuid()))
NAMES = ("tenant_id", "user_id", "session_id", "message_id", "answer_id", "asked", "told")
SEARCH = sa.table("bichat_search", *(sa.column(name, IDS.get(name)) for name in NAMES))
KEPT = MESSAGES.c.deleted_at.is_(None)


def fill(db: sa.Connection) -> None:
    """Take in titles that no question tells, then all turns as they were asked."""
    for rows in batches(db, titled(), SESSIONS.c.id):
        entries = [entry(row, row.id, row.title) for row in rows if row.title != titles.from_question(row.content or "")]
        add(db, entries)
    for rows in batches(db, asked(), MESSAGES.c.id):
        answers = answers_of(db, [row.id for row in rows])
        add(db, [entry(row, row.session_id, row.content, row.id, answers.get(row.id)) for row in rows])


def titled() -> Any:
    """Return the sessions that have a title, and their first question."""
    first = (
        sa.select(MESSAGES.c.content)
        .where(MESSAGES.c.session_id == SESSIONS.c.id, MESSAGES.c.role == "user", KEPT, MESSAGES.c.set_aside.is_(False))
        .order_by(MESSAGES.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(SESSIONS, first.label("content")).where(SESSIONS.c.title != "")


def asked() -> Any:
    """Return the questions with the owners of their sessions."""
    columns = (MESSAGES.c.id, MESSAGES.c.tenant_id, MESSAGES.c.session_id, MESSAGES.c.content, SESSIONS.c.user_id)
    return sa.select(*columns).join(SESSIONS, SESSIONS.c.id == MESSAGES.c.session_id).where(MESSAGES.c.role == "user", KEPT)


def answers_of(db: sa.Connection, questions: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Return the last words on each question, by its id."""
    said = (
        sa.select(RUNS.c.user_message_id, MESSAGES.c.id, MESSAGES.c.content, MESSAGES.c.details, MESSAGES.c.partial)
        .join(MESSAGES, MESSAGES.c.run_id == RUNS.c.id)
        .where(RUNS.c.user_message_id.in_(questions), MESSAGES.c.role == "assistant", KEPT)
        .order_by(MESSAGES.c.id)
    )
    return {row.user_message_id: row for row in db.execute(said) if row.partial or (row.details or {}).get("final")}


def batches(db: sa.Connection, query: Any, key: Any) -> Iterator[Sequence[Any]]:
    """Return all rows of a query in the order of their ids, some at a time."""
    query = query.order_by(key).limit(TOGETHER)
    rows = db.execute(query).all()
    while rows:
        yield rows
        rows = db.execute(query.where(key > rows[-1].id)).all()


def entry(row: Any, session_id: uuid.UUID, text: str, message_id: uuid.UUID | None = None, answer: Any = None) -> Row:
    """Return a row of the search table."""
    return {
        "tenant_id": row.tenant_id, "user_id": row.user_id, "session_id": session_id, "message_id": message_id,
        "answer_id": answer.id if answer else None, "asked": stems_of(text), "told": stems_of(answer.content) if answer else "",
    }  # fmt: skip


def add(db: sa.Connection, entries: list[Row]) -> None:
    """Write rows where there are any."""
    if entries:
        db.execute(sa.insert(SEARCH), entries)
