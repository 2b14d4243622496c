"""Every method, called by everybody with the ids of the analyst's sessions: whoever adds one decides here who may call it."""

import contextlib
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from app.api.rpc import METHODS
from app.database import now
from app.identity import tokens
from app.identity.models import ApiToken
from app.settings import Settings
from tests.site import Browser
from tests.whole_site import WholeSite, running

ASKERS = {
    "anonymous": "", "no role": "nobody@one.test", "viewer": "viewer@one.test", "auditor": "auditor@one.test",
    "admin": "admin@one.test", "other tenant": "analyst@two.test", "revoked token": "", "owner": "analyst@one.test",
}  # fmt: skip
"""The owner comes last: only they can change what is asked for."""
CODES = {
    "ok": "", "401": "unauthorized", "403": "forbidden", "none": "not_found", "busy": "conflict",
}  # fmt: skip
TABLE = """
                            anon. none  view. audit admin other revok owner
bichat.ping                 401   403   ok    ok    ok    ok    401   ok
bichat.session.list         401   403   ok    ok    ok    ok    401   ok
bichat.session.listAll      401   403   403   ok    ok    403   401   403
bichat.session.listDeleted  401   403   ok    ok    ok    ok    401   ok
bichat.session.create       401   403   ok    ok    ok    ok    401   ok
bichat.session.get          401   403   none  ok    ok    none  401   ok
bichat.session.artifacts    401   403   none  ok    ok    none  401   ok
bichat.session.updateTitle  401   403   none  403   403   none  401   ok
bichat.session.pin          401   403   none  403   403   none  401   ok
bichat.session.unpin        401   403   none  403   403   none  401   ok
bichat.question.submit      401   403   none  403   403   none  401   ok
bichat.question.reject      401   403   none  403   403   none  401   busy
bichat.session.archive      401   403   none  403   403   none  401   ok
bichat.session.unarchive    401   403   none  403   403   none  401   ok
bichat.session.clear        401   403   none  403   403   none  401   ok
bichat.session.restore      401   403   none  none  none  none  401   none
bichat.session.delete       401   403   none  403   403   none  401   ok
"""
"""In the order in which they are called. What nobody deleted cannot be restored."""


Opened = contextlib.AbstractAsyncContextManager[WholeSite]


@pytest.fixture
def whole_site(settings: Settings, peopled_url: str) -> Opened:
    return running(msgspec.structs.replace(settings, database_url=peopled_url))


def params_of(site: WholeSite, method: str) -> dict[str, Any]:
    session = site.ids["session_id"]
    special: dict[str, dict[str, Any]] = {
        "bichat.session.artifacts": {"sessionId": session},
        "bichat.session.updateTitle": {"id": session, "title": "Named"},
        "bichat.question.submit": {"sessionId": session, "checkpointId": site.ids["checkpoint_id"], "answers": {"q": "a"}},
        "bichat.question.reject": {"sessionId": session},
    }
    takes_id = "id" in METHODS[method].params.__struct_fields__
    return special.get(method, {"id": session} if takes_id else {})


async def codes(site: WholeSite, asker: str) -> list[str]:
    headers = {}
    if asker == "revoked token":
        headers = {"authorization": f"Bearer {await tokens.create_for(site.database, 'analyst@one.test', 'old')}"}
        async with site.database.writing() as db:
            await db.execute(update(ApiToken).values(revoked_at=now()))
    async with site.browser(ASKERS[asker]) as browser:
        headers["x-csrftoken"] = await browser.csrf()
        return [await code(site, browser, method, headers) for method, _ in rows()]


async def code(site: WholeSite, browser: Browser, method: str, headers: dict[str, str]) -> str:
    body = {"id": 1, "method": method, "params": params_of(site, method)}
    answer = (await browser.client.post("/bi-chat/rpc", json=body, headers=headers)).json()
    return str(answer.get("error", {"code": ""})["code"])


def rows() -> list[tuple[str, list[str]]]:
    lines = [line.split() for line in TABLE.strip("\n").splitlines()[1:]]
    return [(method, [CODES[word] for word in words]) for method, *words in lines]


async def test_who_may_call_which_method(whole_site: Opened) -> None:
    async with whole_site as site:
        site.model.add("Right.")
        columns = [await codes(site, asker) for asker in ASKERS]
    found = {method: [column[place] for column in columns] for place, (method, _) in enumerate(rows())}
    assert found == dict(rows())


def test_every_method_is_in_the_table() -> None:
    assert {method for method, _ in rows()} == set(METHODS)
