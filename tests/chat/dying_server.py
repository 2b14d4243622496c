"""`bichat serve` that kills itself with SIGKILL right after its n-th commit of a change (environment: DIES_AFTER_COMMIT).

With DIES_AFTER_ANSWER it does so right after a question was answered, on SQLite.
"""

import os
import signal
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

from app.cli import main

LAST = int(os.environ.get("DIES_AFTER_COMMIT", "0"))
commits = 0


def count() -> None:
    global commits  # noqa: PLW0603 - one counter for the whole process is the point
    commits += 1
    if commits == LAST:
        os.kill(os.getpid(), signal.SIGKILL)


@event.listens_for(Engine, "after_cursor_execute")
def note(connection: Connection, _cursor: object, statement: str, parameters: Any, *_rest: Any) -> None:
    """A transaction that adds a message is a change: others, as of a sweep, come at any time. SQLite commits short ones so."""
    if statement == "COMMIT" and connection.info.pop("has_change", False):
        count()
    elif statement.startswith("INSERT INTO bichat_messages"):
        connection.info["has_change"] = True
    elif statement.startswith("UPDATE bichat_questions") and "answered" in parameters:
        connection.info["has_answer"] = True


commit = PGDialect_asyncpg.do_commit


def commit_and_count(dialect: PGDialect_asyncpg, connection: Any) -> None:
    commit(dialect, connection)
    if connection.info.pop("has_change", False):
        count()


PGDialect_asyncpg.do_commit = commit_and_count
commit_to_file = SQLiteDialect_aiosqlite.do_commit


def commit_and_die(dialect: SQLiteDialect_aiosqlite, connection: Any) -> None:
    commit_to_file(dialect, connection)
    if connection.info.pop("has_change", False):
        count()
    if connection.info.pop("has_answer", False) and "DIES_AFTER_ANSWER" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)


SQLiteDialect_aiosqlite.do_commit = commit_and_die


if __name__ == "__main__":
    main()
