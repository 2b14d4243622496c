"""An approval that was never given, or that somebody else gave, is asked for again when the answer goes on."""

import pytest
from sqlalchemy import text

from tests.chat.conftest import CHECKPOINT, RUN, Chat, Person
from tests.chat.test_approvals import call_ids, chat, waiting
from tests.letters import Post, letter
from tests.model_server import ModelServer

__all__ = ["chat"]


async def changed(chat: Chat, *statements: str, **values: str) -> None:
    async with chat.database.writing() as db:
        for statement in statements:
            known = {name: value for name, value in values.items() if f":{name}" in statement}
            await db.execute(text(statement), known)


async def asked_again(person: Person, session: str, before: str) -> str:
    """Return the checkpoint that came after `before`."""
    found = CHECKPOINT.findall(await person.until(session, "waiting"))
    assert found
    assert before not in found
    return found[0]


async def test_a_stopped_one_is_asked_for_again_and_then_done_once(analyst: Person, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    run = RUN.findall((await analyst.get(f"/bi-chat/sessions/{session}")).text)[-1]
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    page = await analyst.until(session, "stopped")
    assert 'data-testid="question-form"' not in page
    await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)
    second = await asked_again(analyst, session, checkpoint)
    (call,) = set(call_ids((await analyst.get(f"/bi-chat/sessions/{session}")).text))
    await analyst.post(f"/bi-chat/questions/{second}/answer", **{f"answer.{call}": "allow"})
    await analyst.until(session, "completed")
    assert post.sent == ["ann@b.test"]


@pytest.mark.parametrize(("email", "sent"), [("analyst@one.test", ["ann@b.test"]), ("admin@one.test", [])])
async def test_what_one_person_allowed_nobody_else_goes_on_with(
    chat: Chat, analyst: Person, provider: ModelServer, post: Post, email: str, sent: list[str]
) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    (call,), run = call_ids(page), RUN.findall(page)[-1]
    await changed(
        chat,
        """UPDATE bichat_questions SET status = 'answered', answers = :answers, answered_by =
           (SELECT id FROM bichat_users WHERE email = 'analyst@one.test')""",
        "UPDATE bichat_runs SET status = 'stopped', finish_reason = 'stopped'",
        "UPDATE bichat_sessions SET link_role = 'editor'",
        answers=f'{{"{call}": ["allow"]}}',
    )
    async with chat.person(email) as person:
        await person.get(f"/bi-chat/sessions/{session}")
        await person.post(f"/bi-chat/runs/{run}/retry", htmx=True)
        if sent:
            await person.until(session, "completed")
        else:
            await asked_again(person, session, checkpoint)
    assert post.sent == sent


async def test_an_expired_one_is_asked_for_again(chat: Chat, analyst: Person, provider: ModelServer, post: Post) -> None:
    session, checkpoint = await waiting(analyst, provider, letter())
    run = RUN.findall((await analyst.get(f"/bi-chat/sessions/{session}")).text)[-1]
    await changed(
        chat,
        "UPDATE bichat_questions SET status = 'expired'",
        "UPDATE bichat_runs SET status = 'stopped', finish_reason = 'stopped'",
    )
    await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)
    await asked_again(analyst, session, checkpoint)
    assert post.sent == []
