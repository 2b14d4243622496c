import datetime as dt
import os
from pathlib import Path

import pytest
from sqlalchemy import update

from app.database import Database
from app.identity.models import Tenant, User
from app.web import locale
from app.web.locale import Translator
from tests.site import Browser

RUSSIAN = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Hello, %(name)s"
msgstr "Привет, %(name)s"

msgid "%(n)s row"
msgid_plural "%(n)s rows"
msgstr[0] "%(n)s строка"
msgstr[1] "%(n)s строки"
msgstr[2] "%(n)s строк"
"""


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("ru", "ru"),
        ("uz-Latn-UZ,ru;q=0.8", "uz"),
        ("de,ru;q=0.5,uz;q=0.9", "uz"),
        ("ru;q=0", None),
        ("de", None),
        ("", None),
        ("*", None),
        ("RU-ru", "ru"),
        ("ru;q=abc,en;q=0.1", "en"),
    ],
)
def test_the_browsers_best_language_of_ours_is_chosen(header: str, chosen: str | None) -> None:
    assert locale.negotiated({}, header) == chosen


def test_a_chosen_language_wins_over_the_browsers() -> None:
    assert locale.negotiated({"locale": "uz"}, "ru") == "uz"
    assert locale.negotiated({"locale": "xx"}, "ru") == "ru"


async def test_the_choice_is_kept_before_signing_in(browser_of_nobody: Browser) -> None:
    answer = await browser_of_nobody.post("/locale", locale="ru", next="/login?next=/export")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/export")
    assert '<html lang="ru">' in (await browser_of_nobody.get("/login")).text


async def test_the_choice_is_kept_on_the_person(analyst: Browser) -> None:
    await analyst.post("/locale", locale="uz")
    analyst.cookies.delete("locale")
    assert "in uz" in (await analyst.get("/bi-chat", headers={"Accept-Language": "ru"})).text


async def test_a_persons_language_comes_along_to_the_next_browser(site, analyst: Browser) -> None:
    await analyst.post("/locale", locale="uz")
    async with site.browser() as other:
        await other.sign_in("analyst@one.test")
        assert other.cookies["locale"] == "uz"


async def test_the_order_is_person_cookie_browser_tenant(analyst: Browser, people: Database) -> None:
    async def spoken(**headers: str) -> str:
        return (await analyst.get("/bi-chat", headers=headers)).text[-2:]

    async with people.writing() as db:
        await db.execute(update(Tenant).values(default_locale="uz"))
    assert await spoken() == "uz"
    assert await spoken(**{"Accept-Language": "ru"}) == "ru"
    analyst.cookies.set("locale", "en")
    assert await spoken(**{"Accept-Language": "ru"}) == "en"
    async with people.writing() as db:
        await db.execute(update(User).values(locale="uz"))
    assert await spoken(**{"Accept-Language": "ru"}) == "uz"


async def test_an_unknown_language_is_refused(browser_of_nobody: Browser) -> None:
    assert (await browser_of_nobody.post("/locale", locale="tlh")).status_code == 400


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(RUSSIAN, encoding="utf-8")
    return tmp_path


def test_a_catalogue_is_read_without_being_compiled(catalogue: Path) -> None:
    translator = Translator("ru", catalogue)
    assert translator.gettext("Hello, %(name)s", name="Аня") == "Привет, Аня"
    assert [translator.ngettext("%(n)s row", "%(n)s rows", n) for n in (1, 3, 5)] == ["1 строка", "3 строки", "5 строк"]


def test_a_compiled_catalogue_that_is_older_than_its_source_is_not_used(catalogue: Path) -> None:
    source = catalogue / "ru" / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    compiled.write_bytes(b"not a catalogue")
    past = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).timestamp()
    os.utime(compiled, (past, past))
    assert Translator("ru", catalogue).gettext("Hello, %(name)s", name="Аня") == "Привет, Аня"


def test_english_speaks_where_a_translation_is_missing(tmp_path: Path) -> None:
    assert Translator("uz", tmp_path).gettext("Hello, %(name)s", name="Aziz") == "Hello, Aziz"
