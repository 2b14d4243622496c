"""Tables of any name and size: each has a page that its link leads to, and a guess is not shown as a count."""

import html
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator

import msgspec
import pytest

from app.data import looks
from app.data.looks import quoted
from app.database import Database
from app.settings import Settings
from app.web.formats import formats_of
from tests.chat.conftest import Chat, Person, served
from tests.postgres import Cluster
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

STRANGE = ("a/b", "what? #1 & 100%", "50%2Foff", "..", 'the "best"', "plain", "заказы", "a\\b;c=d+e")
LINK = re.compile(r'<h2><a href="([^"]+)">')
ROWS = 1234


@pytest.fixture
async def admin(settings: Settings, peopled_url: str, engine: str, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """The administrator of a company whose tables have strange names, at a real server."""
    script = "".join(f"CREATE TABLE {quoted(name)} (id integer);" for name in STRANGE)
    script += (
        f"INSERT INTO plain WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {ROWS}) SELECT n FROM g;"
    )
    name, drop = f"strange_{secrets.token_hex(4)}", None
    if engine == "sqlite":
        address = f"sqlite:///{settings.data_dir / name}"
        sqlite3.connect(settings.data_dir / name).executescript(script)
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        address, drop = cluster.create(name), cluster.drop
        cluster.sql(f"{script} ANALYZE", name)
    pointed = msgspec.structs.replace(
        settings, database_url=peopled_url, analytics_url=address, analytics_isolation="single", analytics_schema="public"
    )
    database, model = Database(peopled_url), ScriptedModel()
    async with served(pointed, model) as url, Chat(url, model, database).person("admin@one.test") as person:
        yield person
    await database.close()
    if drop:
        drop(name)


@ON_EACH_ENGINE
async def test_a_table_of_any_name_has_a_page_and_is_described_there(admin: Person) -> None:
    links = LINK.findall((await admin.get("/bi-chat/catalogue")).text)
    seen = set()
    for link in links:
        answer = await admin.post(f"{link}/description", column="", text="Described here")
        assert (answer.status_code, answer.headers["location"]) == (303, link)
        page = await admin.get(link)
        assert page.status_code == 200
        assert "Described here" in page.text
        seen.add(html.unescape(re.findall(r'data-table="([^"]+)"', page.text)[0]))
    assert seen == set(STRANGE)


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize(
    ("locale", "said"), [("en", "about 1,200 rows"), ("ru", "около 1,2 тыс. строк"), ("uz", "taxminan 1,2 ming qator")]
)
async def test_a_guess_of_the_database_is_told_as_one(
    admin: Person, monkeypatch: pytest.MonkeyPatch, locale: str, said: str
) -> None:
    monkeypatch.setattr(looks, "EXACT_UNTIL", 1000)
    await admin.post("/locale", locale=locale)
    for path in ("/bi-chat/catalogue", "/bi-chat/catalogue/tables/plain"):
        assert said in (await admin.get(path)).text.replace("\xa0", " ")


@ON_EACH_ENGINE
async def test_a_count_is_told_as_one(admin: Person) -> None:
    assert "1,234 rows" in (await admin.get("/bi-chat/catalogue/tables/plain")).text


def test_guesses_are_short() -> None:
    counts = (123_456, 999_999, 1_250_000, 3_400_000_000)
    assert [formats_of("en").roughly(count) for count in counts] == ["120,000", "1,000,000", "1,200,000", "3,400,000,000"]
    assert [formats_of("ru").roughly(count) for count in counts] == ["120\xa0тыс.", "1\xa0млн", "1,2\xa0млн", "3,4\xa0млрд"]
    assert [formats_of("uz").roughly(count) for count in counts] == ["120\xa0ming", "1\xa0mln", "1,2\xa0mln", "3,4\xa0mlrd"]
