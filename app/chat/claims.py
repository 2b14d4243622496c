"""The figures of a final answer, checked against the results that the model had seen, and what readers are told of it.

Whoever may not see all of these results learns nothing of the check: a mark would tell what a hidden result does not hold.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from app.agent.claims.checking import check
from app.agent.claims.evidence import MOST_CELLS, Evidence, Table
from app.agent.claims.seen import Seen, seen
from app.agent.model import ModelMessage
from app.data.reach import Reach, holds
from app.data.results import asked_from, columns_from, rows_from
from app.database import Database
from app.files.models import Artifact
from app.knowledge.language import language

LARGE = 2_000
"""Results with more cells, and answers with more characters, are worked through beside the event loop."""
LONGEST = 400_000
"""Longer answers are not checked: no model of today writes one."""
OPENING = 600
"""So many characters of an answer tell its language."""
DETAIL = "claims"


class Claim(msgspec.Struct, frozen=True):
    """A figure that nothing holds, and between which characters of the answer it stands."""

    text: str
    start: int
    end: int


class Checked(msgspec.Struct, frozen=True):
    """An answer's check: what was not found, of how many `figures`.

    `has_data` is false where there was no result at all. `reads` are the tables of the results, None where those of any
    are not known.
    """

    unmatched: tuple[Claim, ...] = ()
    figures: int = 0
    has_data: bool = True
    reads: tuple[str, ...] | None = ()

    @property
    def places(self) -> list[tuple[int, int]]:
        """Return where in the answer the figures stand."""
        return [(claim.start, claim.end) for claim in self.unmatched]

    def is_for(self, reach: Reach) -> bool:
        """Tell whether a reader of the tables in `reach` may learn of it."""
        return reach is None or (self.reads is not None and holds(reach, self.reads))


async def check_answer(database: Database, run: Row[Any], answer: str, messages: Sequence[ModelMessage]) -> Checked | None:
    """Return what a check of an answer finds against `messages`, which the model saw; None where there is too much to check."""
    if len(answer) > LONGEST:
        return None
    known = seen(messages)
    results = await _results(database, run, known.results)
    cells = sum(int(row.details["row_count"]) * len(row.details["columns"]) for row in results)
    if cells > MOST_CELLS:
        return None
    locale = language(answer[:OPENING]) or run.locale
    if cells <= LARGE and len(answer) <= LARGE:
        return _checked(answer, known, results, locale)
    return await asyncio.to_thread(_checked, answer, known, results, locale)


async def _results(database: Database, run: Row[Any], result_ids: Sequence[uuid.UUID]) -> Sequence[Row[Any]]:
    if not result_ids:
        return ()
    statement = select(Artifact.id, Artifact.details, Artifact.content).where(
        Artifact.id.in_(result_ids), Artifact.session_id == run.session_id, Artifact.tenant_id == run.tenant_id,
        Artifact.kind == "result", Artifact.deleted_at.is_(None),
    )  # fmt: skip
    return await database.rows(statement)


def _checked(answer: str, known: Seen, results: Sequence[Row[Any]], locale: str) -> Checked:
    tables = [_table(row) for row in results]
    found = check(answer, Evidence(tables, known.texts, known.numbers, locale), locale)
    unmatched = tuple(Claim(answer[start:end], start, end) for start, end in found.unmatched)
    reads = {name for table in tables for name in (table.asked.tables if table.asked else ())}
    is_known = all(table.asked for table in tables)
    return Checked(unmatched, found.figures, found.has_data, tuple(sorted(reads)) if is_known else None)


def _table(row: Row[Any]) -> Table:
    details = row.details
    rows = rows_from(details, row.content or b"[]")
    return Table(columns_from(details), rows, asked_from(details), details.get("parameters") or {})


def checked_from(details: Mapping[str, Any] | None) -> Checked | None:
    """Return the check that was stored with an answer, None where nothing was found amiss."""
    kept = (details or {}).get(DETAIL)
    checked = msgspec.convert(kept, Checked) if kept else None
    return checked if checked and checked.unmatched else None
