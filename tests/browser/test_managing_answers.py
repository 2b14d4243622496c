"""What happens in the chats comes to a manager: an answer at work is stopped, an opinion read, the use of a model summed."""

import asyncio
import csv
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_managing import ADMIN
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

ASKER, MANAGER = "Aziz Rahimov", "Dilnoza Karimova"
MODEL = "gpt-5.2"


async def managing(page: Page, name: str) -> None:
    """Sign in as the manager and go to one of the pages by keyboard."""
    await sign_in(page, ADMIN)
    await page.get_by_role("link", name="Management").press("Enter")
    await page.get_by_role("navigation", name="Management").get_by_role("link", name=name, exact=True).press("Enter")
    await expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_attached()


async def test_an_answer_at_work_is_stopped_and_the_page_of_who_asked_says_so(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = [{"parts": ["The first half. ", {"until": asyncio.Event()}]}]
    asker = await new_page(scripted.url)
    await sign_in(asker)
    turn = await ask(asker, "What takes so long?")
    await expect(turn.get_by_test_id("answer-text")).to_have_text("The first half.")
    page = await new_page(scripted.url)
    await managing(page, "Running answers")
    run = page.get_by_test_id("active-run")
    await expect(run).to_have_count(1)
    await expect(run).to_contain_text("What takes so long?")
    await expect(run).to_contain_text(f"{ASKER} ·")
    await expect(run).to_contain_text("at work")
    await run.get_by_role("button", name="Stop this answer").press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("The answer is stopped. What was written is kept.")
    await expect(run).to_have_count(0)
    await expect_status(turn, "stopped")
    await expect(turn.get_by_test_id("run-status")).to_contain_text(f"Stopped by {MANAGER}")
    await expect(turn.get_by_test_id("answer-text")).to_have_text("The first half.")
    await expect(asker.get_by_test_id("send")).to_be_visible()


async def test_an_opinion_is_found_among_others_and_leads_to_how_the_answer_came_about(new_page: NewPage, demo_server: Served):
    asker = await new_page(demo_server.url)
    await sign_in(asker)
    turn = await ask(asker, "Revenue by branch last month")
    await expect_status(turn, "completed")
    await turn.get_by_test_id("feedback-down").press("Enter")
    await expect(turn.get_by_test_id("feedback-form")).to_be_visible()
    await turn.get_by_label("Understood me wrongly").press("Space")
    await turn.get_by_label("Comment").fill("I meant the month before")
    await turn.get_by_test_id("feedback-send").press("Enter")
    await expect(turn.get_by_test_id("feedback-thanks")).to_be_visible()
    page = await new_page(demo_server.url)
    await managing(page, "Feedback")
    line = page.get_by_test_id("feedback-line").filter(has_text="I meant the month before")
    await expect(line).to_have_count(1)
    reason = page.get_by_test_id("feedback-filters").get_by_label("Reason")
    await reason.select_option("Too slow")
    await expect(line).to_have_count(0)
    await reason.select_option("Understood me wrongly")
    await expect(line).to_contain_text("Bad answer: Understood me wrongly")
    await expect(line).to_contain_text(ASKER)
    await line.press("Enter")
    trace = page.get_by_test_id("trace")
    await expect(trace.get_by_role("region", name="Feedback")).to_contain_text("I meant the month before")
    await expect(trace.get_by_role("region", name="Question")).to_contain_text("Revenue by branch last month")
    await expect(trace.get_by_test_id("trace-tools").get_by_text("sql_execute")).to_be_visible()
    await expect(trace.get_by_test_id("trace-models")).to_contain_text("offline")
    await trace.get_by_role("link", name="Open in the chat").press("Enter")
    await expect(page.get_by_test_id("message-user")).to_have_text("Revenue by branch last month")


async def test_the_use_of_a_model_is_summed_by_person_and_taken_along_as_a_file(
    new_page: NewPage, scripted: Served, model: ModelServer, tmp_path: Path
):
    model.script = [{"parts": ["Four."], "usage": {"input": 1234, "cached": 1000, "output": 11}}]
    asker = await new_page(scripted.url)
    await sign_in(asker)
    await expect_status(await ask(asker, "How many branches are there?"), "completed")
    page = await new_page(scripted.url)
    await managing(page, "Usage")
    for table, first in (("person", ASKER), ("model", MODEL), ("chat", "How many branches are there?")):
        row = page.get_by_test_id(f"usage-{table}").locator("tbody tr")
        await expect(row).to_have_count(1)
        await expect(row.get_by_role("cell").first).to_contain_text(first)
        await expect(row.locator(".figure").nth(0)).to_have_text("1,234")
        await expect(row.locator(".figure").nth(1)).to_have_text("1,000")
        await expect(row.locator(".figure").nth(2)).to_have_text("11")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="CSV").press("Enter")
    await (await downloading.value).save_as(tmp_path / "usage.csv")
    with (tmp_path / "usage.csv").open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["who"], line["model"], line["runs"]) == (ASKER, MODEL, "1")
    assert (line["input_tokens"], line["cached_tokens"], line["output_tokens"]) == ("1234", "1000", "11")
