"""Ending loses nothing: answers finish or are parked, and the process says 503 to those who ask whether it is ready."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.conftest import Serve
from tests.model_server import ModelServer


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
def answering(serve: Serve, demo_dir: Path, model: ModelServer) -> servers.Served:
    return serve(demo_dir, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model.url)


async def asked(server: servers.Served, client: httpx.AsyncClient) -> tuple[httpx.Response, AsyncIterator[str]]:
    """Ask and return the answer's stream, of which the first piece has come."""
    token = servers.bichat("token", "create", "--email", "analyst@demo.test", data_dir=server.data_dir).stdout.strip()
    request = client.build_request(
        "POST", f"{server.url}/bi-chat/stream", json={"content": "Hello"}, headers={"Authorization": f"Bearer {token}"}
    )
    response = await client.send(request, stream=True)
    lines = response.aiter_lines()
    async for line in lines:
        if line == "event: content":
            break
    return response, lines


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_nothing_to_do_ends_at_once(served: servers.Served, sent: signal.Signals) -> None:
    started = time.monotonic()
    assert served.stop(sent) == 0
    assert time.monotonic() - started < 3
    assert "Traceback" not in served.log


async def test_nobody_reading_the_log_stops_nothing(demo_dir: Path) -> None:
    port = servers.free_port()
    env = servers.environment(demo_dir, PORT=str(port))
    process = subprocess.Popen(  # noqa: ASYNC220 - it starts at once, and the test waits for it in a thread
        [*servers.BICHAT, "serve"], env=env, cwd=servers.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/login")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
    finally:
        process.kill()
        process.wait()


async def test_an_answer_may_finish_while_no_new_requests_are_wanted(answering: servers.Served, model: ModelServer) -> None:
    model.script = {"rules": [{"turns": [{"parts": [{"tokens": 60, "rate": 30}]}]}]}
    async with httpx.AsyncClient(timeout=30) as client:
        response, lines = await asked(answering, client)
        answering.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert (await client.get(f"{answering.url}/health/ready")).status_code == 503
        assert (await client.get(f"{answering.url}/health/live")).status_code == 200
        rest = [line async for line in lines]
        await response.aclose()
    assert "event: done" in rest
    assert await asyncio.to_thread(answering.process.wait, 20) == 0


async def test_an_answer_that_takes_longer_is_parked_and_finished_by_the_next_process(
    answering: servers.Served, model: ModelServer
) -> None:
    model.script = {"rules": [{"turns": [{"parts": [{"tokens": 600, "rate": 30}]}]}]}
    async with httpx.AsyncClient(timeout=40) as client:
        response, lines = await asked(answering, client)
        answering.process.send_signal(signal.SIGTERM)
        rest = [line async for line in lines]
        await response.aclose()
        assert "event: done" not in rest
        assert await asyncio.to_thread(answering.process.wait, 20) == 0
        model.script = {"rules": [{"turns": [{"parts": [{"text": "Now quickly."}]}]}]}
        await asyncio.to_thread(answering.restart)
        assert await completed(client, answering.url) == 1


async def test_the_second_signal_does_not_wait(answering: servers.Served, model: ModelServer) -> None:
    model.script = {"rules": [{"turns": [{"parts": [{"tokens": 600, "rate": 30}]}]}]}
    async with httpx.AsyncClient(timeout=30) as client:
        await asked(answering, client)
        answering.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.3)
        answering.process.send_signal(signal.SIGINT)
        started = time.monotonic()
        await asyncio.to_thread(answering.process.wait, 20)
        assert time.monotonic() - started < 4


async def completed(client: httpx.AsyncClient, url: str) -> int:
    """Wait until the process has completed a run and return how many it has."""
    for _ in range(100):
        runs = (await client.get(f"{url}/health")).json()["checks"]["runs"]
        if runs["completed"]:
            return runs["completed"]
        await asyncio.sleep(0.1)
    return 0
