"""A person chooses the model beside the composer: for the next question, for asking again, on a phone and without scripts."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served


async def test_the_model_is_switched_by_keyboard_and_tells_that_it_answered(
    new_page: NewPage, scripted: Served, model: ModelServer
) -> None:
    model.script = {"rules": [{"turns": ["Ten."]}]}
    manager = await new_page(scripted.url)
    await sign_in(manager, "admin@demo.test")
    await manager.goto("/bi-chat/manage/settings")
    await manager.get_by_label("Models that may be chosen").fill("gpt-5.2\nsmall")
    await manager.get_by_test_id("settings-save").click()
    await expect(manager.get_by_text("The settings are saved.")).to_be_visible()
    page = await new_page(scripted.url, viewport={"width": 390, "height": 800})
    await sign_in(page)
    choice = page.get_by_role("combobox", name="Model")
    await expect(choice.locator("option:checked")).to_have_text("gpt-5.2 (usual)")
    await choice.focus()
    await page.keyboard.press("s")
    await expect(choice).to_have_value("small")
    turn = await ask(page, "How many?")
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answered-by")).to_have_text("small")
    await expect(page.get_by_test_id("choose-model")).to_have_value("small")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_test_id("choose-model").select_option("")
    await turn.get_by_test_id("regenerate").click()
    await expect(page.get_by_test_id("answered-by")).to_have_text("gpt-5.2")
    await page.reload()
    await expect(page.get_by_test_id("choose-model")).to_have_value("")
    assert [entry["body"]["model"] for entry in model.log if len(entry["body"].get("tools", ()))] == ["small", "gpt-5.2"]
    plain = await new_page(scripted.url, java_script_enabled=False)
    await plain.goto("/login")
    await plain.locator('[data-testid="demo-login"][data-email="analyst@demo.test"]').click()
    await plain.get_by_test_id("choose-model").select_option("small")
    await plain.get_by_test_id("composer-input").fill("And plainly?")
    await plain.get_by_test_id("send").click()
    await expect(plain.get_by_test_id("choose-model")).to_have_value("small")
