"""Someone takes a table and an answer away as files, with and without the page's help."""

import re
from pathlib import Path

import openpyxl
import pypdf
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served

QUESTION = "Revenue by branch last month"


async def answered(page: Page) -> Locator:
    turn = await ask(page, QUESTION)
    await expect_status(turn, "completed")
    return turn


async def saved(page: Page, link: Locator, folder: Path) -> Path:
    async with page.expect_download() as downloading:
        await link.click()
    download = await downloading.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def test_a_table_is_downloaded_from_its_button_and_opens_again(page: Page, tmp_path: Path):
    await sign_in(page)
    turn = await answered(page)
    await turn.get_by_test_id("export-excel").first.click()
    job = turn.get_by_test_id("export-job").first
    await expect(job).to_have_attribute("data-state", "ready", timeout=PATIENCE)
    await expect(page.get_by_test_id("composer-input")).to_be_enabled()

    path = await saved(page, job.get_by_test_id("export-download"), tmp_path)
    data, receipt = openpyxl.load_workbook(path).worksheets
    shown = await turn.get_by_test_id("result-table").first.locator("tbody tr").count()
    assert data.max_row >= shown + 1
    assert path.suffix == ".xlsx"
    assert QUESTION in [cell.value for cell in receipt["B"]]


async def test_an_answer_and_the_chat_are_downloaded_as_pdf(page: Page, tmp_path: Path):
    await sign_in(page, locale="ru")
    turn = await ask(page, "Выручка по филиалам за прошлый месяц")
    await expect_status(turn, "completed")
    await turn.get_by_test_id("export-pdf").click()
    link = turn.get_by_test_id("export-job").get_by_test_id("export-download")
    path = await saved(page, link, tmp_path)
    assert "Выручка по филиалам за прошлый месяц" in pypdf.PdfReader(path).pages[0].extract_text()

    await page.reload()
    await page.get_by_test_id("export-conversation").click()
    await expect(page.locator(".conversation-head").get_by_test_id("export-download")).to_be_visible(timeout=PATIENCE)


async def test_without_scripts_the_same_buttons_make_the_files(new_page: NewPage, page: Page, demo_server: Served):
    await sign_in(page)
    await answered(page)
    state = await page.context.storage_state()
    plain = await new_page(demo_server.url, java_script_enabled=False, storage_state=state)
    for button in ("export-excel", "export-csv", "export-pdf"):
        await plain.goto(page.url)
        await plain.get_by_test_id(button).first.click()
        await plain.get_by_test_id("export-make").click()
        await expect(plain.get_by_test_id("export-job")).to_be_visible()
        assert re.search(r"/bi-chat/exports/[0-9a-f-]{36}$", plain.url)


async def test_an_export_that_was_lost_by_a_restart_says_so(page: Page):
    await sign_in(page)
    turn = await answered(page)
    unknown = "0" * 12
    await page.route(
        re.compile(r"/bi-chat/exports/"),
        lambda route: route.continue_(url=re.sub(r"[0-9a-f]{12}$", unknown, route.request.url)),
    )
    await turn.get_by_test_id("export-excel").first.click()
    await expect(turn.get_by_test_id("export-job").first).to_have_attribute("data-state", "lost", timeout=PATIENCE)


@pytest.mark.parametrize("email", ["viewer@demo.test"])
async def test_people_who_may_not_export_see_no_buttons(page: Page, email: str):
    await sign_in(page, email)
    turn = await answered(page)
    await expect(turn.get_by_test_id("result-table").first).to_be_visible()
    await expect(turn.get_by_test_id("export-excel").first).to_be_hidden()
    await expect(turn.get_by_test_id("export-pdf")).to_be_hidden()
