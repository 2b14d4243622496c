"""What agents did stays with its answer when the question is asked again and when the conversation is summarised."""

import re
from typing import Any

from tests.chat.conftest import CHECKPOINT, Chat, Person
from tests.chat.test_approvals import TOOLS_PAGE, call_ids
from tests.chat.test_compacting import FOUR, compacted
from tests.chat.test_delegating import STEP, both, give, script
from tests.chat.test_tables import settings, shop
from tests.chat.test_versions import turns_of
from tests.scripted_model import Call, ScriptedModel, Thought, final_answer

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


async def test_those_of_a_task_that_was_allowed_first_stand_below_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post(TOOLS_PAGE, **{"tool.task": "ask"})).status_code == 303
    model.add([give("sql_analyst", "All of them.")], [Thought("To the tables."), Call("schema_list")], ["Eight."], ["Done."])
    session, run = await analyst.ask("How many?")
    page = await analyst.until(session, "waiting")
    found = CHECKPOINT.search(page)
    assert found
    (call,) = call_ids(page)
    await analyst.post(f"/bi-chat/questions/{found[1]}/answer", **{f"answer.{call}": "allow"})
    page = await analyst.until(session, "completed")
    streamed = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    for html in (page, streamed):
        assert STEP.findall(html) == [("task", "ok", "sql_analyst"), ("schema_list", "ok", "")]
        ids = re.findall(r'<li class="step" id="run-[0-9a-f-]+-step-([\w-]+)">', html)
        task, thought = next((step, ids[at + 1]) for at, step in enumerate(ids[:-1]) if ids[at + 1].endswith("-thought-1"))
        assert thought == f"{task}-thought-1"
        assert html.index(f'-step-{task}-steps"') < html.index("To the tables.") < html.index('data-tool="schema_list"')


async def test_whoever_comes_back_to_agents_that_think_side_by_side_has_all_of_it_once(
    analyst: Person, model: ScriptedModel
) -> None:
    def thinking(name: str) -> list[Any]:
        return [part for number in range(12) for part in (Thought(f"{name}{number} {'word ' * 9}\n\n"), 0.04)]

    tasks, look = [give("sql_analyst", "Sales."), give("chart_maker", "Bars.")], Call("schema_list")
    script(
        model, bi_analyst=[tasks, [final_answer("Done.")]], sql_analyst=[[*thinking("sql"), look], ["Eight."]],
        chart_maker=[[*thinking("bar"), look], ["Drawn."]],
    )  # fmt: skip
    session, run = await analyst.ask("Sales?")
    path = f"/bi-chat/runs/{run}/events"
    live = [event for event in await analyst.events(path) if "id" in event]
    await analyst.until(session, "completed")
    whole, ways = sorted(f"{name}{number}" for name in ("bar", "sql") for number in range(11)), 0
    for at, event in enumerate(live):
        rest = await analyst.events(path, event["id"])
        if '-body" hx-swap="innerHTML"' in rest[0].get("data", ""):
            continue
        ways += 1
        told = "".join(each.get("data", "") for each in (*live[: at + 1], *rest))
        html = "".join(
            each for each in told.split("</hx-partial>") if not re.search(r'-growing" hx-swap|hx-swap="outerHTML"', each)
        )
        started = re.findall(r'<li class="step" id="[^"]*-step-([\w-]+-thought-\d+)"', html)
        assert len(started) == len(set(started)) == 2
        finished = re.sub(r'-growing">.*?</div>', "", html, flags=re.DOTALL)
        assert sorted(re.findall(r"<p>((?:sql|bar)\d+) ", finished)) == whole
    assert ways > 10
