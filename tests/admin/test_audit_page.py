"""What was done by whom, for managers: newest first, filtered, a page at a time, and as a file."""

import csv
import datetime as dt
import io
import re
from html import unescape

import httpx
import pytest

from app.identity import tokens, users
from tests.admin.conftest import NOON, Ran
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, final_answer
from tests.site import ON_EACH_ENGINE

PAGE, FILE = "/bi-chat/manage/audit", "/bi-chat/manage/audit.csv"
LINE = re.compile(r'<li class="audit-line".*?</li>', re.DOTALL)
OLDER = re.compile(r'href="(/bi-chat/manage/audit\?[^"]*after=[^"]+)"')
HTMX = {"HX-Request": "true"}


def lines_of(answer: httpx.Response) -> list[str]:
    """Return the text of each line."""
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in LINE.findall(answer.text)]


async def rows_of(browser: Person, query: str = "") -> list[dict[str, str]]:
    answer = await browser.get(f"{FILE}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def id_of(admin: Person, email: str) -> str:
    page = (await admin.get(PAGE)).text
    found = re.search(rf'<option value="([^"]+)"[^>]*>[^<]*{re.escape(email)}', page)
    assert found
    return found[1]


@ON_EACH_ENGINE
async def test_what_happened_is_listed_newest_first(admin: Person, ran: Ran) -> None:
    await ran("SELECT older", at=NOON)
    await ran("SELECT newer", at=NOON + dt.timedelta(seconds=1))
    lines = lines_of(await admin.get(PAGE))
    assert "Signed in" in lines[0]
    assert "admin@one.test" in lines[0]
    newer, older = lines[-2:]
    assert "SELECT newer" in newer
    assert "SELECT older" in older
    assert "1,234" in older
    assert "2026-01-01" in older


@ON_EACH_ENGINE
async def test_other_companies_and_unknown_sessions_stay_out(admin: Person, ran: Ran) -> None:
    await ran("SELECT of_others", "analyst@two.test")
    assert "of_others" not in (await admin.get(PAGE)).text
    assert all("of_others" not in row["sql"] for row in await rows_of(admin))


async def test_a_refusal_tells_why_and_its_sql_cannot_speak_html(admin: Person, ran: Ran) -> None:
    await ran("SELECT '<script>alert(1)</script>'", outcome="policy_violation", error="query contains disallowed keyword: <b>")
    answer = await admin.get(f"{PAGE}?what=refused")
    (line,) = lines_of(answer)
    assert "refused" in line
    assert "query contains disallowed keyword: <b>" in line
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("email", ["viewer@one.test", "analyst@one.test", "auditor@one.test", "nobody@one.test"])
async def test_it_needs_the_permission_to_manage(site: Chat, email: str) -> None:
    async with site.person(email) as person:
        for path in (PAGE, FILE, f"{PAGE}?what=nonsense"):
            assert (await person.get(path)).status_code == 403
        assert "/bi-chat/manage" not in (await person.get("/bi-chat")).text


@ON_EACH_ENGINE
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("what=ran", {"SELECT revenue", "SELECT stock", "SELECT 100%_done"}),
        ("what=refused", {"DELETE stock"}),
        ("sql=STOCK", {"SELECT stock", "DELETE stock"}),
        ("sql=stock&what=ran", {"SELECT stock"}),
        ("sql=100%25_", {"SELECT 100%_done"}),
        ("sql=%25", {"SELECT 100%_done"}),
        ("since=2026-03-11&until=2026-03-11", {"SELECT stock"}),
        ("until=2026-03-10", {"SELECT revenue"}),
        ("since=2026-03-12&until=2026-03-31", {"DELETE stock"}),
        ("sql=nothing", set()),
    ],
)
async def test_filters_narrow_the_list(admin: Person, ran: Ran, query: str, expected: set[str]) -> None:
    await ran("SELECT revenue", at=dt.datetime(2026, 3, 10, 18, 59, tzinfo=dt.UTC))
    await ran("SELECT stock", at=dt.datetime(2026, 3, 10, 19, 0, tzinfo=dt.UTC))  # Midnight in Tashkent.
    await ran("DELETE stock", at=dt.datetime(2026, 3, 12, tzinfo=dt.UTC), outcome="policy_violation")
    await ran("SELECT 100%_done", at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))
    lines = lines_of(await admin.get(f"{PAGE}?{query}"))
    known = ("SELECT revenue", "SELECT stock", "DELETE stock", "SELECT 100%_done")
    found = {sql for sql in known if any(sql in line for line in lines)}
    assert (found, len(lines)) == (expected, len(expected))
    assert {row["sql"] for row in await rows_of(admin, f"?{query}")} == expected


async def test_one_persons_doings_are_found_also_what_was_done_to_them(site: Chat, admin: Person, ran: Ran) -> None:
    await ran("SELECT mine", "viewer@one.test")
    await ran("SELECT other", "analyst@one.test")
    await users.set_role(site.database, "viewer@one.test", "Analyst")
    async with httpx.AsyncClient(base_url=site.url) as stranger:
        await stranger.get("/login")
        form = {"_csrf_token": stranger.cookies["csrftoken"], "email": "viewer@one.test", "password": "wrong"}
        assert (await stranger.post("/login", data=form)).status_code == 422
    lines = lines_of(await admin.get(f"{PAGE}?who={await id_of(admin, 'viewer@one.test')}"))
    told = ["Sign-in failed", "Role changed", "Person added", "SELECT mine"]
    assert [words in line for words, line in zip(told, lines, strict=True)] == [True] * 4
    assert "127.0.0.1" in lines[0]
    assert "Viewer" in lines[1]


async def test_kinds_of_acts(site: Chat, admin: Person) -> None:
    site.model.add([final_answer("Yes.")])
    async with site.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("Well?")
        await analyst.until(session, "completed")
        assert (await analyst.get(f"/bi-chat/sessions/{session}")).status_code == 200
    await users.deactivate(site.database, "nobody@one.test")
    await tokens.create_for(site.database, "viewer@one.test", "robot")
    async with site.person("auditor@one.test") as auditor:
        for _ in range(2):
            assert (await auditor.get(f"/bi-chat/sessions/{session}")).status_code == 200
        await auditor.post("/logout")
    kinds = ("sign-ins", "changes", "reading")
    found = {kind: [row["action"] for row in await rows_of(admin, f"?what={kind}")] for kind in kinds}
    assert found["sign-ins"][:2] == ["logout", "login.succeeded"]
    assert {"user.deactivated", "token.created"} <= set(found["changes"])
    assert found["reading"] == ["session.opened", "session.opened"]


async def test_what_the_analyst_tried_is_recorded_with_the_reason_of_the_refusal(site: Chat, admin: Person) -> None:
    site.model.add([Call("sql_execute", {"query": "DELETE FROM orders"})], [final_answer("No.")])
    async with site.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("Delete all orders")
        await analyst.until(session, "completed")
    (row,) = await rows_of(admin, "?what=refused")
    assert (row["sql"], row["verdict"], row["email"]) == ("DELETE FROM orders", "policy_violation", "analyst@one.test")
    assert "disallowed keyword: DELETE" in row["error"]
    assert row["session"] == session


@pytest.mark.parametrize(
    "query",
    [
        "who=nobody", "who=00000000-0000-0000-0000-000000000000", "what=everything", "since=31.03.2026", "since=0001-01-01",
        "until=9999-12-31", "since=2026-03-02&until=2026-03-01", f"sql={'x' * 201}", "after=1", "after=-5-%00",
        "after=9999999999999999999999-x",
    ],
)  # fmt: skip
async def test_filters_that_make_no_sense_are_told(admin: Person, query: str) -> None:
    for headers in (None, HTMX):
        answer = await admin.get(f"{PAGE}?{query}", headers=headers)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    if not query.startswith("after"):
        assert (await admin.get(f"{FILE}?{query}")).status_code == 400


@ON_EACH_ENGINE
async def test_older_entries_follow_without_gap_or_repetition(admin: Person, ran: Ran) -> None:
    for number in range(130):
        await ran(f"SELECT n{number:03}", at=NOON + dt.timedelta(seconds=number // 40))
    seen, path, headers = [], f"{PAGE}?what=ran", {}
    while path:
        answer = await admin.get(path, headers=headers)
        seen += [line.split("SELECT ")[1][:4] for line in lines_of(answer)]
        older = OLDER.search(answer.text)
        path, headers = (unescape(older[1]) if older else ""), HTMX
    assert sorted(seen) == [f"n{number:03}" for number in range(130)]
    assert [(int(name[1:]) // 40) for name in seen] == sorted((number // 40 for number in range(130)), reverse=True)


async def test_the_file_is_safe_to_open_and_is_recorded(admin: Person, ran: Ran) -> None:
    await ran("=1+cmd|' /C calc'!A0; -- привет")
    answer = await admin.get(f"{FILE}?what=ran")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["sql"] == "'=1+cmd|' /C calc'!A0; '-- привет"
    assert row["time"] == "2026-03-10T17:00:00.000+05:00"
    assert (row["email"], row["verdict"], row["rows"], row["ms"]) == ("analyst@one.test", "ok", "1234", "5.25")
    assert (await rows_of(admin, "?what=files"))[-1]["action"] == "audit.downloaded"


async def test_the_address_holds_what_was_asked(admin: Person) -> None:
    page = (await admin.get(f"{PAGE}?what=sign-ins&since=2026-03-01&sql=a%22b")).text
    assert '<option value="sign-ins" selected>' in page
    assert 'name="since" value="2026-03-01"' in page
    assert 'value="a&#34;b"' in page
    assert f'{FILE}?what=sign-ins&amp;since=2026-03-01&amp;sql=a%22b"' in page


async def test_entries_about_a_shared_chat_name_the_other_person(admin: Person, site: Chat) -> None:
    async with site.person("analyst@one.test") as analyst, site.person("viewer@one.test") as viewer:
        site.model.add([final_answer("Nine.")])
        session, _ = await analyst.ask("First?")
        await analyst.until(session, "completed")
        await analyst.post(f"/bi-chat/sessions/{session}/members", email="viewer@one.test", role="viewer")
        assert (await viewer.get(f"/bi-chat/sessions/{session}")).status_code == 200
    lines = lines_of(await admin.get(PAGE))
    shared = next(line for line in lines if "Chat shared with somebody" in line)
    opened = next(line for line in lines if "Opened somebody else's chat" in line)
    assert "Chat shared with somebody: viewer@one.test" in shared
    assert "Opened somebody else's chat: analyst@one.test" in opened
