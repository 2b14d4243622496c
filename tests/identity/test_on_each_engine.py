import contextlib

import pytest
from sqlalchemy import select

from app.database import Database
from app.identity import login_sessions, sign_in, tenants, tokens, users
from app.identity.models import User
from app.identity.users import NewUser
from app.identity.watch import ActorWatch


@pytest.fixture
async def ann(any_database: Database) -> str:
    tenant = await tenants.add(any_database, "One")
    await users.add(any_database, tenant.id, NewUser("ann@one.test", "pass word", "Analyst"))
    return "ann@one.test"


async def test_cookies_tokens_and_ids_lead_to_the_same_person(any_database: Database, ann: str) -> None:
    async with any_database.writing() as db:
        user_id = (await db.scalars(select(User.id))).one()
        key = await login_sessions.start(db, user_id, replacing=None)
    by_key = await sign_in.by_login_key(any_database, key)
    by_token = await sign_in.by_token(any_database, await tokens.create_for(any_database, ann, "test", days=1))
    assert by_key is not None
    assert by_token is not None
    assert {by_key.actor.email, by_token.actor.email} == {ann}
    assert by_key.actor == await sign_in.by_user_id(any_database, user_id)
    assert await sign_in.by_login_key(any_database, "another key") is None


async def test_the_watch_sees_what_another_connection_commits(any_database: Database, ann: str) -> None:
    async with any_database.reading() as db:
        user_id = (await db.scalars(select(User.id))).one()
    watch, ended = ActorWatch(any_database), list[str]()
    with contextlib.ExitStack() as stack:
        stack.enter_context(watch.watching(user_id, lambda: ended.append("run")))
        await watch.sweep()
        assert ended == []
        await users.deactivate(any_database, ann)
        await watch.sweep()
    assert ended == ["run"]
    assert await sign_in.by_user_id(any_database, user_id) is None
