"""A manager changes what the analyst is told, compares the versions and takes an earlier one again, by keyboard."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_managing import ADMIN
from tests.browser_fixtures import NewPage
from tests.model_scripts import conversation
from tests.model_server import ModelServer
from tests.servers import Served

BRANCHES = "Shops are called branches."
THOUSANDS, MILLIONS = "Give sums in thousands.", "Give sums in millions."


async def test_a_version_is_compared_and_taken_again_and_the_next_answer_goes_by_it(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    page = await new_page(scripted.url)
    await sign_in(page, ADMIN)
    await page.get_by_role("link", name="Management").press("Enter")
    await page.get_by_role("link", name="Instructions").press("Enter")
    text, lines = page.get_by_label("What the analyst is told besides"), page.get_by_test_id("prompt-line")
    for number, sums in enumerate((THOUSANDS, MILLIONS), 1):
        await text.fill(f"{BRANCHES}\n{sums}")
        await text.press("Tab")
        await page.keyboard.press("Enter")
        await expect(lines).to_have_count(number)
        await expect(lines.first).to_contain_text(f"Version {number} speaks now")
    await lines.first.press("Enter")
    version = page.get_by_test_id("prompt-version")
    await expect(version.get_by_role("heading")).to_have_text("What version 2 changed")
    await expect(version.locator("del")).to_have_text([f"removed: {THOUSANDS}"])
    await expect(version.locator("ins")).to_have_text([f"added: {MILLIONS}"])
    await expect(version.get_by_text(BRANCHES, exact=True)).to_be_visible()
    await lines.last.press("Enter")
    await expect(version.get_by_role("heading")).to_have_text("What version 1 changed")
    await version.get_by_role("button", name="Take this version again").press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("The earlier text speaks again.")
    await expect(lines).to_have_count(3)
    await expect(lines.first).to_contain_text("Version 3 speaks now")
    await expect(lines.first).to_contain_text("as version 1")
    await expect(text).to_have_value(f"{BRANCHES}\n{THOUSANDS}")
    await page.get_by_test_id("new-chat").press("Enter")
    model.script = ["Four."]
    await expect_status(await ask(page, "How many branches are there?"), "completed")
    told = next(said for role, said in conversation(model.log[-1]["body"]) if role == "system")
    assert (BRANCHES in told, THOUSANDS in told, MILLIONS in told) == (True, True, False)
