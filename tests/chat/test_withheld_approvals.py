"""What a call was to be made with is kept from readers of a conversation who may not see everything, before and after it."""

import io

import pypdf

from tests.chat.conftest import CHECKPOINT, Chat, Person
from tests.chat.test_approvals import TOOLS_PAGE, call_ids, rpc, tail
from tests.chat.test_exports import fetched, made
from tests.chat.test_sharing import share
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import keep_for_managers
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("settings", "shop")

SECRET = "TOPSECRETNAME"
QUERY = f"SELECT count(*) AS shops FROM sales WHERE shop <> '{SECRET}'"


async def test_an_approval_tells_it_to_the_asker_alone(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    async with chat.person("admin@one.test") as admin, chat.program("analyst@one.test") as program:
        assert (await admin.post(TOOLS_PAGE, **{"tool.sql_execute": "ask"})).status_code == 303
        model.add([Call("sql_execute", {"query": QUERY})], [final_answer("Counted.")])
        session, run = await admin.ask("How many shops?")
        asked = await admin.until(session, "waiting")
        assert SECRET in asked
        (call,), checkpoint = call_ids(asked), CHECKPOINT.findall(asked)[0]
        await share(admin, session, "editor", "analyst@one.test")
        path = f"/bi-chat/questions/{checkpoint}/answer"
        seen = [(await analyst.get(f"/bi-chat/sessions/{session}")).text]
        seen += [(await analyst.post(path, htmx=htmx, **{"other.unknown": "What?"})).text for htmx in (True, False)]
        for page in seen:
            assert ("The analyst wants to use" in page, "Do not allow" in page, SECRET in page) == (True, True, False)
        told = [event for event in await tail(program, run) if event["type"] == "interrupt"]
        told.append((await rpc(program, "bichat.session.get", id=session))["result"]["pendingQuestion"])
        for pending in told:
            assert [question["text"] for question in pending["questions"]] == ["Approval: sql_execute"]
            assert SECRET not in str(pending)
        allowed = await admin.post(path, htmx=True, **{f"answer.{call}": "allow"})
        assert SECRET in allowed.text
        assert SECRET in await admin.until(session, "completed")
        await keep_for_managers(chat)
        page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
        streamed = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
        written = (await analyst.get(f"/bi-chat/sessions/{session}/chat.md")).text
        content, _ = await fetched(analyst, await made(analyst, f"/bi-chat/runs/{run}/exports"))
        printed = "".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(content)).pages)
        for text in (page, streamed, written, printed):
            assert ("Counted." in text, SECRET in text) == (True, False)
        assert ("Allowed once" in page, "Allowed once" in streamed) == (True, True)


async def test_who_refuses_it_is_not_told_it_either(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    async with chat.person("admin@one.test") as admin:
        await admin.post(TOOLS_PAGE, **{"tool.sql_execute": "ask"})
        model.add([Call("sql_execute", {"query": QUERY})], [final_answer("Not counted.")])
        session, _ = await admin.ask("How many shops?")
        checkpoint = CHECKPOINT.findall(await admin.until(session, "waiting"))[0]
        await share(admin, session, "editor", "analyst@one.test")
        refused = (await analyst.post(f"/bi-chat/questions/{checkpoint}/dismiss", htmx=True)).text
        assert ("Not allowed" in refused, SECRET in refused) == (True, False)
        await admin.until(session, "completed")
        assert SECRET not in (await analyst.get(f"/bi-chat/sessions/{session}")).text
