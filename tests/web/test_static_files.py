import itertools
import os
import re
from pathlib import Path

import pytest

from app.web.bundles import BUNDLES
from app.web.static import FOLDER, StaticFiles
from tests.site import Browser


async def test_a_file_by_its_full_url_is_kept_for_good(browser_of_nobody: Browser) -> None:
    page = (await browser_of_nobody.get("/login")).text
    url = re.search(r"/static/js/htmx\.js\?v=\w+", page)
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


async def test_a_page_needs_few_requests_before_its_keys_work(browser_of_nobody: Browser) -> None:
    page = (await browser_of_nobody.get("/login")).text
    assert re.findall(r'<link rel="stylesheet" href="/static/(\S+)\?', page) == ["css/bichat.css"]
    assert len(re.findall(r"<script src=", page)) < 6


async def test_a_bundle_holds_its_files_in_their_order(browser_of_nobody: Browser) -> None:
    bundle = (await browser_of_nobody.get("/static/css/bichat.css")).text
    parts = [(await browser_of_nobody.get(f"/static/{part}")).text for part in BUNDLES["css/bichat.css"]]
    assert bundle == "\n".join(parts)


def test_every_stylesheet_of_ours_is_in_the_bundle() -> None:
    sheets = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "css").glob("*.css")}
    assert sheets == set(BUNDLES["css/bichat.css"])


def test_a_part_changed_during_development_changes_the_url_of_its_bundle(tmp_path: Path) -> None:
    for name in ("a.css", "b.css"):
        (tmp_path / name).write_text(name)
    files = StaticFiles(tmp_path, bundles={"all.css": ("a.css", "b.css")}, fresh=True, clock=itertools.count().__next__)
    before = files.url("all.css")
    (tmp_path / "b.css").write_text("other")
    os.utime(tmp_path / "b.css", ns=(1, 1))
    assert files.url("all.css") != before
    changed = files.find("all.css")
    assert changed is not None
    assert changed.content == b"a.css\nother"
