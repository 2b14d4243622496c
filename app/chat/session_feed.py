"""Tells the open lists of a person's conversations that something in them has changed.

What has changed is read from the tables by each list, so a change that is told twice, or by another process and only
found at the next look, does no harm.
"""

import asyncio
import contextlib
import hashlib
import uuid
from collections.abc import AsyncGenerator, Generator, Sequence

import msgspec

from app.chat import session_list
from app.chat.view import SessionItem
from app.database import Database
from app.identity.actor import Actor

COALESCED_SECONDS = 0.1
LOOK_SECONDS = 15.0


class OpenList:
    """One open list: `changed` has it look again, `session_ids` are those that it shows."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.session_ids: frozenset[uuid.UUID] = frozenset()


class SessionFeed:
    """The open lists of this process, by whose they are."""

    def __init__(self) -> None:
        self._lists: dict[uuid.UUID, set[OpenList]] = {}
        self._is_released = False

    def touch(self, user_id: uuid.UUID) -> None:
        """Have the lists of a person look again."""
        for each in self._lists.get(user_id, ()):
            each.changed.set()

    def tell(self, user_id: uuid.UUID, session_id: uuid.UUID) -> None:
        """Have the lists of a person look again, and all others that show a session."""
        self.touch(user_id)
        for lists in self._lists.values():
            for each in lists:
                if session_id in each.session_ids:
                    each.changed.set()

    def release(self) -> None:
        """Let all lists go: the process ends."""
        self._is_released = True
        for user_id in self._lists:
            self.touch(user_id)

    @contextlib.contextmanager
    def listening(self, user_id: uuid.UUID) -> Generator[OpenList]:
        """Give a list whose event is set when it may have changed."""
        opened = OpenList()
        self._lists.setdefault(user_id, set()).add(opened)
        try:
            yield opened
        finally:
            self._lists[user_id].discard(opened)
            if not self._lists[user_id]:
                del self._lists[user_id]

    @property
    def is_released(self) -> bool:
        """Tell whether the process ends."""
        return self._is_released


class Change(msgspec.Struct, frozen=True):
    """What has changed in a list: everything, or what goes on in some conversations, or nothing."""

    is_new: bool = False
    states: Sequence[SessionItem] = ()


def key_of(items: Sequence[SessionItem]) -> str:
    """Return a short key of what the lines of a list say and in which order."""
    said = msgspec.json.encode([(*line, item.state) for line, item in zip(_lines(items), items, strict=True)])
    return hashlib.sha256(said).hexdigest()[:16]


def _lines(items: Sequence[SessionItem]) -> list[tuple[uuid.UUID, str, bool, str]]:
    return [(item.id, item.title, item.pinned, item.owner) for item in items]


class ListReader:
    """One open list, with the conversation beside it. `leave` ends it."""

    def __init__(self, database: Database, feed: SessionFeed, actor: Actor, current: uuid.UUID | None = None) -> None:
        self._database = database
        self._feed = feed
        self._actor = actor
        self._beside = frozenset({current} if current else ())
        self._has_left = False

    def leave(self) -> None:
        """End the list: the person may not read it any more."""
        self._has_left = True
        self._feed.touch(self._actor.user_id)

    async def changes(self, seen: str) -> AsyncGenerator[Change]:
        """Yield what has changed in the first page since the list whose `key_of` was `seen`; an empty change now and then."""
        shown: list[SessionItem] = []
        with self._feed.listening(self._actor.user_id) as opened:
            while not (self._has_left or self._feed.is_released):
                opened.changed.clear()
                items = await session_list.recent(self._database, self._actor)
                opened.session_ids = frozenset(item.id for item in items) | self._beside
                if key_of(items) == seen:
                    yield Change()
                elif shown and _lines(items) == _lines(shown):
                    before = {item.id: item.state for item in shown}
                    yield Change(states=[item for item in items if item.state != before[item.id]])
                else:
                    yield Change(is_new=True)
                shown, seen = items, key_of(items)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await opened.changed.wait()
                await asyncio.sleep(COALESCED_SECONDS)
