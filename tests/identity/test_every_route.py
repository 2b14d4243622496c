"""Walks over all routes of the whole application: whoever adds one decides here who may call it."""

import contextlib
import uuid
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import update

from app.database import now
from app.identity import tokens
from app.identity.guards import Requires
from app.identity.models import ApiToken
from app.settings import Settings
from tests.site import PASSWORD, Browser
from tests.whole_site import WholeSite, running

ASKERS = {
    "anonymous": "", "no role": "nobody@one.test", "viewer": "viewer@one.test", "auditor": "auditor@one.test",
    "admin": "admin@one.test", "other tenant": "analyst@two.test", "revoked token": "", "owner": "analyst@one.test",
}  # fmt: skip
"""The owner is the analyst whose conversation is asked for, and comes last: only they can change it."""
TABLE = """
                                                     anon. none  view. audit admin other revok owner
GET  /                                               303   303   303   303   303   303   303   303
GET  /account                                        401   200   200   200   200   200   401   200
GET  /bi-chat                                        401   403   200   200   200   200   401   200
GET  /bi-chat/artifacts/{artifact_id:uuid}/chart     401   403   404   403   403   404   401   200
GET  /bi-chat/artifacts/{artifact_id:uuid}/chart.json 401   403   404   200   200   404   401   200
GET  /bi-chat/artifacts/{artifact_id:uuid}/image     401   403   404   404   404   404   401   404
GET  /bi-chat/chats                                  401   403   200   200   200   200   401   200
GET  /bi-chat/catalogue                              401   403   200   200   200   200   401   200
GET  /bi-chat/catalogue/tables/{table:str}           401   403   200   200   200   200   401   200
GET  /bi-chat/exports/{job_id:uuid}                  401   403   403   403   404   404   401   200
GET  /bi-chat/manage                                 401   403   403   403   303   403   401   403
GET  /bi-chat/manage/analytics                       401   403   403   403   200   403   401   403
GET  /bi-chat/artifacts/{artifact_id:uuid}/table     401   403   404   200   200   404   401   200
GET  /bi-chat/artifacts/{artifact_id:uuid}/table.tsv 401   403   404   200   200   404   401   200
GET  /bi-chat/manage/audit                           401   403   403   403   200   403   401   403
GET  /bi-chat/manage/audit.csv                       401   403   403   403   200   403   401   403
GET  /bi-chat/graphql/schema.graphql                 401   403   200   200   200   200   401   200
GET  /bi-chat/manage/feedback                        401   403   403   403   200   403   401   403
GET  /bi-chat/manage/feedback/{feedback_id:uuid}     401   403   403   403   404   403   401   403
GET  /bi-chat/openapi.json                           401   403   200   200   200   200   401   200
GET  /bi-chat/programs                               401   403   200   200   200   200   401   200
GET  /bi-chat/manage/knowledge                       401   403   403   403   200   403   401   403
GET  /bi-chat/manage/knowledge/new                   401   403   403   403   200   403   401   403
GET  /bi-chat/manage/knowledge/{entry_id:uuid}       401   403   403   403   404   403   401   403
GET  /bi-chat/manage/people                          401   403   403   403   200   403   401   403
GET  /bi-chat/manage/prompt                          401   403   403   403   200   403   401   403
GET  /bi-chat/manage/runs                            401   403   403   403   200   403   401   403
GET  /bi-chat/manage/usage                           401   403   403   403   200   403   401   403
GET  /bi-chat/manage/usage.csv                       401   403   403   403   200   403   401   403
GET  /bi-chat/manage/settings                        401   403   403   403   200   403   401   403
GET  /bi-chat/manage/roles                           401   403   403   403   200   403   401   403
GET  /bi-chat/runs/{run_id:uuid}/events              401   403   404   200   200   404   401   200
GET  /bi-chat/runs/{run_id:uuid}/feedback            401   403   404   409   409   404   401   409
GET  /bi-chat/sessions                               401   403   404   404   404   404   401   404
GET  /bi-chat/sessions/events                        401   403   200   200   200   200   401   200
GET  /bi-chat/sessions/{session_id:uuid}/clear       401   403   404   403   403   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/menu        401   403   404   403   403   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/colleagues  401   403   404   403   403   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/sharing     401   403   404   200   200   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/title       401   403   404   403   403   404   401   200
GET  /bi-chat/search                                  401   403   200   200   200   200   401   200
GET  /bi-chat/sessions/{session_id:uuid}             401   403   404   200   200   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/chat.md     401   403   403   403   200   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/artifacts   401   403   404   200   200   404   401   200
GET  /bi-chat/sessions/{session_id:uuid}/turns       401   403   404   200   200   404   401   200
GET  /bi-chat/stream/events                          401   403   404   200   200   404   401   200
GET  /bi-chat/stream/status                          401   403   404   200   200   404   401   200
GET  /bi-chat/turns/{message_id:uuid}/edit           401   403   404   403   403   404   401   200
GET  /bi-chat/turns/{message_id:uuid}/question       401   403   404   403   403   404   401   303
GET  /bi-chat/turns/{message_id:uuid}/show           401   403   404   403   403   404   401   200
GET  /bi-chat/uploads/{file_name:str}                401   403   404   403   200   404   401   200
GET  /bichat                                         308   308   308   308   308   308   308   308
GET  /bichat/{rest:path}                             308   308   308   308   308   308   308   308
GET  /health                                         200   200   200   200   200   200   200   200
GET  /health/live                                    200   200   200   200   200   200   200   200
GET  /health/ready                                   200   200   200   200   200   200   200   200
GET  /metrics                                         200   200   200   200   200   200   200   200
GET  /invitation                                     404   404   404   404   404   404   404   404
GET  /login                                          200   303   303   303   303   303   200   303
GET  /static/{name:path}                             200   200   200   200   200   200   200   200
POST /account/password                               401   422   422   422   422   422   401   422
POST /account/tokens                                 401   403   422   422   422   422   401   422
POST /account/tokens/{token_id:uuid}/revoke          401   403   404   404   404   404   401   404
POST /bi-chat/artifacts/{artifact_id:uuid}/chart     401   403   404   403   403   404   401   400
GET  /bi-chat/artifacts/{artifact_id:uuid}/exports   401   403   403   403   403   404   401   200
GET  /bi-chat/runs/{run_id:uuid}/exports             401   403   403   403   403   404   401   200
POST /bi-chat/artifacts/{artifact_id:uuid}/exports   401   403   403   403   403   404   401   303
POST /bi-chat/catalogue/refresh                      401   403   403   403   303   403   401   403
POST /bi-chat/catalogue/tables/{table:str}/description 401   403   403   403   303   403   401   403
POST /bi-chat/catalogue/tables/{table:str}/readers   401   403   403   403   303   403   401   403
POST /bi-chat/exports/{job_id:uuid}/cancel           401   403   403   403   404   404   401   303
POST /bi-chat/manage/analytics                       401   403   403   403   303   403   401   403
POST /bi-chat/manage/people                          401   403   403   403   422   403   401   403
POST /bi-chat/manage/people/{user_id:uuid}/deactivate 401  403   403   403   404   403   401   403
POST /bi-chat/manage/people/{user_id:uuid}/link      401   403   403   403   404   403   401   403
POST /bi-chat/manage/people/{user_id:uuid}/reactivate 401  403   403   403   404   403   401   403
POST /bi-chat/manage/people/{user_id:uuid}/role      401   403   403   403   404   403   401   403
POST /bi-chat/manage/knowledge/new                   401   403   403   403   422   403   401   403
POST /bi-chat/manage/knowledge/{entry_id:uuid}       401   403   403   403   404   403   401   403
POST /bi-chat/manage/knowledge/{entry_id:uuid}/restore 401 403   403   403   404   403   401   403
POST /bi-chat/manage/knowledge/{entry_id:uuid}/status 401  403   403   403   400   403   401   403
POST /bi-chat/manage/prompt                          401   403   403   403   303   403   401   403
POST /bi-chat/manage/prompt/restore                  401   403   403   403   404   403   401   403
POST /bi-chat/manage/runs/{active_id:uuid}/stop      401   403   403   403   404   403   401   403
POST /bi-chat/manage/settings                        401   403   403   403   422   403   401   403
POST /bi-chat/manage/settings/tools                  401   403   403   403   303   403   401   403
POST /bi-chat/manage/roles                           401   403   403   403   422   403   401   403
POST /bi-chat/manage/roles/{role_id:uuid}            401   403   403   403   404   403   401   403
POST /bi-chat/manage/roles/{role_id:uuid}/delete     401   403   403   403   404   403   401   403
POST /bi-chat/artifacts/{artifact_id:uuid}/delete    401   403   404   403   403   404   401   303
POST /bi-chat/artifacts/{artifact_id:uuid}/refresh   401   403   404   403   403   404   401   303
POST /bi-chat/artifacts/{artifact_id:uuid}/rename    401   403   404   403   403   404   401   303
POST /bi-chat/artifacts/{artifact_id:uuid}/restore   401   403   404   403   403   404   401   303
POST /bi-chat/chats                                  401   403   422   422   422   422   401   422
POST /bi-chat/messages                               401   403   303   303   303   303   401   303
POST /bi-chat/questions/{checkpoint_id:uuid}/answer  401   403   404   403   403   404   401   422
POST /bi-chat/runs/{run_id:uuid}/retry               401   403   404   403   403   404   401   409
POST /bi-chat/runs/{run_id:uuid}/feedback            401   403   404   409   409   404   401   409
POST /bi-chat/runs/{run_id:uuid}/feedback/remove     401   403   404   409   409   404   401   409
POST /bi-chat/runs/{run_id:uuid}/exports             401   403   403   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/exports     401   403   403   403   403   404   401   303
POST /bi-chat/runs/{run_id:uuid}/verify               401   403   404   409   409   404   401   409
POST /bi-chat/sessions                               401   403   303   303   303   303   401   303
POST /bi-chat/sessions/{session_id:uuid}/archive     401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/clear       401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/compact     401   403   404   403   403   404   401   409
POST /bi-chat/sessions/{session_id:uuid}/delete      401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/keep        401   403   404   404   404   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/leave       401   403   404   404   404   404   401   409
POST /bi-chat/sessions/{session_id:uuid}/link        401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/members     401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/remove 401 403 404 403 403   404   401   404
POST /bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/role 401 403 404 403   403   404   401   404
POST /bi-chat/sessions/{session_id:uuid}/new-title   401   403   404   403   403   404   401   503
POST /bi-chat/sessions/{session_id:uuid}/pin         401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/restore     401   403   404   404   404   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/title       401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/unarchive   401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/unpin       401   403   404   403   403   404   401   303
POST /bi-chat/sessions/{session_id:uuid}/messages    401   403   404   403   403   404   401   409
POST /bi-chat/graphql                                401   403   200   200   200   200   401   200
POST /bichat/graphql                                 401   403   200   200   200   200   401   200
POST /bi-chat/rpc                                    401   403   200   200   200   200   401   200
POST /bi-chat/stream                                 401   403   404   403   403   404   401   409
GET  /bi-chat/summaries/{summary_id:uuid}            401   403   404   404   404   404   401   404
POST /bi-chat/summaries/{summary_id:uuid}/undo       401   403   404   404   404   404   401   404
POST /bi-chat/turns/{message_id:uuid}/show           401   403   404   403   403   404   401   409
POST /bi-chat/turns/{message_id:uuid}/versions       401   403   404   403   403   404   401   409
POST /bichat                                         308   308   308   308   308   308   308   308
POST /bichat/{rest:path}                             308   308   308   308   308   308   308   308
POST /invitation                                     404   404   404   404   404   404   404   404
POST /locale                                         303   303   303   303   303   303   303   303
POST /login                                          422   422   422   422   422   422   422   422
POST /bi-chat/runs/{run_id:uuid}/stop                401   403   404   403   403   404   401   303
POST /bi-chat/stream/stop                            401   403   404   403   403   404   401   200
POST /bi-chat/questions/{checkpoint_id:uuid}/dismiss 401   403   404   403   403   404   401   409
POST /logout                                         303   303   303   303   303   303   303   303
"""
"""What a well-formed request gets, 401 also for being led to the sign-in page. The owner's question waits for an answer: 409.
There is no business database, and the model has nothing more to say: 503."""
SIGNED_IN_IS_ENOUGH = {"GET /account", "POST /account/password"}
ANYBODY = {
    "GET /", "GET /bichat", "POST /bichat", "GET /bichat/{rest:path}", "POST /bichat/{rest:path}", "GET /login", "POST /login",
    "POST /logout", "POST /locale", "GET /invitation", "POST /invitation",
    "GET /health", "GET /health/live", "GET /health/ready", "GET /metrics", "GET /static/{name:path}",
}  # fmt: skip
LAST = {"stop": 1, "dismiss": 2, "archive": 3, "clear": 4, "delete": 5, "restore": 6, "leave": 7, "logout": 8}
"""What changes most is called last, in this order."""
JSON_DOORS = ("/bi-chat/stream", "/bi-chat/rpc", "/bi-chat/graphql", "/bichat/graphql")


Opened = contextlib.AbstractAsyncContextManager[WholeSite]


@pytest.fixture
def whole_site(settings: Settings, peopled_url: str) -> Opened:
    return running(msgspec.structs.replace(settings, database_url=peopled_url))


def in_order(route: tuple[str, str, Any]) -> tuple[int, str, str]:
    """Return the key by which routes are called one after another."""
    path, method, _ = route
    return LAST.get(path.split("/")[-1], 0), method, path


async def call(site: WholeSite, browser: Browser, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send what the route expects, by the owner's ids."""
    fields = {
        "/login": {"email": f"{uuid.uuid4()}@one.test", "password": "wrong"},
        "/locale": {"locale": "en"},
        "/account/password": {"current_password": "wrong", "new_password": PASSWORD},
        "/bi-chat/messages": {"content": "And?"},
        "/bi-chat/sessions/{session_id:uuid}/messages": {"content": "And?"},
        "/bi-chat/sessions/{session_id:uuid}/title": {"title": "Mine"},
        "/bi-chat/sessions/{session_id:uuid}/members": {"email": "admin@one.test", "role": "viewer"},
        "/bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/role": {"role": "viewer"},
        "/bi-chat/artifacts/{artifact_id:uuid}/rename": {"name": "Mine"},
        "/bi-chat/catalogue/tables/{table:str}/readers": {"who": "everybody"},
    }.get(path, {})
    query = {
        "/bi-chat/stream/events": {"runId": site.answered_run},
        "/bi-chat/stream/status": {"sessionId": site.ids["session_id"]},
    }.get(path, {})
    headers = {"x-csrftoken": await browser.csrf(), **headers}
    body: dict[str, Any] = {"data": fields}
    if method == "POST" and path.startswith(JSON_DOORS):
        session = {"sessionId": site.ids["session_id"]}
        body = {"json": {
            "rpc": {"method": "bichat.session.get", "params": {"id": site.ids["session_id"]}},
            "graphql": {"query": "{ sessions { id } }"},
            "stop": session,
        }.get(path.rsplit("/", 1)[-1], {"content": "And?", **session})}  # fmt: skip
    address = site.filled(path)
    return await browser.client.request(method, address, params=query, headers=headers, **(body if method == "POST" else {}))


async def statuses(site: WholeSite, asker: str) -> dict[str, str]:
    """Return what each route answers; a way to the sign-in page is told as 401."""
    headers = {}
    if asker == "revoked token":
        headers = {"authorization": f"Bearer {await tokens.create_for(site.database, 'analyst@one.test', 'old')}"}
        async with site.database.writing() as db:
            await db.execute(update(ApiToken).values(revoked_at=now()))
    found = {}
    async with site.browser(ASKERS[asker]) as browser:
        for path, method, _ in sorted(site.routes, key=in_order):
            answer = await call(site, browser, method, path, headers)
            is_sent_away = answer.headers.get("location", "").startswith("/login?next=")
            found[f"{method} {path}"] = "401" if is_sent_away else str(answer.status_code)
    return found


async def test_who_may_call_what(whole_site: Opened) -> None:
    async with whole_site as whole:
        columns = [await statuses(whole, asker) for asker in ASKERS]
    found = {name: [column[name] for column in columns] for name in columns[0]}
    rows = [line.split() for line in TABLE.strip("\n").splitlines()[1:]]
    assert found == {f"{method} {path}": expected for method, path, *expected in rows}


async def test_an_address_that_is_none_leads_strangers_to_the_sign_in(whole_site: Opened) -> None:
    async with whole_site as whole, whole.browser() as nobody, whole.browser("viewer@one.test") as viewer:
        page = "/bi-chat/sessions/abc"
        answer = await nobody.get(f"{page}?q=1")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={page}%3Fq%3D1")
        answer = await nobody.get(page, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["hx-redirect"][:12]) == (401, "/login?next=")
        events = [await each.get("/bi-chat/runs/abc/events") for each in (nobody, viewer)]
        assert [(each.status_code, each.content) for each in events] == [(401, b""), (404, b"")]
        for path in (page, "/bi-chat/nothing", "/bi-chat/stream/nothing"):
            token = {"authorization": "Bearer bct_none"}
            told = [(await each.get(path, **more)).status_code for each, more in ((viewer, {}), (nobody, {"headers": token}))]
            assert told == [404, 401 if "stream" in path else 303], path
        assert (await nobody.get("/nowhere")).status_code == 404


async def test_who_may_not_follow_a_stream_gets_a_status_without_a_body(whole_site: Opened) -> None:
    async with whole_site as whole, whole.browser() as nobody, whole.browser("nobody@one.test") as roleless:
        for path in ("/bi-chat/sessions/events", f"/bi-chat/runs/{whole.ids['run_id']}/events"):
            for headers in ({}, {"HX-Request": "true"}):
                told = [await each.get(path, headers=headers) for each in (nobody, roleless)]
                assert [(each.status_code, each.content) for each in told] == [(401, b""), (403, b"")], path
                assert not any("hx-redirect" in each.headers for each in told), path


async def test_every_route_names_a_permission_or_is_known_not_to(whole_site: Opened) -> None:
    async with whole_site as whole:
        handlers = {f"{method} {path}": handler for path, method, handler in whole.routes}
    free = {name for name, handler in handlers.items() if not any(isinstance(g, Requires) for g in handler.resolve_guards())}
    assert free == ANYBODY | SIGNED_IN_IS_ENOUGH
    assert {name for name, handler in handlers.items() if handler.opt.get("public")} == ANYBODY


async def test_every_form_needs_the_token(whole_site: Opened) -> None:
    async with whole_site as whole, whole.browser("admin@one.test") as admin:
        for path, method, _ in whole.routes:
            if method != "GET" and not path.startswith("/bichat"):
                answer = await admin.client.request(method, whole.filled(path), data={"x": "y"})
                assert answer.status_code == 403, (path, method)
