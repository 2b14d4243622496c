"""The figures of a final answer, and of what a question offers, checked against the results that the model had seen.

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
from app.agent.events import Asked
from app.agent.model import ModelMessage
from app.agent.tool import AskedQuestion
from app.chat import claim_marks
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
        return _is_for(reach, self.reads)


class Offered(AskedQuestion, frozen=True):
    """A question with the check of what its options say.

    `unfound` holds by an option's id where figures of its description stand that nothing holds; `reads` is as of `Checked`.
    """

    unfound: dict[str, tuple[tuple[int, int], ...]] = msgspec.field(default_factory=dict)
    reads: tuple[str, ...] | None = ()

    def plain(self, reach: Reach) -> AskedQuestion:
        """Return the question with a mark behind each such figure, unless a reader of `reach` may not learn of the check."""
        unfound = self.unfound if _is_for(reach, self.reads) else {}
        options = tuple(
            msgspec.structs.replace(option, description=claim_marks.as_text(option.description, unfound.get(option.id, ())))
            for option in self.options
        )
        return AskedQuestion(self.id, self.text, self.header, self.type, options, self.tool, self.arguments)


def _is_for(reach: Reach, reads: tuple[str, ...] | None) -> bool:
    return reach is None or (reads is not None and holds(reach, reads))


async def check_answer(database: Database, run: Row[Any], answer: str, messages: Sequence[ModelMessage]) -> Checked | None:
    """Return what a check of an answer finds against `messages`, which the model saw; None where there is too much to check."""
    found = await _read(database, run, messages) if len(answer) <= LONGEST else None
    if found is None:
        return None
    known, results, cells = found
    locale = language(answer[:OPENING]) or run.locale
    if cells <= LARGE and len(answer) <= LARGE:
        return _checked(answer, known, results, locale)
    return await asyncio.to_thread(_checked, answer, known, results, locale)


async def check_options(database: Database, run: Row[Any], asked: Asked, messages: Sequence[ModelMessage]) -> Asked:
    """Return a question with the figures in what its options say that nothing holds.

    Labels and short numbers are choices (“10 rows”) and no claims.
    """
    says = [option.description for each in asked.questions for option in each.options]
    if asked.is_approval or not any(character.isdigit() for text in says for character in text):
        return asked
    found = await _read(database, run, messages)
    if found is None:
        return asked
    known, results, _ = found
    return await asyncio.to_thread(_with_unfound, asked, known, results, run.locale)


def _with_unfound(asked: Asked, known: Seen, results: Sequence[Row[Any]], locale: str) -> Asked:
    tables = [_table(row) for row in results]
    evidence, reads = Evidence(tables, known.texts, known.numbers, locale), _reads(tables)

    def places(text: str) -> tuple[tuple[int, int], ...]:
        return tuple(check(text, evidence, language(text) or locale, telling_only=True).unmatched)

    def offered(each: AskedQuestion) -> AskedQuestion:
        found = {option.id: places(option.description) for option in each.options}
        unfound = {option_id: spans for option_id, spans in found.items() if spans}
        return Offered(**msgspec.structs.asdict(each), unfound=unfound, reads=reads) if unfound else each

    return msgspec.structs.replace(asked, questions=tuple(offered(each) for each in asked.questions))


async def _read(
    database: Database, run: Row[Any], messages: Sequence[ModelMessage]
) -> tuple[Seen, Sequence[Row[Any]], int] | None:
    """Return what the model saw, with its results and how many cells they have; None where these are too many."""
    known = seen(messages)
    results = await _results(database, run, known.results)
    cells = sum(int(row.details["row_count"]) * len(row.details["columns"]) for row in results)
    return None if cells > MOST_CELLS else (known, results, cells)


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
    return Checked(unmatched, found.figures, found.has_data, _reads(tables))


def _reads(tables: Sequence[Table]) -> tuple[str, ...] | None:
    """Return what results were read from, None where that of any is not known."""
    if not all(table.asked for table in tables):
        return None
    return tuple(sorted({name for table in tables if table.asked for name in table.asked.tables}))


def _table(row: Row[Any]) -> Table:
    details = row.details
    rows = rows_from(details, row.content or b"[]")
    return Table(columns_from(details), rows, asked_from(details), details.get("parameters") or {})


def checked_from(details: Mapping[str, Any] | None) -> Checked | None:
    """Return the check that was stored with an answer, None where nothing was found amiss."""
    kept = (details or {}).get(DETAIL)
    checked = msgspec.convert(kept, Checked) if kept else None
    return checked if checked and checked.unmatched else None
