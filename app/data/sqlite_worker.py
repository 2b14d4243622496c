"""A process that runs statements on an SQLite file for the application, which may kill it at any moment.

A statement can crash SQLite, or stay for hours inside one operation that nothing interrupts: here that costs a process
and not the application. It begins at the first need, so it imports little. It ends with its input.
"""

import contextlib
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

import msgspec

from app.data.sqlite_limits import TENANT_FUNCTION, View, bound, scrub, table_authorizer, view_authorizer
from app.data.sqlite_messages import HEADER, Failure, Opening, Question, Rows, framed

OPERATIONS_BETWEEN_LOOKS = 5_000
RESULT_BYTES = 4_000_000
"""A reply is cut at this size, however few its rows."""
NAMES_BYTES = 100_000
PLAN_ROWS = 200
LONGEST_MESSAGE = 1000
MEMORY_BYTES = 512_000_000
TEMPORARY_BYTES = 1_000_000_000
"""The longest file that sorting may write."""
NICENESS = 5
"""Statements give way to the application, which serves everyone else."""


class Opened:
    """A connection behind its walls, and whose rows it shows."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._tenant = ""
        uri = f"file:{quote(opening.path)}?mode=ro"
        self.connection = sqlite3.connect(uri, uri=True, isolation_level=None, cached_statements=0)
        self.connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self.connection.create_function(TENANT_FUNCTION, 0, lambda: self._tenant, deterministic=True)
        bound(self.connection)
        if opening.isolation == "views":
            views = [View(public, inner) for public, inner in opening.views]
            authorizer = view_authorizer(views, opening.existing, opening.functions)
        else:
            authorizer = table_authorizer(opening.relations, opening.existing, opening.functions)
        self.connection.set_authorizer(authorizer)

    def answers(self, question: Question) -> Iterator[Rows]:
        """Run one statement as its tenant; raises what SQLite raises, `OperationalError` "interrupted" when it is late.

        Time in which nobody takes the next batch does not count.
        """
        self._tenant = question.tenant
        deadline = time.monotonic() + question.timeout
        application = os.getppid()
        self.connection.set_progress_handler(
            lambda: time.monotonic() > deadline or os.getppid() != application, OPERATIONS_BETWEEN_LOOKS
        )
        try:
            for rows in self._batches(question):
                handed_over = time.monotonic()
                yield rows
                deadline += time.monotonic() - handed_over
        finally:
            self.connection.set_progress_handler(None, 0)
            self._tenant = ""

    def _batches(self, question: Question) -> Iterator[Rows]:
        if question.explain:
            yield self._plan(question)
        elif question.batch_rows is None:
            yield self._fetch(question)
        else:
            yield from self._stream(question, question.batch_rows)

    def _stream(self, question: Question, batch_rows: int) -> Iterator[Rows]:
        """Give all rows up to the cap; a batch ends early when it grows as large as a reply may be."""
        with contextlib.closing(self.connection.execute(question.sql, dict(question.parameters))) as cursor:
            names = _names(cursor)
            batch: list[list[Any]] = []
            size = 0
            for count, row in enumerate(cursor):
                if count == question.max_rows:
                    yield Rows(names, batch, truncated=True)
                    return
                if len(batch) == batch_rows or size > RESULT_BYTES / 2:
                    yield Rows(names, batch, truncated=False, more=True)
                    batch, size = [], 0
                batch.append(list(row))
                size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
            yield Rows(names, batch, truncated=False)

    def _fetch(self, question: Question) -> Rows:
        with contextlib.closing(self.connection.execute(question.sql, dict(question.parameters))) as cursor:
            names = _names(cursor)
            rows: list[list[Any]] = []
            size = 0
            for row in cursor:
                size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
                if len(rows) == question.max_rows or size > RESULT_BYTES:
                    return Rows(names, rows, truncated=True)
                rows.append(list(row))
            return Rows(names, rows, truncated=False)

    def _plan(self, question: Question) -> Rows:
        with contextlib.closing(
            self.connection.execute(f"EXPLAIN QUERY PLAN {question.sql}", dict(question.parameters))
        ) as cursor:
            depth = {0: -1}
            rows: list[list[Any]] = []
            for node, parent, _unused, text in cursor.fetchmany(PLAN_ROWS):
                depth[node] = depth.get(parent, -1) + 1
                rows.append([f"{'  ' * depth[node]}{scrub(text, self.opening.secrets)}"])
        return Rows(("plan",), rows, truncated=False)


class Worker:
    """Answers questions one after the other on the file that was last opened."""

    def __init__(self) -> None:
        self._opening: Opening | None = None
        self._opened: Opened | None = None

    def answers(self, question: Question) -> Iterator[Rows | Failure]:
        """Yield what the statement gave, or why it gave nothing."""
        if question.opening is not None:
            self._close()
            self._opening = question.opening
        started = time.monotonic()
        limit_processor_time(question.timeout)
        try:
            yield from self._ready().answers(question)
        except MemoryError:
            self._close()
            yield Failure("out of memory")
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            secrets = self._opening.secrets if self._opening else {}
            is_late = time.monotonic() - started >= question.timeout
            yield Failure(scrub(str(error), secrets)[:LONGEST_MESSAGE], getattr(error, "sqlite_errorname", ""), is_late)

    def _ready(self) -> Opened:
        if self._opening is None:
            raise sqlite3.OperationalError("unable to open: no file was named")
        if self._opened is None:
            self._opened = Opened(self._opening)
        return self._opened

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.connection.close()
            self._opened = None


def _names(cursor: sqlite3.Cursor) -> tuple[str, ...]:
    """Return the columns' names, which come with every reply."""
    names = tuple(part[0] for part in cursor.description or ())
    if sum(map(len, names)) > NAMES_BYTES:
        raise sqlite3.OperationalError("too many columns")
    return names


def limit_processor_time(seconds: float) -> None:
    """Have the kernel end this process when it works for much longer than a statement may, whether or not anybody waits."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + seconds) + 2, resource.RLIM_INFINITY))


def bound_process() -> None:
    """Put limits on the process itself, and leave its end to the application."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (TEMPORARY_BYTES, TEMPORARY_BYTES))
    os.nice(NICENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def serve(questions: IO[bytes], replies: IO[bytes]) -> None:
    """Say that it is there and answer until there is no more input."""
    replies.write(HEADER.pack(0))
    replies.flush()
    worker = Worker()
    decoder = msgspec.msgpack.Decoder(Question)
    while len(header := questions.read(HEADER.size)) == HEADER.size:
        body = questions.read(HEADER.unpack(header)[0])
        for answer in worker.answers(decoder.decode(body)):
            replies.write(framed(answer))
            replies.flush()


if __name__ == "__main__":
    bound_process()
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)
