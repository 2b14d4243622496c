"""What agents did stays with its answer when the question is asked again and when the conversation is summarised."""

from tests.chat.conftest import Person
from tests.chat.test_compacting import FOUR, compacted
from tests.chat.test_delegating import STEP, both
from tests.chat.test_tables import settings, shop
from tests.chat.test_versions import turns_of
from tests.scripted_model import ScriptedModel, final_answer

__all__ = ("settings", "shop")

STEPS = [
    ("task", "ok", "sql_analyst"), ("schema_list", "ok", ""), ("sql_execute", "ok", ""), ("task", "ok", "chart_maker"),
    ("draw_chart", "ok", ""),
]  # fmt: skip


async def delegated(person: Person, model: ScriptedModel) -> str:
    """Hold a conversation whose first answer agents worked on."""
    both(model)
    session, _ = await person.ask("Draw the sales of each shop")
    await person.until(session, "completed")
    model._turns.clear()
    return session


async def test_they_are_of_the_version_that_they_were_done_for(analyst: Person, model: ScriptedModel) -> None:
    session = await delegated(analyst, model)
    (first,) = await turns_of(analyst, session)
    model.add([final_answer("Without them.")])
    await analyst.post(f"/bi-chat/turns/{first}/versions", htmx=True)
    page = await analyst.until(session, "completed")
    assert "Without them." in page
    assert STEP.findall(page) == []
    assert [type(message).__name__ for message in model.requests[-1].messages] == ["UserText"]
    await analyst.post(f"/bi-chat/turns/{first}/show")
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert STEP.findall(page) == STEPS
    assert 'data-chart="' in page
    model.add([final_answer("Yes.")])
    await analyst.ask("Sure?", session)
    await analyst.until(session, "completed")
    said = [type(message).__name__ for message in model.requests[-1].messages]
    assert said == ["UserText", "AssistantText", "ToolOutput", "AssistantText", "ToolOutput", "AssistantText", "UserText"]


async def test_a_summary_takes_them_away_with_their_answer_and_brings_them_back(analyst: Person, model: ScriptedModel) -> None:
    session = await delegated(analyst, model)
    for question, answer in FOUR[:2]:
        model.add([final_answer(answer)])
        await analyst.ask(question, session)
        await analyst.until(session, "completed")
    summary = await compacted(analyst, model, session)
    asked = [message.content for message in model.requests[-1].messages]
    assert "1,234,567" not in "".join(asked)
    assert asked[0] == "Draw the sales of each shop"
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert STEP.findall(page) == []
    assert STEP.findall((await analyst.get(f"/bi-chat/summaries/{summary}")).text) == STEPS
    assert (await analyst.post(f"/bi-chat/summaries/{summary}/undo")).status_code == 303
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert STEP.findall(page) == STEPS
    assert len(await turns_of(analyst, session)) == 3
