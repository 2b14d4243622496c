"""The subscription, asked for by everybody with the id of the analyst's session; streams over HTTP are among the routes."""

import contextlib

from sqlalchemy import update

from app.api.graphql.schema import schema
from app.database import now
from app.identity import tokens
from app.identity.models import ApiToken
from tests.api.calls import Program
from tests.api.test_graphql import STREAM, bearer, connected
from tests.api.test_who_may_call import ASKERS
from tests.chat.conftest import Chat
from tests.scripted_model import ScriptedModel, final_answer

TABLE: dict[str, int | str] = {
    "anonymous": 4401, "no role": 4403, "viewer": "not_found", "auditor": "next", "admin": "next", "other tenant": "not_found",
    "revoked token": 4401, "owner": "next",
}  # fmt: skip
"""The code that the connection is closed with, or that of the error, or the first message of what is followed."""


async def headers_of(chat: Chat, asker: str) -> dict[str, str]:
    if asker == "revoked token":
        token = await tokens.create_for(chat.database, "analyst@one.test", "old")
        async with chat.database.writing() as db:
            await db.execute(update(ApiToken).where(ApiToken.name == "old").values(revoked_at=now()))
        return {"authorization": f"Bearer {token}"}
    if not ASKERS[asker]:
        return {}
    async with chat.program(ASKERS[asker]) as client:
        return bearer(client)


async def test_who_may_follow_a_session(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    model.add([final_answer("Ours.")])
    found: dict[str, int | str | None] = {}
    async with contextlib.AsyncExitStack() as stack:
        following = {}
        for asker, expected in TABLE.items():
            socket = await stack.enter_async_context(connected(chat, await headers_of(chat, asker)))
            if isinstance(expected, int):
                found[asker] = await socket.closed()
                continue
            await socket.begin()
            await socket.subscribe(STREAM, id=session)
            following[asker] = socket
        await chat.stream(program.client, content="Well?", sessionId=session)
        for asker, socket in following.items():
            told = await socket.next()
            found[asker] = told["payload"][0]["extensions"]["code"] if told["type"] == "error" else told["type"]
    assert found == TABLE


def test_everybody_is_in_the_table_and_nothing_else_can_be_followed() -> None:
    assert set(TABLE) == set(ASKERS)
    assert set(schema._schema.type_map["Subscription"].fields) == {"messageStream"}
