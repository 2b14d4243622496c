"""An application that calls permissions by names of its own: they work everywhere, and BiChat's own names grant nothing."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from app.database import Database
from app.identity import roles
from app.identity.models import Role
from app.identity.permissions import Permission
from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.chat.test_exports import FILE, fetched, made, settings, with_table
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("settings",)

NAMES = {permission: permission.value.replace("BiChat.", "AIChat.") for permission in Permission}
EXPORTING = {"query": "SELECT city, amount FROM sales", "title": "Sales"}


@pytest.fixture
async def chat(chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Chat]:
    """The application by its own names; only the role Viewer still grants by BiChat's."""
    database = Database(chat_settings.database_url)
    async with database.writing() as db:
        for role in await db.scalars(select(Role).where(Role.name != "Viewer")):
            role.permissions = [NAMES[Permission(name)] for name in role.permissions]
    async with served(chat_settings, model, permissions=NAMES) as url:
        yield Chat(url, model, database)
    await database.close()


async def test_pages_tables_and_downloads_go_by_them(chat: Chat, analyst: Person) -> None:
    session, table, _ = await with_table(chat, analyst)
    assert "may-export" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    partial = await made(analyst, f"/bi-chat/artifacts/{table}/exports", format="csv")
    await fetched(analyst, partial)
    async with chat.person("auditor@one.test") as auditor:
        assert (await auditor.get(f"/bi-chat/sessions/{session}")).status_code == 200
        refused = await auditor.get(FILE.findall(partial)[0])
        assert refused.status_code == 403
        assert "it needs the permission AIChat.Export" in refused.text
    async with chat.person("admin@one.test") as admin:
        assert (await admin.get("/bi-chat/manage/audit")).status_code == 200


async def test_tools_and_streams_go_by_them(chat: Chat, model: ScriptedModel, analyst: Person) -> None:
    model.add([Call("export_query_to_excel", EXPORTING)], [final_answer("Here it is.")])
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="As a file, please", debugMode=True)
    assert [event["artifact"]["name"] for event in events if event["type"] == "artifact"] == ["Sales.xlsx"]
    assert events[-1]["finishReason"] == "stop"
    run = next(event["runId"] for event in events if event["type"] == "stream_started")
    assert "done" in [event.get("event") for event in await analyst.events(f"/bi-chat/runs/{run}/events")]


async def test_a_person_without_the_permission_to_export_is_offered_no_tool_for_it(chat: Chat, model: ScriptedModel) -> None:
    model.add([Call("export_query_to_excel", EXPORTING)], [final_answer("I may not.")])
    async with chat.program("auditor@one.test") as program:
        events = await chat.stream(program, content="As a file, please")
        refused = await program.post("/bi-chat/stream", json={"content": "Again", "debugMode": True})
    assert "export_query_to_excel" not in [tool.name for tool in model.requests[0].tools]
    assert "permission_denied" in next(event["tool"]["error"] for event in events if event["type"] == "tool_end")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "Debug mode needs the permission AIChat.Export."


async def test_the_built_in_names_grant_nothing(chat: Chat, analyst: Person) -> None:
    session, table, _ = await with_table(chat, analyst)
    async with chat.person("viewer@one.test") as viewer:
        assert (await viewer.get("/bi-chat")).status_code == 403
        assert (await viewer.post("/bi-chat/messages", content="Hi")).status_code == 403
    async with chat.program("viewer@one.test") as program:
        answer = await program.post("/bi-chat/stream", json={"content": "Hi"})
        assert (answer.status_code, answer.json()["error"]["details"]["permission"]) == (403, "AIChat.Access")
    async with chat.database.writing() as db:
        granting = ["AIChat.Access", "BiChat.ReadAll", "BiChat.Export", "BiChat.Manage"]
        await db.execute(update(Role).where(Role.name == "Admin").values(permissions=granting))
    async with chat.person("admin@one.test") as reader:
        assert (await reader.get("/bi-chat")).status_code == 200
        assert (await reader.get(f"/bi-chat/sessions/{session}")).status_code == 404
        assert (await reader.get("/bi-chat/manage/audit")).status_code == 403
        assert (await reader.post(f"/bi-chat/artifacts/{table}/exports", format="csv")).status_code == 403


async def test_an_embedding_application_renames_what_roles_grant(
    chat: Chat, chat_settings: Settings, model: ScriptedModel
) -> None:
    async with chat.person("viewer@one.test") as viewer:
        assert (await viewer.get("/bi-chat")).status_code == 403
        companies = 2
        assert await roles.rename(chat_settings.database_url, NAMES) == companies
        assert (await viewer.get("/bi-chat")).status_code == 200
        assert (await viewer.get("/bi-chat/manage/audit")).status_code == 403
    assert await roles.rename(chat_settings.database_url, NAMES) == 0


async def test_a_role_that_loses_its_name_ends_the_run(chat: Chat, model: ScriptedModel, analyst: Person) -> None:
    model.add(["Slowly ", 30.0])
    session, _ = await analyst.ask("Wait for it")
    async with chat.database.writing() as db:
        await db.execute(update(Role).where(Role.name == "Analyst").values(permissions=["BiChat.Access"]))
    async with chat.person("auditor@one.test") as auditor:
        assert "access" in (await auditor.until(session, "failed")).lower()
