"""One trace leads from a request over the run and the calls of the model and of tools to the statements."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.agent.model import ModelError
from app.settings import Settings
from app.telemetry import tracing
from tests.chat.conftest import chat_settings, model, served
from tests.chat.test_tables import settings, shop
from tests.program_client import StreamDoor
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.telemetry.collector import Collector, attributes, collecting
from tests.telemetry.test_bus import ASK, program

__all__ = ("chat_settings", "model", "settings", "shop")
QUERY = Call("sql_execute", {"query": "SELECT shop, amount FROM sales WHERE id = 7"})
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RUN, CHAT = "invoke_agent bi_analyst", "chat gpt-5.2"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    with collecting() as found:
        yield found


@pytest.fixture
def traced(chat_settings: Settings, collector: Collector) -> Settings:
    return msgspec.structs.replace(chat_settings, otel_exporter_otlp_endpoint=collector.url)


async def test_one_trace_leads_from_the_request_to_the_statement(
    traced: Settings, collector: Collector, model: ScriptedModel
) -> None:
    model.add([QUERY], [final_answer("Seventy-three.")])
    async with served(traced, model) as url, program(traced, url) as client:
        client.http.headers["traceparent"] = CALLER
        told = await StreamDoor(client).ask("How much was the seventh?")
    request, run = await collector.one("POST /bi-chat/stream"), await collector.one(RUN)
    tool, statement = await collector.one("execute_tool sql_execute"), await collector.one("SELECT")
    first, last = sorted(collector.named(CHAT), key=lambda span: span.start_time_unix_nano)
    assert {span.trace_id.hex() for span in (request, run, tool, statement, first, last)} == {tracing.trace_of(CALLER)}
    assert [span.parent_span_id.hex() for span in (request, run, first, last, tool, statement)] == [
        CALLER.split("-")[2], *(span.span_id.hex() for span in (request, run, run, run, tool)),
    ]  # fmt: skip
    assert [span.kind for span in (request, run, first, tool, statement)] == [2, 1, 3, 1, 3]
    assert collector.paths == {"/v1/traces"}
    assert collector.resource["service.name"] == "bichat"
    assert attributes(request)["http.response.status_code"] == 200
    asked = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "scripted", "gen_ai.request.model": "gpt-5.2"}
    answered = {
        "gen_ai.response.model": "scripted", "gen_ai.response.finish_reasons": ["tool_calls"], "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5, "gen_ai.conversation.id": told.session_id,
    }  # fmt: skip
    assert attributes(first).items() >= (asked | answered).items()
    assert attributes(run).items() >= {"gen_ai.operation.name": "invoke_agent", "bichat.run.id": told.run_id}.items()
    assert attributes(tool).items() >= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "sql_execute"}.items()
    assert attributes(statement) == {
        "db.system.name": "sqlite", "db.operation.name": "SELECT", "db.query.summary": "SELECT sales",
        "db.response.returned_rows": 1,
    }  # fmt: skip
    assert not [text for text in ("seventh", "Seventy", "WHERE", "73.5", "one.test") if text in collector.texts]


async def test_what_fails_says_which_failure_it_was_and_not_its_words(
    traced: Settings, collector: Collector, model: ScriptedModel
) -> None:
    model.add(
        [Call("sql_execute", {"query": "SELECT hidden FROM sales"}), Call("the_secret")], [ModelError("overloaded", "a secret")]
    )
    async with served(traced, model) as url, program(traced, url) as client:
        _ = [one async for one in client.events("POST", "/bi-chat/stream", json={"content": "Well?"})]
    spans = [await collector.one(name) for name in (RUN, "execute_tool sql_execute", "SELECT", "execute_tool unknown")]
    failed = max(collector.named(CHAT), key=lambda span: span.start_time_unix_nano)
    assert [(span.status.code, attributes(span)["error.type"]) for span in [*spans, failed]] == [
        (2, "overloaded"), (2, "unknown_column"), (2, "unknown_column"), (2, "not_found"), (2, "overloaded"),
    ]  # fmt: skip
    assert not [text for text in ("secret", "hidden") if text in collector.texts]


async def test_a_run_that_paused_goes_on_in_its_trace_and_names_the_request_that_answered(
    traced: Settings, collector: Collector, model: ScriptedModel
) -> None:
    model.add([ASK], [final_answer("Right.")])
    async with served(traced, model) as url, program(traced, url) as client:
        door = StreamDoor(client)
        await door.answer(await door.ask("Which?"), {"q": "a"})
    asked = await collector.one("POST /bi-chat/stream")
    answered = min(collector.named("POST /bi-chat/rpc"), key=lambda span: span.start_time_unix_nano)
    first, second = sorted(collector.named(RUN), key=lambda span: span.start_time_unix_nano)
    assert {span.trace_id for span in (first, second)} == {asked.trace_id}
    assert {span.parent_span_id for span in (first, second)} == {asked.span_id}
    assert [link.trace_id for link in second.links] == [answered.trace_id]
    assert not first.links


async def test_a_collector_that_is_away_changes_nothing_and_ends_nothing(
    chat_settings: Settings, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    lonely = msgspec.structs.replace(chat_settings, otel_exporter_otlp_endpoint="http://127.0.0.1:1")
    model.add([QUERY], [final_answer("Seventy-three.")])
    async with served(lonely, model) as url, program(lonely, url) as client:
        assert (await StreamDoor(client).ask("How much?")).answer == "Seventy-three."


async def test_the_trace_of_a_line_and_of_a_request_is_in_the_log(
    chat_settings: Settings, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    logged = msgspec.structs.replace(chat_settings, log_format="json")
    model.add([final_answer("Right.")])
    async with served(logged, model) as url, program(logged, url) as client:
        client.http.headers["traceparent"] = CALLER
        await StreamDoor(client).ask("Well?")
        client.http.headers["traceparent"] = "00-nonsense"
        await client.http.get("/account")
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    told = {line["event"]: line["trace_id"] for line in lines if line.get("path") != "/account" and "trace_id" in line}
    caller = tracing.trace_of(CALLER)
    assert [told[name] for name in ("request", "run completed", "llm.response")] == [caller] * 3
    (other,) = [line["trace_id"] for line in lines if line.get("path") == "/account"]
    assert len(other) == 32
    assert other != caller


def test_opentelemetry_is_loaded_only_where_a_collector_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; from app import settings; from app.main import create_app\n"
        f"create_app(settings.load({{'BICHAT_DATA_DIR': {str(tmp_path)!r}, 'BICHAT_MODEL': 'offline'}}))\n"
        "loaded = ('opentelemetry.sdk', 'opentelemetry.exporter', 'google.protobuf', 'requests')\n"
        "sys.exit(any(name.startswith(loaded) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "given", ["", "00-nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01", CALLER.replace("f", "F"), f"{CALLER}, {CALLER}"]
)
def test_what_is_no_place_in_a_trace_begins_one(given: str) -> None:
    span = tracing.NO_RECORDER.begin("GET", "server", {}, parent=given)
    assert tracing.TRACEPARENT.fullmatch(span.traceparent)
    assert tracing.trace_of(CALLER) not in span.traceparent
