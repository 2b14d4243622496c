"""The analyst is told of skills by the real client, reads one, and is told of none where the company keeps them from it."""

from tests.chat.conftest import Chat, Person
from tests.chat.test_approvals import TOOLS_PAGE, chat, heard
from tests.model_server import ModelServer

__all__ = ["chat"]
LOAD = {"call": {"name": "load_skill", "arguments": {"name": "monthly-report", "file": "outline.md"}}}


def instructions(provider: ModelServer) -> list[str]:
    return [entry["body"]["messages"][0]["content"] for entry in provider.log]


async def test_a_skill_is_offered_by_name_and_read_on_demand(analyst: Person, provider: ModelServer) -> None:
    provider.script = [{"parts": [LOAD]}, "Read."]
    session, _ = await analyst.ask("Report on October")
    page = await analyst.until(session, "completed")
    assert "Read how this is done" in page
    assert "monthly-report/outline.md" in page
    assert heard(provider)[-1]["text"].startswith("# Sections of the report")
    first, second = instructions(provider)
    assert first == second
    assert "\n- comparing-periods: Compare two periods fairly." in first.partition("# Facts")[0]
    assert "Sections of the report" not in first


async def test_without_the_tool_there_is_no_catalogue(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [LOAD]}, "Done."]
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post(TOOLS_PAGE, **{"tool.load_skill": "deny"})).status_code == 303
        session, _ = await admin.ask("Report on October")
        await admin.until(session, "completed")
    assert "comparing-periods" not in instructions(provider)[0]
    assert heard(provider)[-1]["error"] == "permission_denied"
