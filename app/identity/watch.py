"""Ends open streams and runs of people who may not have them any more.

Deactivation, another role, a revoked token or a sign-out may come from another process, so the tables are asked: one
statement every two seconds while anything is open, none otherwise.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, and_, bindparam, select

from app.database import FAILURES, Database, now
from app.identity.models import ApiToken, LoginSession, Role, Tenant, User
from app.identity.permissions import DEFAULT, Permission, granted
from app.identity.sign_in import NOW, token_is_live

log = structlog.get_logger()

INTERVAL = 2.0
STANDING = (
    select(User.id.label("user_id"), Role.permissions, LoginSession.key_hash, ApiToken.id.label("token_id"))
    .join(Tenant, Tenant.id == User.tenant_id)
    .outerjoin(Role, Role.id == User.role_id)
    .outerjoin(
        LoginSession,
        and_(
            LoginSession.user_id == User.id, LoginSession.key_hash.in_(bindparam("keys", expanding=True)),
            LoginSession.expires_at > NOW,
        ),
    )
    .outerjoin(
        ApiToken, and_(ApiToken.user_id == User.id, ApiToken.id.in_(bindparam("tokens", expanding=True)), token_is_live())
    )
    .where(User.is_active, Tenant.is_active, User.id.in_(bindparam("people", expanding=True)))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is let into by other people: they look on, or act in it where `writes`."""

    id: uuid.UUID
    writes: bool = False


Visit = tuple[uuid.UUID, Place]
"""A person's id, and where they are."""
StillIn = Callable[[Database, Collection[Visit], Mapping[uuid.UUID, frozenset[Permission]]], Awaitable[Collection[Visit]]]
"""Returns those of some visits that are still allowed to people with these permissions."""


@dataclass(frozen=True, eq=False, slots=True)
class Watched:
    """Something open: `end` is called once when the person may not have it any more."""

    user_id: uuid.UUID
    permission: Permission
    login_key: str | None
    token_id: uuid.UUID | None
    place: Place | None
    end: Callable[[], object]


async def _anywhere(_: Database, visits: Collection[Visit], __: Mapping[uuid.UUID, frozenset[Permission]]) -> Collection[Visit]:
    return visits


class ActorWatch:
    """What is open in this process, and the sweep over it; `names` is what the permissions are called in this installation."""

    def __init__(
        self, database: Database, interval: float = INTERVAL, *, names: Mapping[Permission, str] = DEFAULT,
        still_in: StillIn = _anywhere,
    ) -> None:  # fmt: skip
        self._database = database
        self.names = names
        self._still_in = still_in
        self._interval = interval
        self._open: set[Watched] = set()

    @contextlib.contextmanager
    def watching(
        self,
        user_id: uuid.UUID,
        end: Callable[[], object],
        *,
        permission: Permission = Permission.ACCESS,
        login_key: str | None = None,
        token_id: uuid.UUID | None = None,
        place: Place | None = None,
    ) -> Generator[None]:
        """Call `end` if, during the block, the person is deactivated, loses `permission` or is let out of `place`.

        `login_key` (a hash) and `token_id` also end it with that sign-in or token. A run is watched without a
        `login_key`: it goes on when its asker merely signs out.
        """
        watched = Watched(user_id, permission, login_key, token_id, place, end)
        self._open.add(watched)
        try:
            yield
        finally:
            self._open.discard(watched)

    async def run(self) -> None:
        """Sweep until cancelled; a database that does not answer ends nothing."""
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.sweep()
            except FAILURES:
                log.warning("open streams could not be checked", exc_info=True)

    async def sweep(self) -> None:
        """End what nobody may have any more."""
        checked = list(self._open)
        if not checked:
            return
        rows = await self._standing(checked)
        permissions = {row.user_id: granted(row.permissions or (), self.names) for row in rows}
        live = {row.key_hash for row in rows} | {row.token_id for row in rows} | {None}
        visits = {(watched.user_id, watched.place) for watched in checked if watched.place}
        still_in = await self._still_in(self._database, visits, permissions) if visits else ()
        for watched in checked:
            is_in = watched.place is None or (watched.user_id, watched.place) in still_in
            is_allowed = is_in and watched.permission in permissions.get(watched.user_id, frozenset())
            if is_allowed and watched.login_key in live and watched.token_id in live:
                continue
            if watched in self._open:
                self._open.discard(watched)
                log.info("access ended", user_id=str(watched.user_id), permission=watched.permission)
                watched.end()

    async def _standing(self, checked: list[Watched]) -> Sequence[Row[Any]]:
        keys = {watched.login_key for watched in checked if watched.login_key}
        tokens = {watched.token_id for watched in checked if watched.token_id}
        people = {watched.user_id for watched in checked}
        known = {"keys": list(keys), "tokens": list(tokens), "people": list(people), "now": now()}
        return await self._database.rows(STANDING, known)
