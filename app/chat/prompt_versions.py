"""What a company adds to the analyst's instructions, version by version; nothing that was said once is lost."""

import datetime as dt
import difflib
from typing import Any, Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.chat.models import PromptVersion
from app.database import Database
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import people
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

MOST_CHARS = 8000
SHOWN = 100
STALE = N_("Somebody has saved another version meanwhile. Compare, then save again.")


class Version(msgspec.Struct, frozen=True):
    """One version; `restored_from` is the number of the one whose text was taken again."""

    number: int
    text: str
    at: dt.datetime
    who: str
    restored_from: int | None


class DiffLine(msgspec.Struct, frozen=True):
    """A line of a comparison; a `gap` stands for equal lines that are left out."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str


async def listed(database: Database, actor: Actor, *, before: int | None = None, limit: int = SHOWN) -> list[Version]:
    """Return the newest versions of the actor's company, the one that speaks first, or the newest `before` a number."""
    query = (
        select(PromptVersion, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == PromptVersion.author_id)
        .where(PromptVersion.tenant_id == actor.tenant_id)
        .order_by(PromptVersion.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(PromptVersion.number < before)
    async with database.reading() as db:
        rows = (await db.execute(query)).all()
    return [_version(*row) for row in rows]


async def save(database: Database, actor: Actor, text: str, *, based_on: int) -> int:
    """Make a version of `text`, which was written over the one numbered `based_on` (0: none), and return its number.

    Raises `Invalid` when it is too long and `Conflict` when another one was saved meanwhile. The same text makes no version.
    """
    text = _checked(text)
    async with database.writing() as db:
        newest = await _newest(db, actor)
        number = newest.number if newest else 0
        if text == (newest.text if newest else ""):
            return number
        if number != based_on:
            raise Conflict(STALE)
        return _add(db, actor, number + 1, text)


async def restore(database: Database, actor: Actor, number: int) -> int:
    """Make a new version of an earlier one's text and return its number; raises `NotFound`."""
    async with database.writing() as db:
        newest = await _newest(db, actor)
        query = select(PromptVersion.text).where(PromptVersion.tenant_id == actor.tenant_id, PromptVersion.number == number)
        text = await db.scalar(query)
        if newest is None or text is None:
            raise NotFound(N_("There is no such version."))
        if text == newest.text:
            return newest.number
        return _add(db, actor, newest.number + 1, text, restored_from=number)


def compared(before: str, after: str) -> list[DiffLine]:
    """Return what became of `before`, line by line, with three equal lines around each change."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[2:]
    kinds: dict[str, Any] = {"+": "added", "-": "removed", " ": "same", "@": "gap"}
    told = [DiffLine(kinds[line[0]], "" if line[0] == "@" else line[1:]) for line in lines]
    return told[1:] if told and lines[0].startswith(("@@ -1 ", "@@ -1,", "@@ -0,")) else told


async def _newest(db: AsyncSession, actor: Actor) -> PromptVersion | None:
    """Return the version that speaks, and have others wait who save one."""
    await people.hold(db, actor.tenant_id)
    of_company = PromptVersion.tenant_id == actor.tenant_id
    highest = select(func.max(PromptVersion.number)).where(of_company).scalar_subquery()
    found: PromptVersion | None = await db.scalar(select(PromptVersion).where(of_company, PromptVersion.number == highest))
    return found


def _add(db: AsyncSession, actor: Actor, number: int, text: str, *, restored_from: int | None = None) -> int:
    version = {"number": number, "text": text, "author_id": actor.user_id, "restored_from": restored_from}
    db.add(PromptVersion(tenant_id=actor.tenant_id, **version))
    record(db, actor, "prompt.changed", None, version=number, restored_from=restored_from, characters=len(text))
    return number


def _checked(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(plain) > MOST_CHARS:
        message = N_("The instructions have at most %(limit)s characters; these have %(length)s.")
        raise Invalid(message, details={"text": "too long"}, limit=MOST_CHARS, length=len(plain))
    return plain


def _version(row: PromptVersion, first_name: str | None, last_name: str | None, email: str | None) -> Version:
    who = full_name(first_name, last_name, email)
    return Version(row.number, row.text, row.created_at, who, row.restored_from)
