"""A served BiChat whose model answers every question with the table of one query, and such a question asked."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.model_scripts import conversation
from tests.model_server import ModelServer
from tests.servers import Served

TABLE = re.compile(r'data-table-id="([0-9a-f-]{36})"')


@asynccontextmanager
async def served(data_dir: Path, query: str, **values: str) -> AsyncIterator[tuple[Served, ModelServer]]:
    """Serve BiChat from `data_dir` and the model, which lives in this process so that it can read its own results."""
    async with ModelServer(_answering(query)) as model:
        settings = {"OPENAI_API_KEY": "sk-bench", "OPENAI_BASE_URL": model.url, "BICHAT_RATE_MESSAGES": "100000"}
        server = Served(data_dir, data_dir.parent / "tables.log", LOG_LEVEL="WARNING", **settings | values)
        await asyncio.to_thread(server.start)
        try:
            yield server, model
        finally:
            await asyncio.to_thread(server.close)


async def asked(client: aiohttp.ClientSession) -> tuple[str, str]:
    """Ask for the table; returns the conversation's address and the table's."""
    async with client.post("/bi-chat/sessions", data={}, allow_redirects=False) as answer:
        session = answer.headers["location"]
    async with client.post(f"{session}/messages", data={"content": "Sales?"}) as answer:
        assert answer.status == 200, await answer.text()
    async with asyncio.timeout(60):
        while not (found := TABLE.findall(await text(client, session))):
            await asyncio.sleep(0.1)
    return session, f"/bi-chat/artifacts/{found[0]}"


async def text(client: aiohttp.ClientSession, path: str, **headers: str) -> str:
    async with client.get(path, headers=headers) as answer:
        text = await answer.text()
    assert answer.status == 200, text
    return text


def _answering(query: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        said = conversation(request)
        last = max(at for at, (role, _) in enumerate(said) if role == "user")
        told = [text for role, text in said[last:] if role == "tool"]
        if not told:
            return {"parts": [{"call": {"name": "sql_execute", "arguments": {"query": query}}}]}
        if len(told) == 1:
            shown = {"result_id": json.loads(told[0])["result_id"], "title": "Sales"}
            return {"parts": [{"call": {"name": "render_table", "arguments": shown}}]}
        return {"parts": [{"text": "Here they are."}]}

    return answer
