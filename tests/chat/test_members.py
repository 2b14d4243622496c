"""What people whom an owner lets into a conversation may call; everybody else is in the table of all routes."""

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from app.chat.models import UNFINISHED, Run, Session
from app.files.models import Artifact
from app.identity import users
from app.settings import Settings
from tests.identity.test_every_route import call, in_order
from tests.whole_site import WholeSite, running

EMAIL = "viewer@one.test"
TABLE = """
                                                                       named         by the link
                                                                       edit. view. edit. view.
GET /bi-chat/artifacts/{artifact_id:uuid}/chart                        200   403   200   403
GET /bi-chat/artifacts/{artifact_id:uuid}/chart.json                   200   200   200   200
GET /bi-chat/artifacts/{artifact_id:uuid}/exports                      200   403   200   403
GET /bi-chat/artifacts/{artifact_id:uuid}/table                        200   200   200   200
GET /bi-chat/artifacts/{artifact_id:uuid}/table.tsv                    200   200   200   200
GET /bi-chat/runs/{run_id:uuid}/events                                 200   200   200   200
GET /bi-chat/runs/{run_id:uuid}/exports                                200   403   200   403
GET /bi-chat/runs/{run_id:uuid}/feedback                               409   409   409   409
POST /bi-chat/runs/{run_id:uuid}/feedback                              409   409   409   409
GET /bi-chat/sessions/{session_id:uuid}                                200   200   200   200
GET /bi-chat/sessions/{session_id:uuid}/artifacts                      200   200   200   200
GET /bi-chat/sessions/{session_id:uuid}/colleagues                     403   403   403   403
GET /bi-chat/sessions/{session_id:uuid}/menu                           200   200   403   403
GET /bi-chat/sessions/{session_id:uuid}/sharing                        200   200   200   200
GET /bi-chat/sessions/{session_id:uuid}/title                          403   403   403   403
GET /bi-chat/sessions/{session_id:uuid}/turns                          200   200   200   200
GET /bi-chat/stream/events                                             200   200   200   200
GET /bi-chat/stream/status                                             200   200   200   200
GET /bi-chat/turns/{message_id:uuid}/edit                              200   403   200   403
GET /bi-chat/turns/{message_id:uuid}/question                          303   403   303   403
GET /bi-chat/turns/{message_id:uuid}/show                              200   403   200   403
GET /bi-chat/uploads/{file_name:str}                                   200   200   200   200
POST /bi-chat/artifacts/{artifact_id:uuid}/chart                       400   403   400   403
POST /bi-chat/artifacts/{artifact_id:uuid}/exports                     303   403   303   403
POST /bi-chat/artifacts/{artifact_id:uuid}/refresh                     303   403   303   403
POST /bi-chat/artifacts/{artifact_id:uuid}/rename                      303   403   303   403
POST /bi-chat/questions/{checkpoint_id:uuid}/answer                    422   403   422   403
POST /bi-chat/runs/{run_id:uuid}/exports                               303   403   303   403
POST /bi-chat/runs/{run_id:uuid}/retry                                 409   403   409   403
POST /bi-chat/sessions/{session_id:uuid}/exports                       303   403   303   403
POST /bi-chat/sessions/{session_id:uuid}/keep                          404   404   303   303
POST /bi-chat/sessions/{session_id:uuid}/link                          403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/members                       403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/remove 403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/role   403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/messages                      409   403   409   403
POST /bi-chat/sessions/{session_id:uuid}/new-title                     403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/pin                           403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/title                         403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/unarchive                     403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/unpin                         403   403   403   403
POST /bi-chat/stream                                                   409   403   409   403
POST /bi-chat/turns/{message_id:uuid}/show                             409   403   409   403
POST /bi-chat/turns/{message_id:uuid}/versions                         409   403   409   403
POST /bi-chat/runs/{run_id:uuid}/stop                                  303   403   303   403
POST /bi-chat/stream/stop                                              200   403   200   403
POST /bi-chat/questions/{checkpoint_id:uuid}/dismiss                   409   403   409   403
POST /bi-chat/sessions/{session_id:uuid}/archive                       403   403   403   403
POST /bi-chat/sessions/{session_id:uuid}/clear                         403   403   403   403
POST /bi-chat/artifacts/{artifact_id:uuid}/delete                      303   403   303   403
POST /bi-chat/sessions/{session_id:uuid}/delete                        403   403   403   403
POST /bi-chat/artifacts/{artifact_id:uuid}/restore                     303   403   303   403
POST /bi-chat/sessions/{session_id:uuid}/restore                       404   404   404   404
POST /bi-chat/sessions/{session_id:uuid}/leave                         303   303   303   303
"""
"""The conversation waits for an answer: 409. Whoever reads by the link alone has nothing to leave before they `keep` it."""
KINDS = ("named editor", "named viewer", "link editor", "link viewer")

Opened = contextlib.AbstractAsyncContextManager[WholeSite]


@pytest.fixture
def whole_site(settings: Settings, peopled_url: str) -> Opened:
    return running(msgspec.structs.replace(settings, database_url=peopled_url))


async def let_in(site: WholeSite, kind: str) -> None:
    """Share the analyst's conversation with a person who may export, by name or by its link."""
    await users.set_role(site.database, EMAIL, "Analyst")
    how, role = kind.split()
    fields = {"role": role} if how == "link" else {"role": role, "email": EMAIL}
    async with site.database.reading() as db:
        both = (await db.scalars(select(Session.id))).all()
    async with site.browser("analyst@one.test") as owner:
        for session_id in both:
            answer = await owner.post(f"/bi-chat/sessions/{session_id}/{'link' if how == 'link' else 'members'}", **fields)
            assert answer.status_code == 303, answer.text


def column(kind: str) -> dict[str, str]:
    lines = [line.rsplit(maxsplit=len(KINDS)) for line in TABLE.strip("\n").splitlines()[2:]]
    return {name: words[KINDS.index(kind)] for name, *words in lines}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_members_may_call(whole_site: Opened, kind: str) -> None:
    found, expected = {}, column(kind)
    async with whole_site as site:
        site.model.add("Right.")
        await let_in(site, kind)
        async with site.browser(EMAIL) as browser:
            for path, method, _ in sorted(site.routes, key=in_order):
                if f"{method} {path}" in expected:
                    found[f"{method} {path}"] = str((await call(site, browser, method, path, {})).status_code)
    assert found == expected


@pytest.mark.parametrize("door", ["rpc", "page"])
async def test_an_editor_takes_nothing_away_from_the_author(whole_site: Opened, door: str) -> None:
    async with whole_site as site:
        await let_in(site, "named editor")
        before = await what_stands(site)
        async with site.browser(EMAIL) as browser:
            for session_id in before["sessions"]:
                if door == "page":
                    for action in ("delete", "archive", "remove"):
                        answer = await browser.post("/bi-chat/chats", action=action, sure="yes", session=str(session_id))
                        assert answer.headers["location"] == "/bi-chat/chats?show=listed"
                    continue
                for method, more in (("delete", {"permanent": True}), ("delete", {}), ("archive", {}), ("clear", {})):
                    params = {"id": str(session_id), **more}
                    body = {"method": f"bichat.session.{method}", "params": params}
                    headers = {"x-csrftoken": await browser.csrf()}
                    assert (await browser.client.post("/bi-chat/rpc", json=body, headers=headers)).status_code == 403
        assert await what_stands(site) == before


async def what_stands(site: WholeSite) -> dict[str, Sequence[Any]]:
    async with site.database.reading() as db:
        found = {
            "sessions": (await db.scalars(select(Session.id).where(Session.deleted_at.is_(None)).order_by(Session.id))).all(),
            "results": (await db.scalars(select(Artifact.id).where(Artifact.deleted_at.is_(None)).order_by(Artifact.id))).all(),
            "going on": (await db.scalars(select(Run.id).where(Run.status.in_(UNFINISHED)))).all(),
        }
    assert all(found.values())
    return found
