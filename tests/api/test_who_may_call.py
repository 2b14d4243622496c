"""Every method, called by everybody with the ids of the analyst's sessions: whoever adds one decides here who may call it."""

import contextlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import update

from app.api.graphql.schema import schema
from app.api.rpc import METHODS
from app.database import now
from app.identity import tokens
from app.identity.models import ApiToken
from app.settings import Settings
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
bichat.session.members      401   403   none  ok    ok    none  401   ok
bichat.session.leave        401   403   none  none  none  none  401   busy
bichat.session.share        401   403   none  403   403   none  401   ok
bichat.session.unshare      401   403   none  403   403   none  401   none
bichat.session.updateTitle  401   403   none  403   403   none  401   ok
bichat.session.pin          401   403   none  403   403   none  401   ok
bichat.session.regenerateTitle 401 403   none  403   403   none  401   ok
bichat.session.unpin        401   403   none  403   403   none  401   ok
bichat.question.submit      401   403   none  403   403   none  401   ok
bichat.question.reject      401   403   none  403   403   none  401   busy
bichat.session.archive      401   403   none  403   403   none  401   ok
bichat.session.unarchive    401   403   none  403   403   none  401   ok
bichat.session.compact      401   403   none  403   403   none  401   busy
bichat.session.uncompact    401   403   none  403   403   none  401   none
bichat.session.clear        401   403   none  403   403   none  401   ok
bichat.session.restore      401   403   none  none  none  none  401   none
bichat.session.delete       401   403   none  403   403   none  401   ok
"""
"""In the order in which they are called. What nobody deleted cannot be restored."""
FIELDS = """
                            anon. none  view. audit admin other revok owner
sessions                    401   403   ok    ok    ok    ok    401   ok
session                     401   403   none  ok    ok    none  401   ok
messages                    401   403   none  ok    ok    none  401   ok
summary                     401   403   none  ok    ok    none  401   ok
summarised                  401   403   none  none  none  none  401   none
createSession               401   403   ok    ok    ok    ok    401   ok
sendMessage                 401   403   none  403   403   none  401   busy
resumeWithAnswer            401   403   none  403   403   none  401   ok
pinSession                  401   403   none  403   403   none  401   ok
archiveSession              401   403   none  403   403   none  401   ok
compactSession              401   403   none  403   403   none  401   busy
uncompactSession            401   403   none  403   403   none  401   none
"""
"""Fields of queries and mutations, in the same way. The subscription is in `test_who_may_follow`, as it needs a connection."""
OPERATIONS = {
    "sessions": "{ sessions { id } }",
    "session": "query($s: ID!) { session(id: $s) { id } }",
    "messages": "query($s: ID!) { messages(sessionId: $s) { id } }",
    "summary": "query($s: ID!) { summary(sessionId: $s) { id } }",
    "summarised": "query($s: ID!) { summarised(summaryId: $s) { id } }",
    "createSession": "mutation { createSession { id } }",
    "sendMessage": 'mutation($s: ID!) { sendMessage(sessionId: $s, content: "And?") { userTurn { id } } }',
    "resumeWithAnswer": (
        'mutation($s: ID!, $c: ID!) { resumeWithAnswer(sessionId: $s, checkpointId: $c, answers: {q: "a"}) { userTurn { id } } }'
    ),
    "pinSession": "mutation($s: ID!) { pinSession(id: $s) { id } }",
    "archiveSession": "mutation($s: ID!) { archiveSession(id: $s) { id } }",
    "compactSession": "mutation($s: ID!) { compactSession(id: $s) { summary } }",
    "uncompactSession": "mutation($s: ID!) { uncompactSession(id: $s) { id } }",
}


Ask = Callable[[WholeSite, httpx.AsyncClient, str, dict[str, str]], Awaitable[str]]
Opened = contextlib.AbstractAsyncContextManager[WholeSite]


@pytest.fixture
def whole_site(settings: Settings, peopled_url: str) -> Opened:
    return running(msgspec.structs.replace(settings, database_url=peopled_url))


def params_of(site: WholeSite, method: str) -> dict[str, Any]:
    session = site.ids["session_id"]
    special: dict[str, dict[str, Any]] = {
        "bichat.session.artifacts": {"sessionId": session},
        "bichat.session.updateTitle": {"id": session, "title": "Named"},
        "bichat.session.share": {"id": session, "email": "auditor@one.test", "role": "viewer"},
        "bichat.session.unshare": {"id": session, "userId": str(uuid.uuid4())},
        "bichat.question.submit": {"sessionId": session, "checkpointId": site.ids["checkpoint_id"], "answers": {"q": "a"}},
        "bichat.question.reject": {"sessionId": session},
    }
    takes_id = "id" in METHODS[method].params.__struct_fields__
    return special.get(method, {"id": session} if takes_id else {})


async def codes(site: WholeSite, asker: str, table: str, ask: Ask) -> list[str]:
    headers = {}
    if asker == "revoked token":
        headers = {"authorization": f"Bearer {await tokens.create_for(site.database, 'analyst@one.test', 'old')}"}
        async with site.database.writing() as db:
            await db.execute(update(ApiToken).values(revoked_at=now()))
    async with site.browser(ASKERS[asker]) as browser:
        headers["x-csrftoken"] = await browser.csrf()
        return [await ask(site, browser.client, name, headers) for name, _ in rows(table)]


async def call(site: WholeSite, client: httpx.AsyncClient, method: str, headers: dict[str, str]) -> str:
    body = {"id": 1, "method": method, "params": params_of(site, method)}
    answer = (await client.post("/bi-chat/rpc", json=body, headers=headers)).json()
    return str(answer.get("error", {"code": ""})["code"])


async def operate(site: WholeSite, client: httpx.AsyncClient, field: str, headers: dict[str, str]) -> str:
    known = {"s": site.ids["session_id"], "c": site.ids["checkpoint_id"]}
    query = OPERATIONS[field]
    body = {"query": query, "variables": {name: value for name, value in known.items() if f"${name}" in query}}
    answer = (await client.post("/bi-chat/graphql", json=body, headers=headers)).json()
    return "".join(error["extensions"]["code"] for error in answer.get("errors", ()))


def rows(table: str) -> list[tuple[str, list[str]]]:
    lines = [line.split() for line in table.strip("\n").splitlines()[1:]]
    return [(name, [CODES[word] for word in words]) for name, *words in lines]


@pytest.mark.parametrize(("table", "ask"), [(TABLE, call), (FIELDS, operate)], ids=["methods", "fields"])
async def test_who_may_call_what(whole_site: Opened, table: str, ask: Ask) -> None:
    async with whole_site as site:
        site.model.add("Right.")
        columns = [await codes(site, asker, table, ask) for asker in ASKERS]
    found = {name: [column[place] for column in columns] for place, (name, _) in enumerate(rows(table))}
    assert found == dict(rows(table))


def test_every_method_and_field_is_in_its_table() -> None:
    assert {method for method, _ in rows(TABLE)} == set(METHODS)
    fields = {name: set(schema._schema.type_map[name].fields) for name in ("Query", "Mutation", "Subscription")}
    assert {field for field, _ in rows(FIELDS)} == fields["Query"] | fields["Mutation"]
    assert fields["Subscription"] == {"messageStream"}


async def test_clearing_counts_the_artifacts_that_were_listed(whole_site: Opened) -> None:
    async with whole_site as site, site.browser(ASKERS["owner"]) as browser:
        headers = {"x-csrftoken": await browser.csrf()}

        async def result(method: str, **params: Any) -> Any:
            body = {"method": f"bichat.session.{method}", "params": params}
            return (await browser.client.post("/bi-chat/rpc", json=body, headers=headers)).json()["result"]

        counts = []
        for session in (await result("list"))["sessions"]:
            listed = (await result("artifacts", sessionId=session["id"]))["artifacts"]
            counts.append((len(listed), (await result("clear", id=session["id"]))["deletedArtifacts"]))
    assert sorted(counts) == [(0, 0), (3, 3)]
