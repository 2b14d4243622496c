"""What people and the analyst propose to keep: queries that were right, and lessons learned. Managers approve them."""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from app.audit.record import record
from app.data.queries import Queries
from app.database import Database
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.knowledge import editing, index
from app.knowledge.checks import PLACEHOLDER, failure_of
from app.knowledge.drafts import asking, hash_of, query_text
from app.knowledge.loading import LOCALES, Parameter, Query
from app.knowledge.models import Entry

Category = Literal["sql_error", "type_mismatch", "user_correction", "business_rule"]
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOST_RUNS = 200
"""Answers that are remembered of a query, so that none is counted twice."""


class Saved(msgspec.Struct, frozen=True):
    """What became of a proposal: `uses` is how often it was made."""

    id: uuid.UUID
    name: str
    status: str
    uses: int
    is_new: bool


class Proposal(msgspec.Struct, frozen=True):
    """A statement that answered a question, with the values that it ran with."""

    question: str
    sql: str
    params: Mapping[str, Any] = {}
    title: str = ""
    description: str = ""


async def save_query(
    database: Database, queries: Queries, actor: Actor, new: Proposal, *, run_id: uuid.UUID | None = None, approve: bool = False
) -> Saved:
    """Propose a query that answers a question, or count it where the same statement is known, however it is written.

    `approve` makes it valid at once. Raises `Invalid` where the statement does not run for the actor.
    """
    from app.knowledge.statements import key_of  # noqa: PLC0415 - brings the SQL parser, at the first statement

    query = await checked_query(queries, actor, new)
    sql = query.sql
    key = key_of(sql, queries.dialect)
    async with database.writing() as db:
        state = await index.locked(db, actor.tenant_id)
        known = select(Entry).where(Entry.tenant_id == actor.tenant_id, Entry.kind == "query", Entry.sql_key == key)
        entry = await db.scalar(known.order_by(Entry.status, Entry.id).limit(1))
        is_new = entry is None
        if entry is None:
            name = await editing.free_name(db, actor.tenant_id, "query", query.titles["en"])
            details = msgspec.to_builtins(msgspec.structs.replace(query, name=name))
            entry = Entry(
                tenant_id=actor.tenant_id, kind="query", name=name, title=query.titles["en"], text=query_text(query), sql=sql,
                sql_key=key, details=details, status="approved" if approve else "proposed", written_by=actor.user_id, uses=0,
            )  # fmt: skip
            await editing.keep(db, state, entry, actor, "proposed" if not approve else "approved")
            record(db, actor, "knowledge.proposed", entry.id, kind="query", name=name, status=entry.status)
        elif approve and entry.status != "approved":
            entry.status = "approved"
            await editing.keep(db, state, entry, actor, "approved")
            record(db, actor, "knowledge.approved", entry.id, kind="query", name=entry.name, version=entry.version)
        _count(entry, run_id)
        return Saved(entry.id, entry.name, entry.status, entry.uses, is_new)


async def save_learning(
    database: Database, actor: Actor, *, category: Category, title: str, text: str, tables: Sequence[str] = ()
) -> Saved:
    """Propose a lesson, or count it where it is known."""
    title, text = checked_learning(title, text)
    key = hash_of(category, " ".join(text.lower().split()))
    async with database.writing() as db:
        state = await index.locked(db, actor.tenant_id)
        known = select(Entry).where(Entry.tenant_id == actor.tenant_id, Entry.kind == "learning", Entry.sql_key == key)
        entry = await db.scalar(known.order_by(Entry.status, Entry.id).limit(1))
        is_new = entry is None
        if entry is None:
            name = await editing.free_name(db, actor.tenant_id, "learning", title)
            entry = Entry(
                tenant_id=actor.tenant_id, kind="learning", name=name, title=title, text=text, sql="", sql_key=key, uses=0,
                details={"category": category, "tables": list(tables)}, status="proposed", written_by=actor.user_id,
            )  # fmt: skip
            await editing.keep(db, state, entry, actor, "proposed")
            record(db, actor, "knowledge.proposed", entry.id, kind="learning", name=name, status="proposed")
        _count(entry, None)
        return Saved(entry.id, entry.name, entry.status, entry.uses, is_new)


async def checked_query(queries: Queries, actor: Actor, new: Proposal) -> Query:
    """Return a proposed query as it would be kept; raises `Invalid` where its statement does not run for the actor."""
    query = _query(new)
    if failure := await failure_of(queries, actor, query.sql, msgspec.to_builtins(query)):
        raise Invalid(N_("The query does not run: %(reason)s"), details={"sql": "wrong"}, reason=failure.message)
    return query


def checked_learning(title: str, text: str) -> tuple[str, str]:
    """Return the title and the text of a lesson as they would be kept; raises `Invalid` where one is missing."""
    title, text = " ".join(editing.plain(title).split())[: editing.MOST_TITLE], editing.plain(text)
    if not title or not text:
        raise Invalid(N_("Fill this in."), details={"title" if not title else "text": "missing"})
    return title, text


def _count(entry: Entry, run_id: uuid.UUID | None) -> None:
    """Count a proposal, of one answer once."""
    runs = list(entry.details.get("runs", ()))
    if run_id is not None and str(run_id) in runs:
        return
    entry.uses += 1
    if run_id is not None:
        entry.details = {**entry.details, "runs": [*runs, str(run_id)][-MOST_RUNS:]}


def _query(new: Proposal) -> Query:
    question, sql = " ".join(editing.plain(new.question).split()), editing.plain(new.sql).removesuffix(";").rstrip()
    title = (" ".join(editing.plain(new.title).split()) or question)[: editing.MOST_TITLE]
    if not title:
        raise Invalid(N_("Fill this in."), details={"question": "missing"})
    said = editing.plain(new.description) or title
    asked = (asking(question or title),)
    return Query(
        name="", titles=dict.fromkeys(LOCALES, title), descriptions=dict.fromkeys(LOCALES, said),
        questions=dict.fromkeys(LOCALES, asked), parameters=tuple(_parameters(sql, new.params)), columns=(),
        answers=dict.fromkeys(LOCALES, ""), sql=sql,
    )  # fmt: skip


def _parameters(sql: str, params: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters of a statement from the values that it ran with: days from and to are a period's."""
    found: list[Parameter] = []
    names = list(dict.fromkeys(PLACEHOLDER.findall(sql)))
    for name in names:
        label = dict.fromkeys(LOCALES, name.replace("_", " ").capitalize())
        value = params.get(name)
        stem, _, end = name.rpartition("_")
        if end in {"from", "to"} and {f"{stem}_from", f"{stem}_to"} <= set(names) and DAY.fullmatch(str(value)):
            if end == "from":
                found.append(
                    Parameter(stem, "period", dict.fromkeys(LOCALES, stem.replace("_", " ").capitalize()), default="this_month")
                )
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append(Parameter(name, "integer", label, default=str(value)))
        else:
            found.append(Parameter(name, "value", label, default=None if value is None else str(value)))
    return found
