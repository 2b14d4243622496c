"""The load: many streams at once from a process of its own, over bare connections.

`python -m tests.bench.load` reads a JSON list of requests from the standard input and prints figures as JSON. Every piece of
text that a stream brings is searched for stamps, the monotonic nanoseconds at which the model wrote them.
"""

import asyncio
import gc
import json
import re
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import uvloop

STAMP = re.compile(rb"(\d{9,})[ <]")
LONGEST_STAMP = 24
TIMEOUT = 180


class Stream(asyncio.Protocol):
    """One request and its stream. `ends` are the bytes that end it well."""

    def __init__(self, request: bytes, ends: bytes) -> None:
        self.request = request
        self.ends = ends
        self.over = asyncio.get_running_loop().create_future()
        self.added: list[int] = []
        self.sent = self.first_at = self.first_stamp = self.last_stamp = self.ended = 0
        self.rest = b""
        self.received = bytearray()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.sent = time.monotonic_ns()
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        moment = time.monotonic_ns()
        text = self.rest + data
        for found in STAMP.finditer(text):
            stamp = int(found[1])
            if stamp > self.last_stamp:
                if not self.first_at:
                    self.first_at, self.first_stamp = moment, stamp
                self.added.append(moment - stamp)
                self.last_stamp = stamp
        if len(self.received) < 2000:
            self.received += data
        if self.ends in text:
            self.ended = moment
            self.transport.close()
        self.rest = text[-LONGEST_STAMP:]

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


def request_bytes(spec: dict[str, Any]) -> tuple[str, int, bytes]:
    """Return host, port and the bytes of an HTTP request from `url`, `headers` and `body` (None: a GET)."""
    url = urlsplit(spec["url"])
    body = b"" if spec.get("body") is None else json.dumps(spec["body"]).encode()
    head = [f"{'POST' if body else 'GET'} {url.path} HTTP/1.1", f"Host: {url.netloc}", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in spec.get("headers", {}).items()]
    if body:
        head.append("Content-Type: application/json")
    return str(url.hostname), int(url.port or 80), "\r\n".join([*head, "", ""]).encode() + body


async def run(spec: dict[str, Any], wait: float) -> Stream:
    await asyncio.sleep(wait)
    host, port, request = request_bytes(spec)
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(
        lambda: Stream(request, spec["ends"].encode().decode("unicode_escape").encode()), host, port
    )
    await asyncio.wait_for(stream.over, TIMEOUT)
    return stream


async def main() -> None:
    plan = json.load(sys.stdin)
    specs, over = plan["streams"], plan.get("over_seconds", 0)
    gc.collect()
    gc.disable()
    streams = await asyncio.gather(*(run(spec, over * number / len(specs)) for number, spec in enumerate(specs)))
    finished = [stream for stream in streams if stream.ended]
    result = {
        "streams": len(streams),
        "finished": len(finished),
        "stamps": sum(len(stream.added) for stream in streams),
        "added": [added / 1e6 for stream in streams for added in stream.added],
        "first": [(stream.first_at - stream.first_stamp) / 1e6 for stream in finished if stream.first_at],
        "until_first": [(stream.first_at - stream.sent) / 1e6 for stream in finished if stream.first_at],
        "end": [(stream.ended - stream.last_stamp) / 1e6 for stream in finished if stream.last_stamp],
        "seconds": (max(stream.ended for stream in finished) - min(stream.sent for stream in streams)) / 1e9 if finished else 0,
        "unfinished": next((stream.received.decode(errors="replace")[:1500] for stream in streams if not stream.ended), ""),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
