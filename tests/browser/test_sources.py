"""An answer from the web names its sources: numbers behind the words lead to the list, whose pages open apart."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.conftest import Serve
from tests.model_server import ModelServer
from tests.servers import Served

TEXT = "The rate is 12 650 today."
PLACE = {"start_index": TEXT.index("12"), "end_index": TEXT.index(" today")}
SOURCE = {"type": "url_citation", **PLACE, "url": "https://cbu.example/rates", "title": "Rates of the bank"}


@pytest.fixture
def searching(serve: Serve, demo_dir: Path, model: ModelServer) -> Served:
    """BiChat with the demo, whose model may search the web."""
    hosted = {"BICHAT_MODEL_API": "responses", "BICHAT_HOSTED_TOOLS": "web_search", "BICHAT_AUTOMATIC_TITLES": "false"}
    return serve(demo_dir, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model.url, **hosted)


async def test_sources_are_numbered_and_within_reach_on_a_phone(new_page: NewPage, searching: Served, model: ModelServer) -> None:
    search = {"hosted": {"type": "web_search_call", "action": {"type": "search", "query": "rate"}}}
    model.script = {"rules": [{"turns": [{"parts": [search, TEXT, {"annotation": SOURCE}]}]}]}
    manager = await new_page(searching.url)
    await sign_in(manager, "admin@demo.test")
    await manager.goto("/bi-chat/manage/settings")
    await manager.locator('[name="tool.web_search"]').select_option("allow")
    await manager.get_by_test_id("tools-save").click()
    await expect(manager.get_by_text("What was decided about the tools is saved.")).to_be_visible()
    page = await new_page(searching.url, viewport={"width": 390, "height": 800}, color_scheme="dark")
    await sign_in(page)
    turn = await ask(page, "What is the rate?")
    await expect_status(turn, "completed")
    source = turn.get_by_test_id("source")
    await expect(source).to_have_count(1)
    link = source.get_by_role("link", name="Rates of the bank")
    await expect(link).to_have_attribute("href", "https://cbu.example/rates")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await turn.get_by_test_id("answer-text").get_by_role("link", name="1").press("Enter")
    await expect(source).to_be_in_viewport()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect_status(await ask(page, "And now?"), "completed")
    await expect(page.get_by_test_id("sources")).to_have_count(2)
    assert await violations(page) == []
    await page.reload()
    await expect(turn.get_by_test_id("answer-text")).to_have_text("The rate is 12 6501 today.")
