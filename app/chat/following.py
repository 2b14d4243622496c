"""What an open page shows of its conversation, and what has come since."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, bindparam, select

from app.chat.models import UNFINISHED, Message, Run
from app.chat.turns import PAGE, SUMMARY
from app.database import Database
from app.errors import N_, NotFound

LATEST = (
    select(Message.id, Run.id.label("run_id"), Run.attempt, Run.status, SUMMARY)
    .outerjoin(Run, Run.user_message_id == Message.id)
    .where(
        Message.session_id == bindparam("session_id"), Message.role == "user", Message.deleted_at.is_(None),
        Message.set_aside.is_(False), Message.summary_id.is_(None),
    )
    .order_by(Message.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """How far a page shows a conversation: its last turn, which attempt answers it, the summary it begins with, the title."""

    last: uuid.UUID | None
    attempt: int
    summary: uuid.UUID | None
    title_key: str

    @property
    def text(self) -> str:
        """Return it as it stands in an address."""
        return f"{self.last.hex if self.last else ''}.{self.attempt}.{self.summary.hex if self.summary else ''}.{self.title_key}"


def place_of(text: str) -> Place | None:
    """Read a place from an address, None where there is none; raises `NotFound` for what is none."""
    if not text:
        return None
    try:
        last, attempt, summary, title_key = text.split(".")
        return Place(uuid.UUID(last) if last else None, int(attempt), uuid.UUID(summary) if summary else None, title_key)
    except ValueError as error:
        raise NotFound(N_("There is no such place in the list.")) from error


class Path(msgspec.Struct, frozen=True):
    """The latest turns that a conversation shows, oldest first, as pairs of the question and its run."""

    turns: Sequence[tuple[uuid.UUID, uuid.UUID | None]]
    is_live: bool
    place: Place


async def path_of(database: Database, session_id: uuid.UUID, title: str) -> Path:
    """Return what is shown now of a session that the caller has found."""
    return path((await database.rows(LATEST, {"session_id": session_id, "limit": PAGE}))[::-1], title)


def path(rows: Sequence[Row[Any]], title: str) -> Path:
    """Return what a page of the latest turns shows, from the rows of `turns.page`."""
    key = hashlib.sha256(title.encode()).hexdigest()[:8]
    if not rows:
        return Path((), is_live=False, place=Place(None, 0, None, key))
    last = rows[-1]
    place = Place(last.id, last.attempt or 0, last.summary_id, key)
    return Path([(row.id, row.run_id) for row in rows], is_live=last.status in UNFINISHED, place=place)


class Change(msgspec.Struct, frozen=True):
    """What a page does about its turns: append `runs`, draw the last one anew (`again`), or draw all of them anew."""

    kind: Literal["none", "append", "again", "all"]
    runs: Sequence[uuid.UUID] = ()


def change(seen: Place, path: Path) -> Change:
    """Return what leads from what a page shows to what is shown now."""
    ids = [turn for turn, _ in path.turns]
    known = seen.last in ids
    if seen.summary != path.place.summary or (seen.last and not known) or (not seen.last and len(ids) == PAGE):
        return Change("all")
    following = path.turns[ids.index(seen.last) + 1 if seen.last and known else 0 :]
    if following:
        return Change("append", [run_id for _, run_id in following if run_id])
    is_again = seen.attempt != path.place.attempt and path.is_live
    return Change("again", [path.turns[-1][1]]) if is_again and path.turns[-1][1] else Change("none")
