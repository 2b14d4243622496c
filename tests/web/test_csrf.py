import pytest

from app.web import csrf
from tests.site import TOKEN, Browser, json_of


async def test_a_pages_own_form_is_taken(browser_of_nobody: Browser) -> None:
    page = await browser_of_nobody.get("/login")
    found = TOKEN.search(page.text)
    assert found is not None
    assert found[1] == browser_of_nobody.cookies["csrftoken"]


async def test_the_token_stays_the_same_from_page_to_page(browser_of_nobody: Browser) -> None:
    await browser_of_nobody.get("/login")
    assert "set-cookie" not in (await browser_of_nobody.get("/login")).headers


async def test_a_cookie_of_another_secret_is_replaced(browser_of_nobody: Browser) -> None:
    foreign = csrf.new_token("another secret")
    browser_of_nobody.cookies.set("csrftoken", foreign, domain="localhost.local")
    page = await browser_of_nobody.get("/login", headers={"cookie": f"csrftoken={foreign}"})
    assert "csrftoken=" in page.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/login", "/logout", "/locale", "/bi-chat/messages", "/account/password"])
@pytest.mark.parametrize("token", ["", "x", "Ⱦ", "0" * 96])
async def test_a_form_without_the_token_is_refused_with_a_clear_page(analyst: Browser, path: str, token: str) -> None:
    answer = await analyst.client.post(path, data={"_csrf_token": token})
    assert answer.status_code == 403
    assert "Reload and try again" in answer.text


async def test_htmx_gets_the_refusal_as_a_message(analyst: Browser) -> None:
    answer = await analyst.client.post("/bi-chat/messages", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert (answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == ("#toasts", "beforeend")
    assert 'data-testid="toast"' in answer.text
    assert "<html" not in answer.text


async def test_a_matching_pair_that_we_did_not_sign_is_refused(analyst: Browser) -> None:
    planted = "0" * 96
    headers = {"cookie": f"csrftoken={planted}; bichat_session={analyst.cookies['bichat_session']}"}
    assert (await analyst.client.post("/logout", data={"_csrf_token": planted}, headers=headers)).status_code == 403


async def test_the_header_serves_as_well_as_the_field(analyst: Browser) -> None:
    headers = {"x-csrftoken": await analyst.csrf()}
    assert (await analyst.client.post("/logout", headers=headers)).status_code == 303


async def test_another_sites_request_is_refused_even_with_the_token(analyst: Browser) -> None:
    assert (await analyst.post("/logout", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await analyst.post("/logout", headers={"Origin": "https://elsewhere.example"})).status_code == 403


async def test_our_own_page_is_known_by_its_origin(analyst: Browser) -> None:
    own = str(analyst.client.base_url).rstrip("/")
    assert (await analyst.post("/logout", headers={"Origin": own})).status_code == 303


async def test_a_program_that_uses_the_cookie_needs_the_header(analyst: Browser) -> None:
    refused = await analyst.client.post("/bi-chat/stream", json={})
    assert (refused.status_code, json_of(refused)["error"]["code"]) == (403, "csrf_failed")
    headers = {"x-csrftoken": await analyst.csrf()}
    assert (await analyst.client.post("/bi-chat/stream", json={}, headers=headers)).status_code == 201
