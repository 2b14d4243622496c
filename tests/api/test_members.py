"""Members of a session over RPC, and a subscription that ends when its follower is let out."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.calls import Program
from tests.api.test_graphql import STREAM, bearer, connected
from tests.chat.conftest import Chat
from tests.scripted_model import ScriptedModel, final_answer

COLLEAGUE = "viewer@one.test"


async def test_a_member_is_let_in_gets_another_role_and_is_let_out(chat: Chat, program: Program) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    found = await program.call("session.share", id=session, email=COLLEAGUE, role="viewer")
    (member,) = found["members"]
    assert (member["email"], member["role"], "linkRole" in found) == (COLLEAGUE, "viewer", False)
    person = member["person"]["id"]
    found = await program.call("session.share", id=session, userId=person, role="editor")
    assert [each["role"] for each in found["members"]] == ["editor"]
    assert (await program.call("session.unshare", id=session, userId=person))["members"] == []
    await program.call("session.share", id=session, userId=person, role="viewer")
    async with chat.program(COLLEAGUE) as client:
        left = await client.post("/bi-chat/rpc", json={"method": "bichat.session.leave", "params": {"id": session}})
        assert left.json()["result"] == {"ok": True}
    assert (await program.call("session.members", id=session))["members"] == []


async def test_who_keeps_a_session_by_its_link_is_told(chat: Chat, program: Program) -> None:
    session = (await program.call("session.create", title="Sales"))["session"]["id"]
    async with chat.person("analyst@one.test") as owner, chat.person(COLLEAGUE) as colleague:
        await owner.post(f"/bi-chat/sessions/{session}/link", role="viewer")
        await colleague.post(f"/bi-chat/sessions/{session}/keep")
        found = await program.call("session.members", id=session)
        assert (found["members"], found["linkRole"], len(found["keepers"])) == ([], "viewer", 1)
        await owner.post(f"/bi-chat/sessions/{session}/link", role="")
    assert (await program.call("session.members", id=session))["keepers"] == []


@pytest.mark.parametrize(
    "params",
    [
        {"role": "owner", "email": COLLEAGUE},
        {"role": "viewer"},
        {"role": "viewer", "email": "analyst@two.test"},
        {"email": COLLEAGUE},
    ],
)
async def test_nobody_else_is_let_in(program: Program, params: dict[str, str]) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    body = {"method": "bichat.session.share", "params": {"id": session, **params}}
    assert (await program.client.post("/bi-chat/rpc", json=body)).json()["error"]["code"] == "validation"


async def test_removal_ends_a_subscription(chat: Chat, program: Program, model: ScriptedModel) -> None:
    session = (await program.call("session.create"))["session"]["id"]
    found = await program.call("session.share", id=session, email=COLLEAGUE, role="viewer")
    gate = asyncio.Event()
    model.add(["Partly ", gate, final_answer("secret.")])
    async with chat.program(COLLEAGUE) as client, connected(chat, bearer(client)) as socket:
        await socket.begin()
        await socket.subscribe(STREAM, id=session)
        sending = asyncio.create_task(chat.stream(program.client, content="Well?", sessionId=session))
        while "Partly" not in str(await socket.next()):
            pass
        await program.call("session.unshare", id=session, userId=found["members"][0]["person"]["id"])
        gate.set()
        heard = []
        try:
            async with asyncio.timeout(5):
                while not heard or heard[-1]["type"] not in {"complete", "error"}:
                    heard.append(await socket.next())
        except ConnectionClosed:
            pass
        assert "secret" not in str(heard)
    assert (await sending)[-1]["type"] == "done"
