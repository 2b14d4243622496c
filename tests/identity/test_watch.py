import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from app.database import Database, now
from app.identity import login_sessions, sign_in, tokens, users
from app.identity.models import ApiToken, LoginSession, Tenant, User
from app.identity.permissions import Permission
from app.identity.sign_in import SignIn
from app.identity.watch import ActorWatch
from tests.site import Site

EMAIL = "auditor@one.test"


@pytest.fixture
async def signed_in(people: Database) -> SignIn:
    async with people.writing() as db:
        user_id = (await db.scalars(select(User.id).where(User.email == EMAIL))).one()
        key = await login_sessions.start(db, user_id, replacing=None)
    found = await sign_in.by_login_key(people, key)
    assert found is not None
    return found


@contextlib.asynccontextmanager
async def open_things(people: Database, signed_in: SignIn) -> AsyncIterator[tuple[ActorWatch, list[str]]]:
    """A page's stream, a colleague's stream that needs ReadAll, a program's run and a run."""
    watch, ended, user_id = ActorWatch(people), list[str](), signed_in.actor.user_id
    token = await tokens.create_for(people, EMAIL, "program")
    program = await sign_in.by_token(people, token)
    assert program is not None
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        enter(watch.watching(user_id, lambda: ended.append("page"), login_key=signed_in.login_key))
        enter(
            watch.watching(
                user_id, lambda: ended.append("colleague"), login_key=signed_in.login_key, permission=Permission.READ_ALL
            )
        )
        enter(watch.watching(user_id, lambda: ended.append("program"), token_id=program.actor.token_id))
        enter(watch.watching(user_id, lambda: ended.append("run")))
        yield watch, ended


async def test_nothing_ends_while_nothing_changes(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        await watch.sweep()
        assert ended == []


async def test_deactivation_ends_everything_once(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        await users.deactivate(people, EMAIL)
        await watch.sweep()
        await watch.sweep()
        assert sorted(ended) == ["colleague", "page", "program", "run"]


async def test_a_closed_tenant_ends_everything(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        async with people.writing() as db:
            await db.execute(update(Tenant).values(is_active=False))
        await watch.sweep()
        assert len(ended) == 4


async def test_a_lesser_role_ends_what_needed_the_permission(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        await users.set_role(people, EMAIL, "Viewer")
        await watch.sweep()
        assert ended == ["colleague"]
        await users.set_role(people, EMAIL, None)
        await watch.sweep()
        assert sorted(ended) == ["colleague", "page", "program", "run"]


async def test_signing_out_ends_pages_and_leaves_runs(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        async with people.writing() as db:
            await login_sessions.end_all(db, signed_in.actor.user_id)
        await watch.sweep()
        assert sorted(ended) == ["colleague", "page"]


async def test_an_expired_session_ends_its_pages(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        async with people.writing() as db:
            await db.execute(update(LoginSession).values(expires_at=now()))
        await watch.sweep()
        assert sorted(ended) == ["colleague", "page"]


async def test_a_revoked_token_ends_what_it_opened(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        async with people.writing() as db:
            await db.execute(update(ApiToken).values(revoked_at=now()))
        await watch.sweep()
        assert ended == ["program"]


async def test_what_was_closed_in_time_is_left_alone(people: Database, signed_in: SignIn) -> None:
    async with open_things(people, signed_in) as (watch, ended):
        pass
    await users.deactivate(people, EMAIL)
    await watch.sweep()
    assert ended == []


async def test_the_sweep_runs_by_itself(people: Database, signed_in: SignIn) -> None:
    watch, ended = ActorWatch(people, interval=0.01), asyncio.Event()
    sweeping = asyncio.create_task(watch.run())
    with watch.watching(signed_in.actor.user_id, ended.set):
        await users.deactivate(people, EMAIL)
        await asyncio.wait_for(ended.wait(), 5)
    sweeping.cancel()


async def test_signing_out_ends_streams_at_once(site: Site) -> None:
    async with site.browser() as browser:
        await browser.sign_in(EMAIL)
        found = await sign_in.by_login_key(site.database, browser.cookies[login_sessions.COOKIE])
        assert found is not None
        ended = asyncio.Event()
        with site.watch.watching(found.actor.user_id, ended.set, login_key=found.login_key):
            await browser.post("/logout")
            assert ended.is_set()
