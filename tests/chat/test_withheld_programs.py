"""A program works with figures that its model has read: who may not see their tables sees nothing of it."""

import io
from collections.abc import AsyncIterator

import pypdf
import pytest
from PIL import Image

from tests.chat.conftest import Chat
from tests.chat.test_code_interpreter import FILE, IMAGE, calculating, chat, named, program
from tests.chat.test_exports import fetched, made
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import SHOPS, keep_for_managers
from tests.model_server import ModelServer

__all__ = ("calculating", "chat", "settings", "shop")

SECRET = "Shop 3 sold 777"
PROGRAM = program(SECRET, code=f"# {SECRET}")
HIDDEN = "tables that you may not see"


@pytest.fixture
async def provider() -> AsyncIterator[ModelServer]:
    drawn = io.BytesIO()
    Image.new("RGB", (3, 2)).save(drawn, "PNG")
    async with ModelServer() as server:
        address = "/v1/containers/cntr_1/files/id_{}/content".format
        server.files = {address("plot_png"): drawn.getvalue(), address("table_csv"): b"shop\nShop 3\n"}
        yield server


async def test_it_is_hidden_with_the_table_that_its_model_has_read(chat: Chat, provider: ModelServer) -> None:
    query = {"call": {"name": "sql_execute", "arguments": {"query": SHOPS}}}
    calculated = {"parts": [PROGRAM, "Done.", *named("plot.png", "table.csv")]}
    provider.script = [{"parts": [query]}, calculated, "Again."]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("Sales of each shop?")
        page = await analyst.until(session, "completed")
        assert SECRET in page
        document = FILE.findall(await made(analyst, f"/bi-chat/runs/{run}/exports"))
        await keep_for_managers(chat)
        hidden = (await analyst.get(f"/bi-chat/sessions/{session}")).text
        panel = (await analyst.get(f"/bi-chat/sessions/{session}/artifacts")).text
        streamed = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
        content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/runs/{run}/exports"))
        files = [await analyst.get(address) for address in (*IMAGE.findall(page), *FILE.findall(page), *document)]
        await analyst.ask("And again?", session)
        await analyst.until(session, "completed")
    for told in (hidden, panel, streamed):
        assert HIDDEN in told
        assert not any(word in told for word in ("Shop 3", "plot.png", "table.csv"))
    assert [answer.status_code for answer in files] == [404] * 4
    written = pypdf.PdfReader(io.BytesIO(content))
    assert not any(page.images for page in written.pages)
    text = "".join(page.extract_text() for page in written.pages)
    assert ("Done." in text, "plot.png" in text, "table.csv" in text) == (True, False, False)
    assert "Shop 3" not in str(provider.log[-1]["body"]["input"])
    call = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
    async with chat.program("analyst@one.test") as reader:
        turn = (await reader.post("/bi-chat/rpc", json=call)).json()["result"]["turns"][0]["assistantTurn"]
    assert (turn["codeOutputs"], turn["toolCalls"][1]["arguments"]) == ([], "{}")
    async with chat.person("admin@one.test") as admin:
        page = (await admin.get(f"/bi-chat/sessions/{session}")).text
        assert SECRET in page
        assert (await admin.get(IMAGE.findall(page)[0])).status_code == 200
