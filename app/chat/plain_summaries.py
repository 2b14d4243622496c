"""A summary that needs no language model: each question with its period, its filters and the figures that were found."""

import textwrap
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.data.reach import Reach, holds_result
from app.data.results import asked_from, columns_from, rows_from
from app.data.strip_wording import ChipKind, chips
from app.files.models import Artifact
from app.knowledge.language import language
from app.web.formats import formats_of
from app.web.locale import translator

LONGEST_QUESTION, LONGEST_TEXT = 200, 240
FIRST_ROWS, MOST_CELLS = 3, 6
TOLD = {ChipKind.PERIOD, ChipKind.FILTER}


async def written(db: AsyncSession, rows: Sequence[Row[Any]], locale: str, longest: int, reach: Reach) -> str:
    """Return a summary of committed messages as Markdown, of at most `longest` characters: the latest questions of too many.

    It is in the language of the last question, else in that of `locale`, with figures of tables within `reach` only.
    """
    questions = [row for row in rows if row.role == "user"]
    locale = language(questions[-1].content) or locale if questions else locale
    results = await _results(db, [row.run_id for row in rows if row.run_id], reach)
    earlier = [row.content for row in rows if row.role == "summary"]
    items = [_item(turn, results, locale) for turn in _turns(rows)]
    size, kept = 0, list[str]()
    for item in reversed([*earlier, *items]):
        size += len(item) + 1
        if size > longest - LONGEST_TEXT:
            kept.append(translator(locale).gettext("- What was asked still earlier is left out."))
            break
        kept.append(item)
    return "\n".join(reversed(kept))


def _turns(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    turns: list[list[Row[Any]]] = []
    for row in rows:
        if row.role == "user":
            turns.append([])
        if turns:
            turns[-1].append(row)
    return turns


async def _results(db: AsyncSession, run_ids: Sequence[uuid.UUID], reach: Reach) -> dict[uuid.UUID, list[Artifact]]:
    """Return the stored results of runs with their rows, by run, in the order they were made."""
    wanted = select(Artifact).options(undefer(Artifact.content)).where(
        Artifact.run_id.in_(set(run_ids)), Artifact.kind == "result", Artifact.deleted_at.is_(None)
    )  # fmt: skip
    found: dict[uuid.UUID, list[Artifact]] = {}
    for result in (await db.execute(wanted.order_by(Artifact.id))).scalars():
        if result.run_id and holds_result(reach, result.details):
            found.setdefault(result.run_id, []).append(result)
    return found


def _item(turn: Sequence[Row[Any]], results: dict[uuid.UUID, list[Artifact]], locale: str) -> str:
    question = textwrap.shorten(turn[0].content, LONGEST_QUESTION, placeholder="…") or turn[0].content[:LONGEST_QUESTION]
    run_id = next((row.run_id for row in turn if row.run_id), None)
    found = [_figures(result, locale) for result in results.get(run_id, ())] if run_id else []
    if not any(found):
        answer = next((row.content for row in reversed(turn) if row.role == "assistant" and row.content), "")
        found = [textwrap.shorten(answer, LONGEST_TEXT, placeholder="…")]
    return "\n".join([f"- **{question}**", *(f"  - {text}" for text in found if text)])


def _figures(result: Artifact, locale: str) -> str:
    """Return what a result was asked for and its key figures: all of a single row, the first rows of several."""
    texts, formats = translator(locale), formats_of(locale)
    columns, asked = columns_from(result.details), asked_from(result.details)
    rows = rows_from(result.details, result.content or b"[]", slice(FIRST_ROWS))
    count = result.details["row_count"]
    held = [chip.text for chip in chips(asked, locale, columns) if chip.kind in TOLD] if asked else []
    if count == 1:
        pairs = zip(columns[:MOST_CELLS], rows[0][:MOST_CELLS], strict=True)
        told = "; ".join(f"{column.label(locale)}: {formats.cell(value, column)}" for column, value in pairs)
    else:
        lines = [" — ".join(formats.cell(v, c) for c, v in zip(columns[:MOST_CELLS], row, strict=False)) for row in rows]
        told = texts.ngettext("%(count)s row", "%(count)s rows", count, count=formats.number(count)) + (": " if lines else "")
        told += "; ".join(lines) + ("…" if count > FIRST_ROWS else "")
    return ". ".join([part for part in ("; ".join(held), told) if part])
