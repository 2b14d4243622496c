"""What was begun on the business database: noted however it ends, until the audit has it."""

import asyncio
import contextlib
import time
from collections.abc import Collection, Generator, Mapping
from typing import Any

from app.data.errors import QueryError
from app.data.results import Statement


class Note:
    """A statement that was begun; whoever runs it puts in what really ran and how many rows it gave."""

    def __init__(self, sql: str, parameters: Mapping[str, Any]) -> None:
        self.sql = sql
        self.rows = 0
        self.ended: Statement | None = None
        self._parameters = dict(parameters)
        self._started = time.perf_counter()

    def end(self, outcome: str, *, row_count: int | None = None, error: str | None = None) -> None:
        """Settle how the statement ended; it may be settled better."""
        duration_ms = self.ended.duration_ms if self.ended else round((time.perf_counter() - self._started) * 1000, 3)
        self.ended = Statement(self.sql, self._parameters, outcome, row_count, duration_ms, error)


class Ledger:
    """The statements of one piece of work that are not in the audit yet. It outlives the tasks that run them."""

    def __init__(self, whole: "Ledger | None" = None) -> None:
        self._whole = whole
        self._notes: list[Note] = []

    def part(self) -> "Ledger":
        """Return a ledger for a part of the work; what it holds is in this one too."""
        return Ledger(self)

    @contextlib.contextmanager
    def noting(self, sql: str, parameters: Mapping[str, Any]) -> Generator[Note]:
        """Note a statement before it is begun, and how it ends: `ok`, the error's code, `cancelled` or `failed`."""
        note = Note(sql, parameters)
        self.add(note)
        try:
            yield note
            note.end("ok", row_count=note.rows)
        except QueryError as error:
            note.end(error.code, error=error.message)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            note.end("cancelled")
            raise
        finally:
            if note.ended is None:
                note.end("failed")

    def time_out(self) -> None:
        """Tell of what was cancelled that its time was up."""
        for note in self._notes:
            if note.ended and note.ended.outcome == "cancelled":
                note.end("timeout")

    @property
    def ended(self) -> list[Note]:
        """Return what has ended and is not in the audit."""
        return [note for note in self._notes if note.ended]

    def forget(self, notes: Collection[Note]) -> None:
        """Drop what is in the audit now."""
        self._notes = [note for note in self._notes if note not in notes]

    def add(self, note: Note) -> None:
        """Take a statement in, here and in the whole."""
        self._notes.append(note)
        if self._whole:
            self._whole.add(note)
