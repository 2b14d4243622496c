"""A person watches one answer grow while its provider breaks off and another one goes on, and is told so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.conftest import Serve
from tests.model_server import ModelServer

ANSWER = "There are 8 branches in Tashkent, and 4 of them sell bread."
BEGUN, REST = ANSWER[:24], ANSWER[12:]


@pytest.fixture
async def other() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


async def test_the_answer_goes_on_where_it_broke_off(
    new_page: NewPage, serve: Serve, demo_dir: Path, model: ModelServer, other: ModelServer
) -> None:
    fallback = {"BICHAT_FALLBACK_BASE_URL": other.url, "BICHAT_FALLBACK_API_KEY": "f", "BICHAT_FALLBACK_MODEL": "other-model"}
    served = serve(demo_dir, OPENAI_API_KEY="k", OPENAI_BASE_URL=model.url, **fallback)
    breaking, going_on = asyncio.Event(), asyncio.Event()
    model.script = [{"parts": [BEGUN, {"until": breaking}], "ending": "reset"}, {"status": 401}]
    other.script = [{"parts": [{"until": going_on}, REST]}]
    page = await new_page(served.url)
    await sign_in(page)
    turn = await ask(page, "How many?")
    await expect(turn.get_by_test_id("answer-text")).to_have_text(BEGUN.strip())
    breaking.set()
    await expect(turn.get_by_test_id("by-another")).to_be_visible()
    await expect(turn.get_by_test_id("run-status")).to_contain_text("Asking another one")
    await expect(turn.get_by_test_id("answer-text")).to_have_text(BEGUN.strip())
    await page.reload()
    await expect(turn.get_by_test_id("by-another")).to_be_visible()
    going_on.set()
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_have_text(ANSWER)
    await expect(turn.get_by_test_id("by-another")).to_be_visible()
