"""Managers look after their company in the browser: by keyboard, in three languages, narrow and wide, with axe."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.conftest import Serve
from tests.servers import Served

ADMIN = "admin@demo.test"
PAGES = ("people", "roles", "settings", "prompt", "usage", "runs")
UNFOLD = "document.querySelectorAll('.manage details').forEach((part) => { part.open = true; })"


async def test_a_person_is_invited_and_comes_in_by_the_link(new_page: NewPage, serve: Serve, demo_dir):
    server = serve(demo_dir)
    page = await new_page(server.url)
    await sign_in(page, ADMIN)
    await page.get_by_role("link", name="Management").click()
    await page.get_by_role("link", name="Roles").click()
    await page.get_by_test_id("new-role").press("Enter")
    form = page.get_by_test_id("new-role-form")
    await form.get_by_label("Name").fill("Reader")
    await form.get_by_label("BiChat.ReadAll").check()
    await form.get_by_label("Name").press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("The role is there.")
    await page.reload()
    await expect(page.get_by_text("The role is there.")).to_have_count(0)
    await page.get_by_role("link", name="People").click()
    await page.get_by_test_id("invite").press("Enter")
    form = page.get_by_test_id("invite-form")
    await form.get_by_label("E-mail").fill("ann@demo.test")
    await form.get_by_label("First name").fill("Ann")
    await form.get_by_label("Role").select_option("Reader")
    await form.get_by_label("E-mail").press("Enter")
    link = await page.locator("#the-link").inner_text()
    assert link.startswith(server.url)
    ann = await new_page(server.url)
    await ann.goto(link)
    await ann.get_by_label("Choose a password").fill("long enough")
    await ann.keyboard.press("Enter")
    await expect(ann.get_by_test_id("composer")).to_be_visible()
    await page.goto("/bi-chat/manage/people?q=ann@demo")
    person = page.get_by_test_id("person")
    await person.locator("summary").press("Enter")
    await person.get_by_role("button", name="Deactivate").press("Enter")
    await expect(page.get_by_test_id("person")).to_have_attribute("data-active", "false")
    await expect(page.get_by_label("Name, e-mail or role")).to_have_value("ann@demo")
    await ann.reload()
    await expect(ann.get_by_test_id("login-form")).to_be_visible()


async def test_a_link_that_was_shown_still_works_after_the_page_is_reloaded(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page, ADMIN)
    await page.goto("/bi-chat/manage/people?q=auditor@demo")
    await page.get_by_test_id("person").locator("summary").press("Enter")
    await page.get_by_role("button", name="New link for a password").press("Enter")
    link = await page.locator("#the-link").inner_text()
    await page.wait_for_load_state()
    await page.reload()
    await expect(page.locator("#the-link")).to_have_count(0)
    auditor = await new_page(demo_server.url)
    await auditor.goto(link)
    await expect(auditor.get_by_label("Choose a password")).to_be_visible()


async def test_forms_work_without_scripts(new_page: NewPage, serve: Serve, demo_dir):
    server = serve(demo_dir)
    page = await new_page(server.url, java_script_enabled=False)
    await page.goto("/login")
    await page.locator(f'[data-testid="demo-login"][data-email="{ADMIN}"]').click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await page.goto("/bi-chat/manage/people?q=viewer")
    await page.get_by_test_id("person").locator("summary").click()
    await page.get_by_test_id("person").get_by_label("Role").select_option("Auditor")
    await page.get_by_test_id("person").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_have_text("The role is changed.")
    await expect(page.get_by_test_id("person")).to_contain_text("Auditor")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
async def test_the_pages_pass_axe(new_page: NewPage, demo_server: Served, name: str, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, ADMIN, locale="ru" if width == 390 else "uz")
    await page.goto(f"/bi-chat/manage/{name}")
    await page.evaluate(UNFOLD)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_on_a_phone_the_names_of_the_pages_show_the_present_one(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844})
    await sign_in(page, ADMIN)
    await page.goto("/bi-chat/manage/analytics")
    await expect(page.locator(".manage-nav [aria-current]")).to_be_in_viewport(ratio=0.9)
