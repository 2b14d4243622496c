"""Starting and idling: how long until the process answers, and what it holds while nobody asks."""

import asyncio
import contextlib
import socket
import statistics
import subprocess
import time
from pathlib import Path

from tests.bench.bed import Bed
from tests.bench.figures import Figure
from tests.servers import Served

STARTS = 5
IDLE_SECONDS = 3.0
MODEL = {"OPENAI_API_KEY": "sk-bench", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
REQUEST = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


async def measure(data_dir: Path) -> list[Figure]:
    """Start several times over, then let one process idle."""
    times = [await asyncio.to_thread(_start, data_dir) for _ in range(STARTS)]
    server = Served(data_dir, data_dir.parent / "idle.log", **MODEL)
    await asyncio.to_thread(server.start)
    try:
        await asyncio.sleep(IDLE_SECONDS)
        idle = Bed("", server, "").memory()
    finally:
        await asyncio.to_thread(server.close)
    return [
        Figure("cold start to the first answer, median", statistics.median(times), "s", 0.9),
        Figure("cold start to the first answer, slowest", max(times), "s"),
        Figure("idle RSS, the model's client loaded", idle, "MB", 110),
    ]


def _start(data_dir: Path) -> float:
    server = Served(data_dir, data_dir.parent / "start.log", **MODEL)
    started = time.perf_counter()
    server.process = subprocess.Popen(
        server.command, env=server.env, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(server.port):
            assert server.process.poll() is None, "BiChat ended instead of serving"
            time.sleep(0.002)
        return time.perf_counter() - started
    finally:
        server.stop()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(REQUEST)
        return connection.recv(100).startswith(b"HTTP/1.1 200")
    return False
