import uuid

import pytest

from app.web.errors import REFUSALS, TITLES
from app.web.locale import LOCALES, translator
from tests.site import Browser, json_of

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/broken", 500), ("/count?n=x", 400), ("/count", 400)])
async def test_a_failure_is_a_page_with_a_sentence(browser_of_nobody: Browser, path: str, status: int) -> None:
    answer = await browser_of_nobody.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-testid="error-page"' in answer.text


async def test_the_cause_stays_in_the_log_and_the_page_has_the_number(
    browser_of_nobody: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await browser_of_nobody.get("/broken")
    assert "the secret cause" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    logged = "".join(capfd.readouterr())
    assert "the secret cause" in logged
    assert answer.headers["x-request-id"] in logged


async def test_htmx_gets_a_message_instead_of_a_page(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.get("/broken", headers=HTMX)
    assert answer.status_code == 500
    assert answer.headers["hx-retarget"] == "#toasts"
    assert "<html" not in answer.text


async def test_a_rule_of_the_product_keeps_its_status(analyst: Browser) -> None:
    assert (await analyst.post("/bi-chat/messages")).status_code == 409
    assert (await analyst.post("/bi-chat/messages", headers=HTMX)).status_code == 409


async def test_a_stream_that_is_not_there_has_no_body(analyst: Browser) -> None:
    answer = await analyst.get(f"/bi-chat/runs/{uuid.uuid4()}/events", headers=HTMX)
    assert (answer.status_code, answer.content) == (404, b"")


async def test_programs_get_an_envelope(analyst: Browser) -> None:
    headers = {"x-csrftoken": await analyst.csrf(), "content-type": "application/json"}
    answer = await analyst.client.post("/bi-chat/stream", content=b"{broken", headers=headers)
    assert answer.status_code == 400
    error = json_of(answer)["error"]
    assert error["code"] == "validation"
    assert error["message"]
    assert error["details"]["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/bi-chat/stream", 405, "method_not_allowed"), ("GET", "/bi-chat/stream/x", 404, "not_found")],
)
async def test_programs_get_an_envelope_off_the_road_too(
    analyst: Browser, method: str, path: str, status: int, code: str
) -> None:
    answer = await analyst.client.request(method, path)
    assert (answer.status_code, json_of(answer)["error"]["code"]) == (status, code)


async def test_a_body_that_is_too_large_is_413(analyst: Browser) -> None:
    answer = await analyst.client.post("/login", data={"_csrf_token": await analyst.csrf(), "email": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"email=%ff%fe&password=%00", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"no parts", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"{}", "\xff/;=;=;"),
        (b"", ""),
    ],
)
async def test_a_mangled_form_is_never_a_failure_of_ours(browser_of_nobody: Browser, content: bytes, content_type: str) -> None:
    headers = {"x-csrftoken": await browser_of_nobody.csrf(), "content-type": content_type.encode("latin-1")}
    answer = await browser_of_nobody.client.post("/login", content=content, headers=headers)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    "path",
    ["/%ff", "/login?next=%ff%00", "/%00", "/static/../app/main.py", "/static/%2e%2e/pyproject.toml", "/bi-chat/runs/x/events"],
)
async def test_a_mangled_address_is_never_a_failure_of_ours(analyst: Browser, path: str) -> None:
    assert (await analyst.get(path)).status_code in {200, 303, 400, 404}


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "bichat_session=\xff\x00"},
        {"cookie": "=;;;=\xff"},
        {"accept-language": "\xff;q=x," * 99},
        {"hx-current-url": "http://[bad"},
    ],
)
async def test_mangled_headers_are_never_a_failure_of_ours(browser_of_nobody: Browser, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert (await browser_of_nobody.get("/bi-chat", headers=raw | HTMX)).status_code == 401
    assert (await browser_of_nobody.get("/login", headers=raw)).status_code == 200


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_failure_speaks_the_readers_language(browser_of_nobody: Browser, locale: str) -> None:
    _ = translator(locale).gettext
    answer = await browser_of_nobody.get("/nowhere", headers={"Accept-Language": locale})
    assert f'<html lang="{locale}">' in answer.text
    assert _(REFUSALS[404][1]) in answer.text
    assert _(TITLES[404]) in answer.text
