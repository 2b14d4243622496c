"""Who calls one of the doors for programs, and what every function behind them needs."""

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from app.chat.desk import Desk, desk_of
from app.database import now
from app.identity.actor import Actor
from app.identity.guards import Connection, check, client_address
from app.identity.permissions import Permission
from app.identity.watch import Place
from app.web import pages
from app.web.locale import Translator, translator


@dataclass(frozen=True, slots=True)
class Caller:
    """A program, or one of our own pages, that acts for `actor`; `check` raises `Forbidden` without a permission."""

    desk: Desk
    actor: Actor
    texts: Translator
    check: Callable[[Permission], None]
    asked_at: dt.datetime
    address: str = ""
    login_key: str | None = None

    def watching(self, end: Callable[[], object], place: Place | None = None) -> contextlib.AbstractContextManager[None]:
        """Call `end` if, during the block, the caller loses access or their sign-in, or is let out of `place`."""
        actor = self.actor
        return self.desk.watch.watching(actor.user_id, end, place=place, login_key=self.login_key, token_id=actor.token_id)


def caller_of(connection: Connection) -> Caller:
    """Return who makes a request that the guards let through."""
    return Caller(
        desk_of(connection),
        connection.user,
        translator(pages.locale(connection)),
        lambda permission: check(connection, permission),
        now(),
        client_address(connection),
        connection.auth.login_key,
    )
