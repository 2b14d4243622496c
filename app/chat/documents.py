"""A conversation, or one answer, as the JSON that the document's template reads."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import undefer

from app.chat import claim_marks, pages, sentences, sessions, source_marks, summaries, turns
from app.chat.document_exhibits import Exhibits
from app.chat.models import Run
from app.chat.pages import Reader
from app.chat.summaries import SummaryView
from app.chat.view import RunView
from app.data.exports.exporter import Document
from app.data.exports.markdown import closed, plain
from app.data.exports.receipt import HEADING, LEAD_BACK
from app.data.exports.rich_text import blocks
from app.database import Database, now
from app.errors import N_
from app.files.models import Artifact
from app.identity.actor import Actor
from app.web.formats import Formats, formats_of
from app.web.locale import Translator, translator

MOST_TURNS = 200
REFRESHED = N_("The text was written with figures of %(written)s; the table was refreshed at %(refreshed)s.")
OF_RUN = turns.TURNS.where(Run.id == bindparam("run_id"))
BRACKETS = str.maketrans({"(": "%28", ")": "%29"})


class Wanted(msgspec.Struct, frozen=True):
    """What goes into a document: the answer of `run_id`, or everything; `text` closes an answer that is not written yet.

    `before` leaves out the questions from that message on. `instead` is given the stored tables, charts and results, by id,
    and returns those to be shown.
    """

    session_id: uuid.UUID
    run_id: uuid.UUID | None
    link: str
    title: str = ""
    text: str = ""
    before: uuid.UUID | None = None
    instead: Callable[[dict[uuid.UUID, Artifact]], Awaitable[dict[uuid.UUID, Artifact]]] | None = None


async def document(database: Database, reader: Reader, wanted: Wanted) -> Document:
    """Return what `reader` sees of a conversation; raises `NotFound`."""
    session = await sessions.shown(database, reader.actor, wanted.session_id)
    rows = await _rows(database, wanted)
    is_cut = len(rows) > MOST_TURNS
    rows = rows[1 if is_cut else 0 :]
    async with database.reading() as db:
        views = await pages.run_views(db, reader, [row.run_id for row in rows if row.run_id])
    stored = await stored_of(database, reader, list(views.values()))
    if wanted.instead:
        stored = await wanted.instead(stored)
    title = wanted.title or (rows[0].content if wanted.run_id and rows else session.title) or ""
    told = [(row.content, views.get(row.run_id)) for row in rows]
    summary = None if wanted.run_id or is_cut else await summaries.of_session(database, wanted.session_id)
    return await asyncio.to_thread(_compose, reader, wanted, title[:200], told, stored, summary, is_cut=is_cut)


async def _rows(database: Database, wanted: Wanted) -> Sequence[Row[Any]]:
    """Return the turns that are wanted, and one more of a whole conversation that is too long."""
    if wanted.run_id:
        return await database.rows(OF_RUN, {"session_id": wanted.session_id, "run_id": wanted.run_id, "limit": 1})
    return await turns.page(database, wanted.session_id, before=wanted.before, limit=MOST_TURNS + 1)


async def stored_of(database: Database, reader: Reader, views: Sequence[RunView]) -> dict[uuid.UUID, Artifact]:
    """Return the tables and charts that are shown, and their results with the rows, by id."""
    wanted = [shown.id for view in views for shown in view.artifacts if not getattr(shown, "is_hidden", False)]
    in_reach = (Artifact.tenant_id == reader.actor.tenant_id, Artifact.deleted_at.is_(None))
    async with database.reading() as db:
        shown = (await db.execute(select(Artifact).where(Artifact.id.in_(wanted), *in_reach))).scalars().all()
        result_ids = [uuid.UUID(artifact.details["result_id"]) for artifact in shown if artifact.details.get("result_id")]
        with_rows = select(Artifact).options(undefer(Artifact.content)).where(Artifact.id.in_(result_ids), *in_reach)
        results = (await db.execute(with_rows)).scalars().all()
    return {artifact.id: artifact for artifact in (*shown, *results)}


def _compose(
    reader: Reader,
    wanted: Wanted,
    title: str,
    told: Sequence[tuple[str, RunView | None]],
    stored: dict[uuid.UUID, Artifact],
    summary: SummaryView | None,
    *,
    is_cut: bool,
) -> Document:
    actor, texts, formats = reader.actor, translator(reader.locale), formats_of(reader.locale)
    shown = [_opening(summary, texts, formats)] if summary else []
    exhibits = Exhibits(stored, actor, wanted.link)
    for question, view in told:
        answer = marked_answer(view, texts) if view else ""
        note = "\n".join(notes(view, formats, actor)) if view else ""
        text = blocks(f"{answer}\n\n{wanted.text}")
        shown.append({"question": question, "blocks": text, "note": note, "exhibits": exhibits.of(question, view)})
    moment = formats.datetime(now(), actor.time_zone)
    title = title or texts.gettext(N_("New chat"))
    who = {"name": actor.name, "company": actor.tenant_name}
    made = texts.gettext(N_("Exported by %(name)s, %(company)s, on %(moment)s"), **who, moment=moment)
    cut = cut_notice(len(told), texts, formats)
    content = {
        "cut": cut if is_cut else "", "lang": reader.locale,
        "title": title, "subtitle": made, "footer": title[:90], "turns": shown, "receipts": exhibits.receipts,
        "receipt-heading": texts.gettext(HEADING), "link": wanted.link, "link-label": texts.gettext(LEAD_BACK),
    }  # fmt: skip
    return Document(title, msgspec.json.encode(content), tuple(sorted(exhibits.reads)), exhibits.pictures)


def _opening(summary: SummaryView, texts: Translator, formats: Formats) -> dict[str, Any]:
    """Return the summary that stands for the earlier questions of a conversation, as one of its turns."""
    return {"question": summary_heading(summary, texts, formats), "blocks": blocks(summary.content), "note": "", "exhibits": []}


def summary_heading(summary: SummaryView, texts: Translator, formats: Formats) -> str:
    """Say how many questions a summary stands for."""
    return texts.ngettext(
        "Summary of %(shown)s earlier question",
        "Summary of %(shown)s earlier questions",
        summary.turns,
        shown=formats.number(summary.turns),
    )


def cut_notice(count: int, texts: Translator, formats: Formats) -> str:
    """Say that a document holds only the last `count` questions."""
    return texts.ngettext(
        "This document holds the last %(count)s question of the conversation; those before it are left out.",
        "This document holds the last %(count)s questions of the conversation; those before them are left out.",
        count,
        count=formats.number(count),
    )


def marked_answer(view: RunView, texts: Translator) -> str:
    """Return the answer with a sign behind each figure that was found in no result, and with its numbered sources."""
    checked, cited = view.checked, view.cited
    answer, put_in = source_marks.as_text(view.answer_markdown, cited.marks if cited else ())
    if checked and checked.has_data:
        answer = claim_marks.as_text(answer, source_marks.moved(checked.places, put_in))
    if cited is None:
        return answer
    named = [
        f"{number}. [{plain(source.title)}]({source.url.translate(BRACKETS)}) — {plain(source.url)}"
        for number, source in enumerate(cited.numbered, 1)
    ]
    return "\n\n".join([closed(answer), f"**{texts.gettext(N_('Sources'))}**", "\n".join(named)])


def notes(view: RunView, formats: Formats, actor: Actor) -> list[str]:
    """Return what readers have to know of an answer's figures: which were not found, and that others are newer."""
    return [note for note in (unchecked_note(view, formats, actor), refreshed_note(view, formats, actor)) if note]


def unchecked_note(view: RunView, formats: Formats, actor: Actor) -> str:
    """Say how many figures were found in no result, empty where all were."""
    checked, texts = view.checked, translator(actor.locale)
    if checked is None:
        return ""
    if not checked.has_data:
        return texts.gettext(sentences.NO_DATA)
    count = len(checked.unmatched)
    return texts.ngettext(
        "%(sign)s %(shown)s number was not found in the results.",
        "%(sign)s %(shown)s numbers were not found in the results.",
        count,
        sign=claim_marks.UNCHECKED,
        shown=formats.number(count),
    )


def refreshed_note(view: RunView, formats: Formats, actor: Actor) -> str:
    """Say that figures are newer than the text about them, empty where they are the same."""
    shown = view.refreshed
    if shown is None or shown.written_at is None or shown.executed_at is None:
        return ""
    zone = actor.time_zone
    is_one_day = formats.date(shown.written_at, zone) == formats.date(shown.executed_at, zone)
    write = formats.time if is_one_day else formats.datetime
    written, refreshed = write(shown.written_at, zone), write(shown.executed_at, zone)
    return translator(actor.locale).gettext(REFRESHED, written=written, refreshed=refreshed)
