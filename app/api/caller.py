"""Who calls one of the doors for programs, and what every function behind them needs."""

from collections.abc import Callable
from dataclasses import dataclass

from app.chat.desk import Desk, desk_of
from app.identity.actor import Actor
from app.identity.guards import Connection, check
from app.identity.permissions import Permission
from app.web import pages
from app.web.locale import translator


@dataclass(frozen=True, slots=True)
class Caller:
    """A program, or one of our own pages, that acts for `actor`; `check` raises `Forbidden` without a permission."""

    desk: Desk
    actor: Actor
    translate: Callable[[str], str]
    check: Callable[[Permission], None]


def caller_of(connection: Connection) -> Caller:
    """Return who makes a request that the guards let through."""
    translate = translator(pages.locale(connection)).gettext
    return Caller(desk_of(connection), connection.user, translate, lambda permission: check(connection, permission))
