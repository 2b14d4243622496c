"""The test bed: a model's server, a served BiChat with the demo, people who are signed in, and processes that make load."""

import asyncio
import contextlib
import json
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.bench.bench_model_client import control, served
from tests.servers import ROOT, Served, bichat

PERSON = "analyst@demo.test"
CONNECT = re.compile(r'hx-sse:connect="(/bi-chat/runs/[^"]+)"')
CSRF = re.compile(r'name="_csrf_token" value="([^"]+)"')


class Bed:
    """Everything a measurement needs. `api` is how BiChat speaks to the model."""

    def __init__(self, model: str, server: Served, token: str) -> None:
        self.model = model
        self.server = server
        self.token = token
        self.process = psutil.Process(server.pid)

    def script(self, script: Any) -> None:
        """Have the model play `script` from now on."""
        control(self.model, "/control/script", script)

    def tokens(self, count: int, rate: int | None, *, stamp: bool = True, delay: float = 0) -> None:
        """Have the model answer everything with `count` tokens at `rate` a second."""
        turn = {"delay": delay, "parts": [{"tokens": count, "rate": rate, "stamp": stamp}]}
        self.script({"rules": [{"turns": [turn]}]})

    async def requests(self) -> list[dict[str, Any]]:
        """Return what the model was asked, with monotonic times."""
        async with aiohttp.ClientSession() as client, client.get(self.model.removesuffix("/v1") + "/control/log") as answer:
            return await answer.json(content_type=None)

    def direct(self) -> dict[str, Any]:
        """Return the request that calls the model without BiChat."""
        body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "Sales?"}]}
        return {"url": f"{self.model}/chat/completions", "body": body, "ends": "[DONE]"}

    def events(self) -> dict[str, Any]:
        """Return the request that asks BiChat for JSON events, in a new session each."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return {
            "url": f"{self.server.url}/bi-chat/stream",
            "headers": headers,
            "body": {"content": "Sales?"},
            "ends": "event: done",
        }

    def cpu(self) -> float:
        """Return the seconds of CPU that BiChat has used."""
        times = self.process.cpu_times()
        return times.user + times.system

    def waited(self) -> float:
        """Return the seconds for which BiChat's loop wanted a core that others had; it tells a busy machine from a slow loop."""
        return int(Path(f"/proc/{self.server.pid}/schedstat").read_text().split()[1]) / 1e9

    def memory(self, field: str = "VmRSS") -> float:
        """Return BiChat's memory in MB; `VmHWM` is the peak."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1024


@contextlib.asynccontextmanager
async def bed(data_dir: Path, **values: str) -> AsyncIterator[Bed]:
    """Serve BiChat from `data_dir`, where the demo is, against a model's server of its own."""
    async with served([]) as model:
        settings = {
            "OPENAI_API_KEY": "sk-bench",
            "OPENAI_BASE_URL": model,
            "BICHAT_RATE_MESSAGES": "1000000",
            "LOG_LEVEL": "WARNING",
        }
        server = Served(data_dir, data_dir.parent / "serve.log", **settings | values)
        await asyncio.to_thread(server.start)
        try:
            yield Bed(model, server, bichat("token", "create", "--email", PERSON, data_dir=data_dir).stdout.strip())
        finally:
            await asyncio.to_thread(server.close)


@contextlib.contextmanager
def demo() -> Any:
    """Seed the demo into a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="bichat-bench-") as folder:
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        result = bichat("demo", data_dir=data_dir)
        assert result.returncode == 0, result.stderr
        yield data_dir


async def load(specs: list[dict[str, Any]], over_seconds: float = 0) -> dict[str, Any]:
    """Run streams in a process of their own and return what came of them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(json.dumps({"streams": specs, "over_seconds": over_seconds}).encode())
    result: dict[str, Any] = json.loads(output)
    if result["finished"] < result["streams"]:
        print(f"{result['streams'] - result['finished']} streams did not finish:\n{result['unfinished']}", file=sys.stderr)
    return result


@contextlib.asynccontextmanager
async def signed_in(url: str, email: str = PERSON) -> AsyncIterator[aiohttp.ClientSession]:
    """Sign a browser in; its session sends the CSRF header by itself."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, cookie_jar=jar) as client:
        async with client.get("/login") as page:
            found = CSRF.search(await page.text())
        assert found
        form = {"email": email, "password": "demo", "_csrf_token": found[1]}
        async with client.post("/login", data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
        client.headers["x-csrftoken"] = next(cookie.value for cookie in jar if cookie.key == "csrftoken")
        yield client


def cookies(client: aiohttp.ClientSession) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client.cookie_jar)


async def open_page_streams(bed_: Bed, client: aiohttp.ClientSession, count: int) -> list[dict[str, Any]]:
    """Ask in `count` new sessions as a page does and return the requests that follow the answers."""
    return [await _ask(bed_, client) for _ in range(count)]


async def _ask(bed_: Bed, client: aiohttp.ClientSession) -> dict[str, Any]:
    async with client.post("/bi-chat/sessions", data={}, allow_redirects=False) as answer:
        session = answer.headers["location"]
    async with client.post(f"{session}/messages", data={"content": "Sales?"}, headers={"HX-Request": "true"}) as answer:
        found = CONNECT.search(await answer.text())
    assert found
    return {"url": bed_.server.url + found[1], "headers": {"Cookie": cookies(client)}, "ends": "event: done"}


def percentile(values: list[float], rank: int) -> float:
    """Return the percentile, or not-a-number where there are too few values."""
    return statistics.quantiles(values, n=100, method="inclusive")[rank - 1] if len(values) > 1 else (values or [float("nan")])[0]
