"""The model client by itself against the loopback server: added latency per token, tokens a second, CPU.

`python -m tests.bench.bench_model_client [--api chat|responses]`. The server is a process of its own and stamps every token
with the monotonic time at which it was written.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import gc
import json
import re
import resource
import statistics
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import uvloop

from app.agent.model import ModelRequest, ModelResponse, TextDelta, UserText
from app.agent.openai_chat import CHAT
from app.agent.openai_client import Endpoint, OpenAIModel
from app.agent.openai_responses import RESPONSES
from app.data.periods import Calendar

APIS = {"chat": CHAT, "responses": RESPONSES}
STAMP = re.compile(r"(\d+) ")


@contextlib.asynccontextmanager
async def served(script: Any) -> AsyncIterator[str]:
    """Run the model server as a process of its own; yield its base URL."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.model_server", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    try:
        await asyncio.to_thread(control, url, "/control/script", script)
        yield url
    finally:
        process.terminate()
        await process.wait()


def control(url: str, path: str, body: Any) -> None:
    """Post to the server's controls."""
    address = url.removesuffix("/v1") + path
    request = urllib.request.Request(address, data=json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request).read()


def a_request() -> ModelRequest:
    now = dt.datetime.now(dt.UTC)
    return ModelRequest("You are an analyst.", [UserText("Sales?")], [], "en", now, Calendar("Asia/Tashkent", 0), "UZS")


async def stream(model: OpenAIModel, added: list[float]) -> int:
    """Run one answer; append the added milliseconds of every stamped token; return the number of tokens."""
    tokens, rest = 0, ""
    async for event in model.stream(a_request()):
        match event:
            case TextDelta(text):
                now = time.monotonic_ns()
                rest += text
                stamps = STAMP.findall(rest)
                rest = rest[rest.rfind(" ") + 1 :]
                added += [(now - int(stamp)) / 1e6 for stamp in stamps]
                tokens += len(stamps)
            case ModelResponse():
                return tokens
    return tokens


async def measure(api: str, streams: int, rate: int | None, tokens: int) -> dict[str, float]:
    """Return the figures of `streams` answers at once of `tokens` tokens each."""
    script = {"rules": [{"turns": [{"parts": [{"tokens": tokens, "rate": rate, "stamp": True}]}]}]}
    async with served(script) as url:
        model = OpenAIModel(APIS[api], Endpoint(url, "bench", "key"))
        await stream(model, [])
        gc.collect()
        added: list[float] = []
        started, cpu = time.perf_counter(), _cpu()
        total = sum(await asyncio.gather(*(stream(model, added) for _ in range(streams))))
        took, used = time.perf_counter() - started, _cpu() - cpu
        await model.close()
    cuts = statistics.quantiles(added, n=100)
    figures = {"tokens": total, "tokens_per_second": total / took, "cpu_seconds_per_1000": used / total * 1000}
    return figures if rate is None else figures | {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


CASES = ((1, 100, 300), (50, 50, 250), (200, 50, 250), (1, None, 50_000), (20, None, 20_000))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_model_client")
    parser.add_argument("--api", choices=APIS, action="append")
    for api in parser.parse_args().api or APIS:
        for streams, rate, tokens in CASES:
            figures = uvloop.run(measure(api, streams, rate, tokens))
            pace = f"{rate} tokens/s" if rate else "unpaced"
            shown = "  ".join(
                f"{name} {value:,.4g}" if value < 1000 else f"{name} {value:,.0f}" for name, value in figures.items()
            )
            print(f"{api:9}  {streams:3} × {pace:12}  {shown}", flush=True)


if __name__ == "__main__":
    main()
