"""What the list's stream tells a page of the conversation beside the list: what was asked elsewhere, its title, its standing."""

import uuid
from typing import Any

from app.chat import following, sessions
from app.chat import pages as run_pages
from app.chat.desk import desk_of
from app.chat.following import Place
from app.chat.routes import choosing, debugging
from app.chat.routes.shown import latest_turns, reader_of
from app.chat.sessions import Shown
from app.errors import NotFound
from app.identity.guards import SignedRequest
from app.web import pages


class Beside:
    """The conversation beside an open list, as its page was told last; `shown` is what the page was made with, if it follows."""

    def __init__(self, request: SignedRequest, session_id: uuid.UUID, shown: Place | None) -> None:
        self._request = request
        self._session_id = session_id
        self._shown = shown
        self._told = ""

    async def changed(self) -> str:
        """Return what the page has not been told yet, or nothing."""
        try:
            session = await sessions.shown(desk_of(self._request).database, self._request.user, self._session_id)
        except NotFound:
            return self._render("standing", standing="closed") if self._is_news("closed") else ""
        standing = "writer" if session.access.can_write else "reader"
        values: dict[str, Any] = {"session": session, "access": session.access, "can_write": session.access.can_write}
        if not self._is_news(standing):
            told = ""
        elif self._shown:
            values |= await latest_turns(self._request, session) | {"choices": await choosing.offered(self._request)}
            told = self._render("standing", standing=standing, debugging=debugging.is_on(self._request), **values)
        else:
            told = self._render("standing", standing=standing, **values)
        return told + (await self._following(session, self._shown) if self._shown else "")

    def _is_news(self, standing: str) -> bool:
        """Keep that the reader may write, may only read, or may not be here any more; tell whether they do not know it."""
        before, self._told = self._told, standing
        return before != standing and bool(before or standing == "closed")

    async def _following(self, session: Shown, seen: Place) -> str:
        desk = desk_of(self._request)
        path = await following.path_of(desk.database, self._session_id, session.title)
        self._shown = path.place
        pieces = []
        if path.place.title_key != seen.title_key:
            pieces.append(self._render("title", session=session, can_write=session.access.is_own))
        change = following.change(seen, path)
        if change.kind == "all":
            values = await latest_turns(self._request, session)
            pieces.append(self._render("turns", last=path.place.last, **values))
            return "".join(pieces)
        reader = await reader_of(self._request, session.access) if change.runs else None
        for run_id in change.runs:
            assert reader is not None
            try:
                turn = await run_pages.turn_of(desk.database, reader, self._session_id, run_id)
            except NotFound:  # It was set aside in this moment, of which the next look tells.
                continue
            pieces.append(self._render("turn", turn=turn, is_again=change.kind == "again", zone=reader.actor.time_zone))
        return "".join(pieces)

    def _render(self, name: str, **values: Any) -> str:
        return pages.rendered(self._request, f"chat/events/{name}.html", **{"session_id": self._session_id, **values})
