"""What programs at the provider printed, drew and wrote: kept with the answer, shown to its readers, never a failed run."""

import io
import json
import re
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from sqlalchemy import select, text

from app.agent import code_files
from app.audit.models import AuditEntry
from app.audit.record import OPENED
from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, Person, provided, served
from tests.model_server import ModelServer
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

CODE = "import pandas as pd\nprint('total', 1234.5678)"
IMAGE = re.compile(r'src="(/bi-chat/artifacts/[0-9a-f-]+/image)"')
FILE = re.compile(r'href="(/bi-chat/uploads/[^"]+)"')
CSV = "branch,total\nChilonzor,41.5\n=1+1,-2\n"


def picture(form: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "white").save(drawn, form)
    return drawn.getvalue()


def named(*names: str) -> list[dict]:
    told = {"type": "container_file_citation", "container_id": "cntr_1", "start_index": 0, "end_index": 1}
    return [{"annotation": {**told, "file_id": f"id_{name.replace('.', '_')}", "filename": name}} for name in names]


def program(logs: str = "total 1234.5678", **fields: object) -> dict:
    told = {"code": CODE, "container_id": "cntr_1", "outputs": [{"type": "logs", "logs": logs}]}
    return {"hosted": {"type": "code_interpreter_call", **told, **fields}}


@pytest.fixture
async def provider() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        files = {
            "plot.png": picture(), "photo.jpg": picture("JPEG"), "table.csv": CSV.encode(),
            "evil.png": b"\x89PNG\r\n\x1a\n<script>",
            "page.html": b"<script>alert(1)</script>", "bomb.png": picture(size=(5000, 4000)), "broken.csv": b"\xff\xfe\x00",
        }  # fmt: skip
        server.files = {
            f"/v1/containers/cntr_1/files/id_{name.replace('.', '_')}/content": content for name, content in files.items()
        }
        yield server


@pytest.fixture
def calculating(chat_settings: Settings, provider: ModelServer) -> Settings:
    return provided(chat_settings, provider, "responses", hosted_tools=("code_interpreter",))


@pytest.fixture
async def chat(calculating: Settings) -> AsyncIterator[Chat]:
    async with served(calculating, None) as url:
        database = Database(calculating.database_url)
        chat = Chat(url, ScriptedModel(), database)
        async with chat.person("admin@one.test") as admin:
            allowed = await admin.post("/bi-chat/manage/settings/tools", **{"tool.code_interpreter": "allow"})
            assert allowed.status_code == 303
        yield chat
        await database.close()


async def asked(person: Person, *, reading: str = "completed") -> tuple[str, str, str]:
    session, run = await person.ask("What is the total?")
    return session, run, await person.until(session, reading)


@ON_EACH_ENGINE
async def test_programs_get_what_was_printed_drawn_and_written(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [program(), "The total is 1 235.", *named("plot.png", "table.csv", "gone.csv")]}]
    async with chat.program("analyst@one.test") as reader:
        events = await chat.stream(reader, content="What is the total?")
        (ended,) = [event["tool"] for event in events if event["type"] == "tool_end"]
        assert json.loads(ended["arguments"]) == {"code": CODE}
        printed, drawn, written, lost = ended["codeOutputs"]
        assert printed == {"type": "logs", "content": "total 1234.5678", "mimeType": "text/plain"}
        assert (drawn["type"], drawn["filename"], drawn["mimeType"]) == ("image", "plot.png", "image/png")
        assert (written["type"], written["filename"], written["mimeType"]) == ("csv", "table.csv", "text/csv")
        assert (lost["type"], lost["filename"], "gone" in lost["content"]) == ("error", "gone.csv", True)
        shown = [event["artifact"] for event in events if event["type"] == "artifact"]
        assert [(one["type"], one["name"]) for one in shown] == [("code_output", "plot.png"), ("code_output", "table.csv")]
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": events[0]["sessionId"]}}
        (turn,) = (await reader.post("/bi-chat/rpc", json=call)).json()["result"]["turns"]
        query = {"query": "query($id: ID!) { messages(sessionId: $id) { codeOutputs { type content filename sizeBytes } } }"}
        answer = await reader.post("/bi-chat/graphql", json={**query, "variables": {"id": events[0]["sessionId"]}})
        image = await reader.get(drawn["content"])
        table = await reader.get(written["content"])
    assert turn["assistantTurn"]["codeOutputs"] == ended["codeOutputs"]
    assert [one["type"] for one in answer.json()["data"]["messages"][1]["codeOutputs"]] == ["logs", "image", "csv", "error"]
    assert "unmatchedClaims" not in turn["assistantTurn"]
    assert (image.headers["content-type"], image.headers["x-content-type-options"]) == ("image/png", "nosniff")
    assert image.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert Image.open(io.BytesIO(image.content)).size == (30, 20)
    assert table.text == "\ufeffbranch,total\r\nChilonzor,41.5\r\n'=1+1,-2\r\n"
    assert provider.log[0]["body"]["include"] == ["code_interpreter_call.outputs"]
    assert "never names, contacts or texts of people" in provider.log[0]["body"]["instructions"]


async def test_the_page_shows_them_live_and_after_a_reload(chat: Chat, provider: ModelServer) -> None:
    files = named("plot.png", "photo.jpg", "table.csv", "evil.png", "page.html", "bomb.png", "broken.csv")
    provider.script = [{"parts": [program("<b>total</b> 1234.5678"), "Done.", *files]}]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("What is the total?")
        streamed = "".join(event["data"] for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
        page = await analyst.until(session, "completed")
        panel = (await analyst.get(f"/bi-chat/sessions/{session}/artifacts")).text
        written = (await analyst.get(f"/bi-chat/sessions/{session}/chat.md")).text
        images = [await analyst.get(address) for address in IMAGE.findall(page)]
    for drawn in (streamed, page):
        assert len(IMAGE.findall(drawn)) == 2
        assert 'width="30" height="20"' in drawn
        assert "&lt;b&gt;total&lt;/b&gt; 1234.5678" in drawn
        assert '<span class="kn">import</span>' in drawn
        assert "“evil.png” is damaged" in drawn
        assert "“bomb.png” is damaged" in drawn
        assert "“broken.csv” is damaged" in drawn
        assert "“page.html” is of a kind that is not kept." in drawn
        assert "Chilonzor" in drawn
        assert "containers" not in drawn
    assert [image.headers["content-type"] for image in images] == ["image/png", "image/jpeg"]
    assert panel.count('data-kind="code_output"') == 3
    assert "```python\nimport pandas" in written


async def test_who_may_not_see_them_gets_nothing(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [program(), "Done.", *named("plot.png", "table.csv")]}]
    async with chat.person("viewer@one.test") as viewer:
        _, _, page = await asked(viewer)
        image, (image_file, table_file) = IMAGE.findall(page)[0], FILE.findall(page)
        assert (await viewer.get(image)).status_code == 200
        assert (await viewer.get(table_file)).status_code == 403
        assert (await viewer.get(table_file.replace("uploads", "artifacts").replace(".csv", "/image"))).status_code == 404
    for email in ("analyst@two.test", "analyst@one.test"):
        async with chat.person(email) as stranger:
            for address in (image, image_file, table_file):
                assert (await stranger.get(address)).status_code == 404


async def test_the_record_says_how_many_rows_a_table_has_and_none_of_them(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [program(), "Done.", *named("table.csv", "plot.png")]}]
    async with chat.person("analyst@one.test") as analyst:
        _, _, page = await asked(analyst)
        for address in FILE.findall(page):
            assert (await analyst.get(address)).status_code == 200
    entries = select(AuditEntry).where(AuditEntry.action.startswith("export."))
    async with chat.database.reading() as db:
        told = [(entry.action, entry.details) for entry in await db.scalars(entries)]
    assert sorted((action, details["file_name"], details["rows"]) for action, details in told) == [
        ("export.created", "plot.png", None), ("export.created", "table.csv", 2),
        ("export.downloaded", "plot.png", None), ("export.downloaded", "table.csv", 2),
    ]  # fmt: skip
    assert "Chilonzor" not in json.dumps([details for _, details in told])


async def test_a_picture_opened_in_somebody_elses_chat_is_in_the_record(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [program(), "Done.", *named("plot.png")]}]
    opened = select(AuditEntry.details).where(AuditEntry.action == OPENED)
    async with chat.person("analyst@one.test") as analyst, chat.person("auditor@one.test") as auditor:
        session, _, page = await asked(analyst)
        (image,) = IMAGE.findall(page)
        assert (await analyst.get(image)).status_code == 200
        assert not await chat.database.rows(opened)
        assert (await auditor.get(image)).status_code == 200
    ((details,),) = await chat.database.rows(opened)
    assert details["session_id"] == session


async def test_a_company_that_has_not_consented_runs_nothing(chat: Chat, provider: ModelServer) -> None:
    provider.script = ["Nothing ran."] * 2
    settings = "/bi-chat/manage/settings"
    async with chat.program("analyst@two.test") as stranger:
        await chat.stream(stranger, content="What is the total?")
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post(f"{settings}/tools", **{"tool.code_interpreter": "ask"})).status_code == 400
        await admin.post(f"{settings}/tools", **{"tool.code_interpreter": "deny"})
        row = (await admin.get(settings)).text.split('data-tool="code_interpreter"')[1].split("</select>")[0]
    assert "what they work with leaves the company" in row
    async with chat.person("analyst@one.test") as analyst:
        assert (await analyst.post(f"{settings}/tools", **{"tool.code_interpreter": "allow"})).status_code == 403
        await asked(analyst)
    for entry in provider.log:
        assert [tool["type"] for tool in entry["body"]["tools"]] == ["function"] * len(entry["body"]["tools"])
        assert "include" not in entry["body"]


async def test_the_next_call_of_the_model_hears_of_it_and_its_containers_cost(chat: Chat, provider: ModelServer) -> None:
    clock = {"call": {"name": "get_current_time", "arguments": {}}}
    provider.script = [{"parts": [program(), clock, *named()]}, {"parts": ["Done."]}]
    async with chat.person("analyst@one.test") as analyst:
        session, _, _ = await asked(analyst)
    sent = provider.log[1]["body"]["input"]
    outputs = [json.loads(item["output"]) for item in sent if item.get("type") == "function_call_output"]
    assert outputs[0] == {"printed": "total 1234.5678"}
    costs = [cost for (cost,) in await chat.database.rows(text("SELECT cost FROM bichat_model_calls ORDER BY step"))]
    assert costs[0] > 0.03 > costs[1] > 0
    assert session


def test_a_table_is_shown_in_part_and_written_so_that_no_cell_is_a_formula() -> None:
    many = "\n".join(["n;title"] + [f"{n};@{n}" for n in range(50)])
    checked = code_files.checked(code_files.HostedFile("/mnt/data/Many rows.CSV", many.encode()))
    assert (checked.name, checked.form, checked.details["row_count"], len(checked.details["rows"])) == (
        "Many rows.csv", "csv", 50, 10,
    )  # fmt: skip
    assert checked.details["columns"] == ["n", "title"]
    assert b"49;'@49" in checked.data


def test_a_table_of_more_rows_than_are_looked_into_is_not_kept() -> None:
    longest = code_files.checked(code_files.HostedFile("long.csv", b"n\n" * (code_files.MOST_KEPT_ROWS - 1) + b"=1+1\n"))
    assert longest.data.endswith(b"n\r\n'=1+1\r\n")
    assert longest.details["row_count"] == code_files.MOST_KEPT_ROWS - 1
    with pytest.raises(code_files.RefusedError, match="too_large"):
        code_files.checked(code_files.HostedFile("longer.csv", b"n\n" * code_files.MOST_KEPT_ROWS + b"=1+1\n"))
