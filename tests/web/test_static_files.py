import re

import pytest

from tests.site import Browser


async def test_a_file_by_its_full_url_is_kept_for_good(browser_of_nobody: Browser) -> None:
    page = (await browser_of_nobody.get("/login")).text
    url = re.search(r"/static/vendor/htmx\.min\.js\?v=\w+", page)
    assert url is not None
    answer = await browser_of_nobody.get(url[0])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert "set-cookie" not in answer.headers


async def test_everything_that_the_sign_in_page_names_is_there(browser_of_nobody: Browser) -> None:
    page = (await browser_of_nobody.get("/login")).text
    urls = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert urls
    assert {(await browser_of_nobody.get(url)).status_code for url in urls} == {200}


async def test_a_font_named_in_a_stylesheet_is_kept_for_a_day_and_revalidated(browser_of_nobody: Browser) -> None:
    path = "/static/fonts/inter-latin-wght-normal.woff2"
    answer = await browser_of_nobody.get(path)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("font/woff2", "public, max-age=86400")
    again = await browser_of_nobody.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/static/", "/static", "/static/none.css", "/static/css", "/static/%2e%2e/README.md"])
async def test_nothing_else_is_served(browser_of_nobody: Browser, path: str) -> None:
    assert (await browser_of_nobody.get(path)).status_code == 404
