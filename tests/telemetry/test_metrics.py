"""What Prometheus reads, and who may."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from app.settings import Settings
from app.telemetry.bus import AgentCompleted, AgentFailed, Bus, Event, ModelAnswered, ToolCompleted
from app.telemetry.metrics import MOST_MODELS, Metrics
from tests.chat.conftest import chat_settings, model, served
from tests.program_client import StreamDoor
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.telemetry.test_bus import PATIENCE, event, program

__all__ = ("chat_settings", "model")
NAMES = {
    "bichat_chat_requests_total", "bichat_chat_request_duration_seconds", "bichat_sessions_active", "bichat_llm_tokens_total",
    "bichat_llm_estimated_cost_usd_total", "bichat_tool_duration_seconds", "bichat_event_handler_queue_depth",
    "bichat_event_handler_dropped_total", "bichat_unmatched_claims_total",
}  # fmt: skip
TOKEN = {"Authorization": "Bearer for-the-scraper"}
WHOSE: dict[str, Any] = {"tenant_id": uuid.uuid4(), "user_id": uuid.uuid4(), "session_id": uuid.uuid4(), "run_id": uuid.uuid4()}


async def three() -> int:
    return 3


def answered(name: str, cost: str | None = "0.25") -> ModelAnswered:
    return ModelAnswered(
        **WHOSE, provider="p", model=name, finish_reason="stop", input_tokens=100, cached_tokens=40, output_tokens=7,
        is_estimated=False, cost=Decimal(cost) if cost else None, ms=10,
    )  # fmt: skip


def samples(page: str) -> dict[tuple[str, ...], float]:
    """Return the page's lines: by name and the values of the labels in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


async def told(*events: Event, metrics: Metrics | None = None) -> dict[tuple[str, ...], float]:
    counting = metrics or Metrics({"sql_execute"}, three)
    for one in events:
        await counting(one)
    return samples((await counting.page(""))[0].decode())


async def test_ends_of_runs_are_counted_by_status_and_timed() -> None:
    found = await told(
        AgentCompleted(**WHOSE, reason="stop", worked_ms=90, unmatched_claims=2),
        AgentCompleted(**WHOSE, reason="length", worked_ms=700),
        AgentCompleted(**WHOSE, reason="stopped", worked_ms=31_000), AgentFailed(**WHOSE, code="timeout", worked_ms=9_000),
    )  # fmt: skip
    assert found["bichat_unmatched_claims_total",] == 2
    assert {key[1]: value for key, value in found.items() if key[0] == "bichat_chat_requests_total"} == {
        "completed": 2, "stopped": 1, "failed": 1,
    }  # fmt: skip
    buckets = {key[1]: value for key, value in found.items() if key[0] == "bichat_chat_request_duration_seconds_bucket"}
    assert (next(iter(buckets)), list(buckets)[-2:]) == ("0.1", ["30.0", "+Inf"])
    assert (buckets["0.1"], buckets["1.0"], buckets["10.0"], buckets["30.0"], buckets["+Inf"]) == (1, 2, 3, 3, 4)
    assert found["bichat_sessions_active",] == 3


async def test_tokens_and_cost_are_counted_by_model_and_no_price_costs_nothing_known() -> None:
    found = await told(answered("a"), answered("a"), answered("b", None))
    assert (found["bichat_llm_tokens_total", "input", "a"], found["bichat_llm_tokens_total", "cached", "a"]) == (200, 80)
    assert found["bichat_llm_tokens_total", "output", "b"] == 7
    assert found["bichat_llm_estimated_cost_usd_total", "a"] == 0.5
    assert ("bichat_llm_estimated_cost_usd_total", "b") not in found


async def test_names_that_a_model_or_its_server_invents_get_no_lines_of_their_own() -> None:
    calls = [ToolCompleted(**WHOSE, tool=name, call_id="c", error=error, ms=50) for name, error in (
        ("sql_execute", None), ("sql_execute", "timeout"), ("the secret 42", "not_found"),
    )]  # fmt: skip
    found = await told(*calls, *(answered(f"m{number}") for number in range(MOST_MODELS + 5)))
    counts = {key[1:]: value for key, value in found.items() if key[0] == "bichat_tool_duration_seconds_count"}
    assert counts == {("ok", "sql_execute"): 1, ("error", "sql_execute"): 1, ("error", "other"): 1}
    assert found["bichat_llm_tokens_total", "output", "other"] == 35


async def test_the_handlers_of_the_bus_are_told_as_they_are() -> None:
    async def slow(_: Event) -> None:
        await asyncio.Event().wait()

    metrics = Metrics((), three)
    bus = Bus([metrics, slow], size=2)
    metrics.watch(bus)
    for _ in range(3):
        bus.tell(event())
    found = await told(metrics=metrics)
    name = next(handler for handler in bus.depths if handler != "metrics")
    assert (found["bichat_event_handler_queue_depth", "metrics"], found["bichat_event_handler_queue_depth", name]) == (2, 2)
    assert found["bichat_event_handler_dropped_total", name, "full"] == 1
    assert found["bichat_event_handler_dropped_total", name, "failed"] == 0


async def test_without_its_database_the_page_says_all_but_the_sessions() -> None:
    async def broken() -> int:
        raise OperationalError("", None, Exception())

    found = await told(metrics=Metrics((), broken))
    assert str(found["bichat_sessions_active",]) == "nan"
    assert found["bichat_chat_requests_total", "failed"] == 0


@contextlib.asynccontextmanager
async def scraper(settings: Settings, model: ScriptedModel) -> AsyncIterator[httpx.AsyncClient]:
    async with served(settings, model) as url, httpx.AsyncClient(base_url=url) as http:
        yield http


async def test_a_conversation_is_on_the_page_without_anybody_s_name(chat_settings: Settings, model: ScriptedModel) -> None:
    model.add([Call("get_current_time")], [final_answer("Right.")])
    async with (
        served(chat_settings, model) as url,
        program(chat_settings, url) as client,
        httpx.AsyncClient(base_url=url) as http,
    ):
        asked = await StreamDoor(client).ask("Which?")
        async with asyncio.timeout(PATIENCE):
            while True:
                page = (await http.get("/metrics")).text
                found = samples(page)
                if found["bichat_chat_requests_total", "completed"]:
                    break
                await asyncio.sleep(0.02)
    assert {family.name for family in text_string_to_metric_families(page) if not family.name.endswith("_created")} == {
        name.removesuffix("_total") for name in NAMES
    }
    assert found["bichat_llm_tokens_total", "input", "scripted"] == 20
    assert found["bichat_tool_duration_seconds_count", "ok", "get_current_time"] == 1
    assert found["bichat_sessions_active",] == 1
    assert found["bichat_event_handler_dropped_total", "log", "full"] == 0
    assert not [text for text in (asked.session_id, asked.run_id, "one.test", "tenant") if text in page]


@pytest.mark.parametrize("token", ["", "for-the-scraper"])
async def test_only_this_machine_or_who_has_the_token_reads_it(chat_settings: Settings, model: ScriptedModel, token: str) -> None:
    settings = msgspec.structs.replace(chat_settings, metrics_token=token, app_env="production", allowed_hosts=("bi.example",))
    refused = 401 if token else 403
    async with scraper(settings, model) as http:
        assert (await http.get("/metrics")).status_code == 200
        assert (await http.get("/metrics", headers={"Host": "localhost:9090"})).status_code == 200
        for headers in (
            {"Host": "bi.example"}, {"Host": "evil.example"}, {"X-Forwarded-For": "203.0.113.9"},
            {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"},
        ):  # fmt: skip
            answer = await http.get("/metrics", headers=headers)
            assert (answer.status_code, "bichat_" in answer.text) == (refused, False), headers
            wrong = await http.get("/metrics", headers=headers | {"Authorization": "Bearer for-the-scrapes"})
            assert wrong.status_code == refused
            allowed = await http.get("/metrics", headers=headers | TOKEN)
            assert allowed.status_code == (200 if token else 403)
        assert (await http.get("/metrics", headers={"Host": "10.1.2.3:8000"} | TOKEN)).status_code == (200 if token else 403)


async def test_the_format_is_what_the_scraper_asks_for(chat_settings: Settings, model: ScriptedModel) -> None:
    async with scraper(chat_settings, model) as http:
        plain = await http.get("/metrics")
        open_metrics = await http.get(
            "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"}
        )
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert open_metrics.text.endswith("# EOF\n")
