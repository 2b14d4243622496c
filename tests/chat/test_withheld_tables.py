"""A table that is kept from a role after its people read it: what was stored is redacted, for its owner too."""

import asyncio
import io
import re
import uuid

import msgspec
import pypdf
import pytest
from sqlalchemy import select, update

from app.agent.model import ModelRequest, ToolOutput
from app.chat import plain_summaries
from app.chat.models import Message
from app.files.models import Artifact
from app.identity.models import Role, Tenant
from tests.chat.conftest import Chat, Person, decoded, events_of
from tests.chat.test_exports import FILE, STATE, fetched, made
from tests.chat.test_sharing import share
from tests.chat.test_tables import settings, shop
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("settings", "shop")

SHOPS = "SELECT shop, sum(amount) AS amount FROM sales GROUP BY shop"
SECRET = "Shop 3"
TABLE = re.compile(r'data-table-id="([^"]+)"')
CHART = re.compile(r'data-chart="([^"]+)"')


def showing(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)["result_id"]
    return [
        Call("render_table", {"result_id": result, "title": "Of each shop"}),
        Call("draw_chart", {"result_id": result, "type": "bar", "x": "shop", "y": ["amount"], "title": "Bars of shops"}),
        Call("export_data_to_excel", {"result_id": result, "title": "File of shops"}),
    ]


async def asked(analyst: Person, model: ScriptedModel) -> tuple[str, str, str]:
    """Have a question answered with a table, a chart and a file; returns the session's and run's id and the page."""
    model.add([Call("sql_execute", {"query": SHOPS})], showing, [final_answer("Here they are.")])
    session, run = await analyst.ask("Sales of each shop?")
    return session, run, await analyst.until(session, "completed")


async def keep_for_managers(chat: Chat) -> None:
    await keep_for(chat, "Admin")


async def keep_for(chat: Chat, name: str) -> None:
    async with chat.database.reading() as db:
        ours = select(Role.id).join(Tenant, Tenant.id == Role.tenant_id).where(Role.name == name, Tenant.name == "One")
        role = (await db.execute(ours)).scalar_one()
    await decide(chat, who="chosen", role=str(role))


async def forget_what_was_read(chat: Chat) -> None:
    """Leave results as those are whose query could not be read."""
    async with chat.database.writing() as db:
        for table in (Message, Artifact):
            for row in await db.execute(select(table.id, table.details).where(table.details.is_not(None))):
                details = {**row.details, "asked": None}
                if "shown" in details:
                    details["shown"] = {**details["shown"], "reads": [], "tables": []}
                await db.execute(update(table).where(table.id == row.id).values(details=details))


async def decide(chat: Chat, **fields: str) -> None:
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post("/bi-chat/catalogue/tables/sales/readers", **fields)).status_code == 303


async def test_its_owner_is_shown_no_figures_of_it_any_more(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run, page = await asked(analyst, model)
    assert SECRET in page
    artifact, chart, file = TABLE.findall(page)[0], CHART.findall(page)[0], FILE.findall(page)[0]
    await keep_for_managers(chat)
    for path in (
        f"/bi-chat/sessions/{session}",
        f"/bi-chat/artifacts/{artifact}/table",
        f"/bi-chat/sessions/{session}/artifacts",
    ):
        page = (await analyst.get(path)).text
        assert "tables that you may not see" in page, path
        assert not any(word in page for word in (SECRET, "Of each shop", "Bars of shops", "File of shops", "GROUP BY")), path
    for path in (f"/bi-chat/artifacts/{artifact}/table.tsv", f"/bi-chat/artifacts/{artifact}/exports", chart, file):
        assert (await analyst.get(path)).status_code == 404, path
    assert (await analyst.get(chart.removesuffix(".json"))).status_code == 404
    for kind in ("excel", "csv"):
        assert (await analyst.post(f"/bi-chat/artifacts/{artifact}/exports", format=kind)).status_code == 404
    assert (await analyst.post(f"/bi-chat/artifacts/{artifact}/refresh")).status_code == 422
    told = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    assert "tables that you may not see" in told
    assert SECRET not in told


async def test_whoever_may_read_it_still_sees_it_and_so_does_everybody_afterwards(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    session, _, _ = await asked(analyst, model)
    await keep_for_managers(chat)
    async with chat.person("admin@one.test") as admin:
        assert SECRET in (await admin.get(f"/bi-chat/sessions/{session}")).text
    async with chat.person("auditor@one.test") as auditor:
        assert SECRET not in (await auditor.get(f"/bi-chat/sessions/{session}")).text
    await decide(chat, who="everybody")
    assert SECRET in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_a_manager_who_looks_how_an_answer_came_about_sees_no_figures_of_it(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    _, run, _ = await asked(analyst, model)
    await analyst.post(f"/bi-chat/runs/{run}/feedback", verdict="up")
    async with chat.person("admin@one.test") as admin:
        page = (await admin.get("/bi-chat/manage/feedback")).text
        line = re.findall(r'href="(/bi-chat/manage/feedback/[^"?]+)"', page)[0]
        trace = (await admin.get(line)).text
        assert (SECRET in trace, "GROUP" in trace) == (True, True)
        async with chat.database.reading() as db:
            ours = select(Role.id).join(Tenant, Tenant.id == Role.tenant_id).where(Role.name == "Viewer", Tenant.name == "One")
            role = (await db.execute(ours)).scalar_one()
        await decide(chat, who="chosen", role=str(role))
        trace = (await admin.get(line)).text
        assert (SECRET in trace, "GROUP" in trace, "Here they are." in trace) == (False, False, True)


async def test_a_document_of_the_conversation_leaves_it_out(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run, _ = await asked(analyst, model)
    await keep_for_managers(chat)
    for path in (f"/bi-chat/sessions/{session}/exports", f"/bi-chat/runs/{run}/exports"):
        content, _ = await fetched(analyst, await made(analyst, path))
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
        assert "Here they are." in text
        assert SECRET not in text


async def test_programs_hear_nothing_of_it_either(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, run, _ = await asked(analyst, model)
    await keep_for_managers(chat)
    for email in ("analyst@one.test", "auditor@one.test"):
        async with chat.program(email) as program:
            text = (await program.get(f"/bi-chat/stream/events?runId={run}")).text
        assert not any(word in text for word in (SECRET, "/uploads/", "File of shops.xlsx")), email
        ended = [event["tool"] for event in decoded(events_of(text)) if event["type"] == "tool_end"]
        assert ["permission_denied" in tool["error"] for tool in ended] == [True] * 4
        assert not any(word in text for word in ("GROUP BY", "Bars of shops")), email
        assert [event["artifact"]["name"] for event in decoded(events_of(text)) if event["type"] == "artifact"] == [""] * 3
        async with chat.program(email) as program:
            calls = (("get", {"id": session}), ("artifacts", {"sessionId": session}))
            bodies = [{"method": f"bichat.session.{name}", "params": params} for name, params in calls]
            read, listed = [(await program.post("/bi-chat/rpc", json=body)).json()["result"] for body in bodies]
        answer = read["turns"][0]["assistantTurn"]
        assert (answer["content"], [artifact["name"] for artifact in answer["artifacts"]]) == ("Here they are.", [""] * 3)
        assert ["permission_denied" in call["error"] for call in answer["toolCalls"]] == [True] * 4
        assert {call["arguments"] for call in answer["toolCalls"]} == {"{}"}
        assert [(artifact["name"], "url" in artifact) for artifact in listed["artifacts"]] == [("", False)] * 3
    async with chat.program("admin@one.test") as program:
        assert SECRET in (await program.get(f"/bi-chat/stream/events?runId={run}")).text


async def test_what_failed_or_was_only_planned_is_not_told_where_it_names_it(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    calls = [
        Call("sql_execute", {"query": f"SELECT none FROM sales WHERE shop = '{SECRET}'"}),
        Call("sql_execute", {"query": f"SELECT shop FROM sales WHERE shop = '{SECRET}'", "explain_plan": True}),
        Call("sql_execute", {"query": "SELECT none FROM branches WHERE name = 'Open'"}),
    ]
    model.add(calls, [final_answer("I cannot.")], [final_answer("Again.")])
    session, run = await analyst.ask("Which shop?")
    assert SECRET in await analyst.until(session, "completed")
    await keep_for_managers(chat)
    async with chat.program("analyst@one.test") as program:
        read = {"method": "bichat.session.get", "params": {"id": session}}
        told = [
            (await program.post("/bi-chat/rpc", json=read)).text,
            (await program.get(f"/bi-chat/stream/events?runId={run}")).text,
            (await analyst.get(f"/bi-chat/sessions/{session}")).text,
        ]
    for text in told:
        assert (SECRET in text, "Open" in text) == (False, True)
    await analyst.ask("And now?", session)
    await analyst.until(session, "completed")
    assert SECRET not in str(model.requests[-1].messages)


async def test_who_reads_all_tables_is_told_what_a_call_is_made_with_as_it_begins(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    session, run, _ = await asked(analyst, model)
    await share(analyst, session, "viewer", "viewer@one.test")
    for is_kept in (False, True):
        async with chat.program("viewer@one.test") as program:
            text = (await program.get(f"/bi-chat/stream/events?runId={run}")).text
        begun = [event["tool"]["arguments"] for event in decoded(events_of(text)) if event["type"] == "tool_start"]
        assert [arguments == "{}" for arguments in begun] == [is_kept] * 4
        await keep_for_managers(chat)


async def test_a_stopped_task_says_what_it_was_about_to_its_asker_alone_while_no_table_is_kept_from_them(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.add([Call("task", {"agent": "sql_analyst", "instructions": f"Find out why {SECRET} is first."})], [gate])
    session, run = await analyst.ask("Why?")
    about = f"Find out why {SECRET}"
    while about not in (await analyst.get(f"/bi-chat/sessions/{session}")).text:
        await asyncio.sleep(0.02)
    await keep_for_managers(chat)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    stopped = await analyst.until(session, "stopped")
    streamed = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
    async with chat.person("admin@one.test") as admin:
        whole = (await admin.get(f"/bi-chat/sessions/{session}")).text
    assert ["SQL analyst" in page for page in (stopped, streamed, whole)] == [True] * 3
    assert [about in page for page in (stopped, streamed, whole)] == [False] * 3


async def test_the_model_hears_nothing_of_it_and_shows_nothing_of_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model)
    result = next(call.arguments["result_id"] for call in showing(model.requests[1]))
    await keep_for_managers(chat)
    calls = [Call(name, {"result_id": result}) for name in ("render_table", "export_data_to_excel")]
    calls.append(Call("draw_chart", {"result_id": result, "type": "bar", "x": "shop", "y": ["amount"], "title": "Again"}))
    model.add(calls, [final_answer("I may not.")])
    await analyst.ask("Show it again", session)
    page = await analyst.until(session, "completed")
    assert SECRET not in page
    heard = [message.content for message in model.requests[-1].messages if isinstance(message, ToolOutput)]
    assert not any(SECRET in content or "Shop" in content for content in heard)
    assert "GROUP BY" not in str(model.requests[-1].messages)
    assert [msgspec.json.decode(content)["error"] for content in heard[-3:]] == ["permission_denied"] * 3
    assert STATE.findall(page) == []


@pytest.mark.parametrize("is_kept", [True, False], ids=["a table that is kept from them", "what nobody knows the tables of"])
async def test_whoever_asks_in_somebody_elses_conversation_gets_nothing_that_they_may_not_read(
    chat: Chat, analyst: Person, model: ScriptedModel, *, is_kept: bool
) -> None:
    session, _, _ = await asked(analyst, model)
    result = next(call.arguments["result_id"] for call in showing(model.requests[1]))
    await share(analyst, session, "editor", "admin@one.test" if not is_kept else "viewer@one.test")
    await (keep_for(chat, "Analyst") if is_kept else forget_what_was_read(chat))
    model.add([Call("render_table", {"result_id": result})], [final_answer("Not for you.")])
    async with chat.person("viewer@one.test" if is_kept else "admin@one.test") as colleague:
        await colleague.ask("Show it again", session)
        page = await colleague.until(session, "completed")
    assert SECRET not in page
    heard = [message.content for message in model.requests[-1].messages if isinstance(message, ToolOutput)]
    assert len(heard) == 5
    assert not any(SECRET in content for content in heard)
    assert msgspec.json.decode(heard[-1])["error"] == "permission_denied"
    model.add([Call("render_table", {"result_id": result})], [final_answer("For you.")])
    await analyst.ask("And for me?", session)
    assert SECRET in await analyst.until(session, "completed")
    assert any(SECRET in message.content for message in model.requests[-1].messages if isinstance(message, ToolOutput))


async def test_a_summary_without_a_model_repeats_no_figures_of_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session, _, _ = await asked(analyst, model)
    columns = Message.id, Message.role, Message.content, Message.run_id
    async with chat.database.reading() as db:
        rows = (await db.execute(select(*columns).where(Message.session_id == uuid.UUID(session)).order_by(Message.id))).all()
        everything, nothing = [await plain_summaries.written(db, rows, "en", 12_000, reach) for reach in (None, frozenset())]
    assert "Shop 1 — " in everything
    assert "Sales of each shop?" in nothing
    assert "Here they are." in nothing
    assert "Shop 1" not in nothing
