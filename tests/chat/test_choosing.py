"""The composer offers the models that the company allows and how long they reason; what was chosen holds for what follows."""

import re

from sqlalchemy import update

from app.identity.models import Tenant
from tests.chat.conftest import Chat, Person
from tests.chat.test_retention import tenant_of
from tests.scripted_model import ScriptedModel, final_answer

OPTION = re.compile(r'<option value="([^"]*)"( selected)?>([^<]*)</option>')


async def allow(chat: Chat, *models: str, email: str = "analyst@one.test") -> None:
    tenant = await tenant_of(chat, email)
    async with chat.database.writing() as db:
        await db.execute(update(Tenant).where(Tenant.id == tenant).values(models_allowed=list(models)))


async def offered(person: Person, name: str, path: str = "/bi-chat") -> list[tuple[str, ...]]:
    page = (await person.get(path)).text
    found = re.search(rf'<select class="choice-field" name="{name}".*?</select>', page, re.DOTALL)
    return [match.groups(default="") for match in OPTION.finditer(found[0])] if found else []


async def talked(person: Person, script: ScriptedModel, session: str = "", **fields: str) -> str:
    script.add([final_answer("Ten.")])
    session, _ = await person.ask("How many?", session, **fields)
    await person.until(session, "completed")
    return session


async def test_the_allowed_models_are_offered_and_the_usual_one_is_marked(chat: Chat, analyst: Person) -> None:
    assert await offered(analyst, "model") == []
    await allow(chat, "small", "gpt-5.2", "large")
    models = [("", " selected", "gpt-5.2 (usual)"), ("small", "", "small"), ("large", "", "large")]
    assert await offered(analyst, "model") == models
    async with chat.person("analyst@two.test") as stranger:
        assert await offered(stranger, "model") == []
    await allow(chat, "small")
    assert await offered(analyst, "model") == []
    assert await offered(analyst, "reasoning_effort") == []


async def test_a_choice_holds_for_the_questions_that_follow_and_is_told(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await allow(chat, "gpt-5.2", "small")
    session = await talked(analyst, model, model="small", reasoning_effort="high")
    path = f"/bi-chat/sessions/{session}"
    assert ("small", " selected", "small") in await offered(analyst, "model", path)
    assert ("high", " selected", "much") in await offered(analyst, "reasoning_effort", path)
    await talked(analyst, model, session)
    turn = (await analyst.get(path)).text.split('data-turn-id="')[-1].split('"')[0]
    model.add([final_answer("Again.")])
    assert (await analyst.post(f"/bi-chat/turns/{turn}/versions")).status_code == 303
    page = await analyst.until(session, "completed")
    assert [(request.model, request.reasoning_effort) for request in model.requests] == [("small", "high")] * 3
    assert 'data-testid="answered-by" title="The language model that answered">small</span>' in page
    await talked(analyst, model, session, model="", reasoning_effort="")
    assert (model.requests[-1].model, model.requests[-1].reasoning_effort) == (None, None)
    await talked(analyst, model, session)
    assert (model.requests[-1].model, model.requests[-1].reasoning_effort) == (None, None)


async def test_a_choice_follows_the_person_to_another_device_and_no_one_else(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await allow(chat, "gpt-5.2", "small", "large")
    await talked(analyst, model, model="small", reasoning_effort="low")
    async with chat.person("analyst@one.test") as phone, chat.person("viewer@one.test") as colleague:
        assert ("small", " selected", "small") in await offered(phone, "model")
        assert ("low", " selected", "little") in await offered(phone, "reasoning_effort")
        assert ("", " selected", "gpt-5.2 (usual)") in await offered(colleague, "model")
        await talked(phone, model, model="large")
        assert (model.requests[-1].model, model.requests[-1].reasoning_effort) == ("large", "low")
        assert ("large", " selected", "large") in await offered(analyst, "model")
        await allow(chat, "gpt-5.2", "small")
        assert ("", " selected", "gpt-5.2 (usual)") in await offered(phone, "model")
        await talked(phone, model)
        assert model.requests[-1].model is None


async def test_asking_again_takes_the_model_that_is_chosen_now(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    await allow(chat, "gpt-5.2", "small")
    session = await talked(analyst, model)
    turn = (await analyst.get(f"/bi-chat/sessions/{session}")).text.split('data-turn-id="')[-1].split('"')[0]
    refused = await analyst.post(f"/bi-chat/turns/{turn}/versions", content="How many now?", model="huge")
    assert refused.status_code == 422
    assert "does not allow the model huge" in refused.text
    assert "How many now?" in refused.text
    model.add([final_answer("Ten.")])
    await analyst.post(f"/bi-chat/turns/{turn}/versions", htmx=True, content="How many now?", model="small")
    await analyst.until(session, "completed")
    assert model.requests[-1].model == "small"


async def test_a_model_that_is_not_allowed_is_refused_and_the_text_is_kept(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await allow(chat, "gpt-5.2", "small")
    session = await talked(analyst, model, model="small")
    await allow(chat, "gpt-5.2", "large")
    path = f"/bi-chat/sessions/{session}/messages"
    refused = await analyst.post(path, content="And now?", model="small")
    assert refused.status_code == 422
    assert "Your company does not allow the model small. Allowed: gpt-5.2, large." in refused.text
    assert ">And now?</textarea>" in refused.text
    swapped = await analyst.post(path, htmx=True, content="And now?", model="small")
    assert swapped.status_code == 422
    assert '<option value="large">' in swapped.text
    unknown = await analyst.post(path, htmx=True, content="And now?", reasoning_effort="endless")
    assert (unknown.status_code, "endless is not a reasoning effort" in unknown.text) == (422, True)
    await talked(analyst, model, session)
    assert model.requests[-1].model is None


async def test_programs_may_ask_for_known_efforts_only(chat: Chat, model: ScriptedModel) -> None:
    async with chat.program("analyst@one.test") as program:
        answer = await program.post("/bi-chat/stream", json={"content": "Well?", "reasoningEffort": "endless"})
        assert answer.status_code == 400
        assert answer.json()["error"]["details"]["reasoningEffort"] == "unknown"
        model.add([final_answer("Yes.")])
        await chat.stream(program, content="Well?", reasoningEffort="xhigh")
    assert model.requests[-1].reasoning_effort == "xhigh"
