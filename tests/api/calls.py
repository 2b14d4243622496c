"""Methods called as a program does."""

import asyncio
from typing import Any

import httpx

from tests.chat.conftest import Chat

PATIENCE = 10
SETTLED = ("waiting", "completed", "stopped", "failed")


class Program:
    """Calls methods; `call` gives the result, `refused` the code of the error."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def send(self, method: str, **params: Any) -> httpx.Response:
        return await self.client.post("/bi-chat/rpc", json={"id": method, "method": f"bichat.{method}", "params": params})

    async def call(self, method: str, **params: Any) -> Any:
        answer = await self.send(method, **params)
        body = answer.json()
        assert (answer.status_code, body["id"], "error" in body) == (200, method, False), body
        return body["result"]

    async def refused(self, method: str, **params: Any) -> str:
        answer = await self.send(method, **params)
        error = answer.json()["error"]
        assert answer.status_code == {"unauthorized": 401, "forbidden": 403}.get(error["code"], 200)
        assert set(error) == {"code", "message", "details"}
        return str(error["code"])

    async def asked(self, chat: Chat, content: str, session: str = "") -> tuple[str, dict[str, Any]]:
        """Ask by the stream until it ends; returns the session's id and the last turn."""
        place = {"sessionId": session} if session else {}
        events = await chat.stream(self.client, content=content, **place)
        session = session or events[0]["sessionId"]
        return session, await self.settled(session)

    async def settled(self, session: str) -> dict[str, Any]:
        """Return the last turn once its run does not work any more."""
        async with asyncio.timeout(PATIENCE):
            while (turn := (await self.call("session.get", id=session))["turns"][-1])["status"] not in SETTLED:
                await asyncio.sleep(0.02)
        return turn
