"""The OpenAI client: requests, retries, streams and errors of OpenAI itself and of every server that speaks its APIs."""

import asyncio
import contextlib
import dataclasses
import itertools
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import structlog

from app.agent import faults, openai_errors
from app.agent.estimating import told
from app.agent.hosted_files import with_files
from app.agent.model import ModelError, ModelEvent, ModelRequest, ModelResponse
from app.agent.openai_api import Api, Reader
from app.agent.openai_reading import events_of

if TYPE_CHECKING:
    import httpx2
    import openai

log = structlog.get_logger()

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
RETRIES = 2
PATIENCE = 120.0
DRAIN_TIME = 0.1


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """Where the model is; an empty `base_url` means OpenAI itself."""

    base_url: str
    model: str
    api_key: str = dataclasses.field(repr=False)


class OpenAIModel:
    """A `Model` behind one of OpenAI's APIs.

    `read_timeout` is the longest silence in seconds. Failed requests are sent again up to `retries` times before the answer
    has begun, after the time that the server asks for, as long as that begins within `patience` seconds.
    """

    def __init__(
        self, api: Api, endpoint: Endpoint, *,
        read_timeout: float = READ_TIMEOUT, retries: int = RETRIES, patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self.provider = urlsplit(endpoint.base_url).hostname or "openai"
        self._api = api
        self._endpoint = endpoint
        self._read_timeout = read_timeout
        self._retries = retries
        self._patience = patience
        self._refused: set[tuple[str, str]] = set()
        self._client: openai.AsyncOpenAI | None = None
        self._making = asyncio.Lock()
        self._draining: set[asyncio.Task[None]] = set()

    async def warm_up(self) -> None:
        """Import the client and make it, in a thread; the first request does it otherwise."""
        await self._ready()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield one event for each kind of thing that a read from the server brings, and the response last."""
        name = request.model or self._endpoint.model
        async with contextlib.AsyncExitStack() as stack:
            response = await self._open(request, name)
            stack.push_async_callback(response.aclose)
            reads = response.aiter_bytes()
            reader = self._api.reader()
            failure: ModelError | None = None
            is_at_end = False
            try:
                async with contextlib.aclosing(events_of(response, reads, self._read_timeout)) as came:
                    async for events in came:
                        reader.read(events)
                        for event in reader.answer.take():
                            yield event
                        if reader.is_done:
                            break
                    else:
                        is_at_end = True
            except ModelError as error:
                failure = error
            except self._connection_errors() as error:
                is_at_end, failure = True, _unless_finished(reader, error)
            for event in reader.answer.take():
                yield event
            reader.answer.model = reader.answer.model or name
            if failure := failure or _unless_whole(reader):
                failure.spent = self._spent(reader, request, failure.code)
                raise self._failed(failure, name)
            if not is_at_end:
                self._drain(reads, stack.pop_all())
            yield await with_files(await self._ready(), told(reader.answer.response(self.provider), request))

    async def close(self) -> None:
        """Release connections."""
        for task in self._draining:
            task.cancel()
        await asyncio.gather(*self._draining, return_exceptions=True)
        if self._client:
            await self._client.close()

    async def _open(self, request: ModelRequest, name: str) -> "httpx2.Response":
        """Send the request, several times where that may help; raises `ModelError`."""
        until = time.monotonic() + self._patience
        for attempt in itertools.count():
            try:
                return await self._sent(request, name)
            except ModelError as error:
                pause = faults.pause(error.code, error.retry_after, attempt, until - time.monotonic())
                if pause is None or attempt >= self._retries:
                    raise
                log.info("asking the model again", code=error.code, seconds=round(pause, 2), provider=self.provider)
            await asyncio.sleep(pause)
        raise AssertionError

    async def _sent(self, request: ModelRequest, name: str) -> "httpx2.Response":
        """Send the request, again without a parameter that the server refuses; raises `ModelError`."""
        import httpx2  # noqa: PLC0415 - loaded with the client, at first use
        import openai  # noqa: PLC0415 - takes a second to import: at first use

        client = await self._ready()
        is_value, left_out = False, {left for model, left in self._refused if model == name}
        while True:
            body = self._api.body(request, name, frozenset(left_out))
            try:
                # The typed `create` methods walk the whole transcript for 10 ms a request; this is the client below them.
                stream: Any = await client.post(
                    self._api.path, cast_to=httpx2.Response, body=body, stream=True, stream_cls=openai.AsyncStream[object]
                )
            except openai.APIStatusError as error:
                refused, is_value = self._refused_parameter(error, left_out), openai_errors.is_about_a_value(error)
                failure = openai_errors.from_status(error)
            except openai.APIConnectionError as error:
                refused, failure = None, openai_errors.from_connection(error)
            except self._connection_errors() as error:
                refused, failure = None, openai_errors.from_connection(error)
            else:
                response: httpx2.Response = stream
                return response
            if refused is None:
                # Raised outside the handlers: the client's own error quotes the server's message and must not be chained.
                raise self._failed(failure, name)
            left_out.add(refused)
            if not is_value:
                self._refused.add((name, refused))
            log.info("model refuses a parameter, left out", model=name, parameter=refused, from_now_on=not is_value)

    async def _ready(self) -> "openai.AsyncOpenAI":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)
            return self._client

    def _make(self) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - takes a second to import: at first use, in a thread

        return openai.AsyncOpenAI(
            api_key=self._endpoint.api_key,
            base_url=self._endpoint.base_url or OPENAI_URL,
            max_retries=0,
            timeout=openai.Timeout(self._read_timeout, connect=CONNECT_TIMEOUT),
            http_client=openai.DefaultAioHttpClient(),
        )

    def _connection_errors(self) -> tuple[type[Exception], ...]:
        import aiohttp  # noqa: PLC0415 - loaded with the client, at first use
        import httpx2  # noqa: PLC0415 - loaded with the client, at first use

        return (httpx2.HTTPError, httpx2.StreamError, aiohttp.ClientError, OSError)

    def _refused_parameter(self, error: "openai.APIStatusError", left_out: set[str]) -> str | None:
        if error.status_code not in {400, 422}:
            return None
        text = str(error.body)
        return next((word for word in self._api.optional if word in text and word not in left_out), None)

    def _spent(self, reader: Reader, request: ModelRequest, code: str) -> ModelResponse | None:
        """Return what an answer used that broke off; None for one that never began, unless the server tells its tokens."""
        answer = reader.answer
        if not (answer.has_begun or answer.usage.input_tokens):
            return None
        return msgspec.structs.replace(told(answer.response(self.provider), request), finish_reason=code)

    def _failed(self, failure: ModelError, name: str) -> ModelError:
        log.warning("OpenAI API request failed", code=failure.code, reason=str(failure), provider=self.provider, model=name)
        return failure

    def _drain(self, reads: AsyncIterator[bytes], stack: contextlib.AsyncExitStack) -> None:
        """Read the few bytes after the end of the answer beside the run, so that the connection can be used again."""

        async def drain() -> None:
            async with stack:
                with contextlib.suppress(TimeoutError, *self._connection_errors()):
                    async with asyncio.timeout(DRAIN_TIME):
                        async for _ in reads:
                            pass

        task = asyncio.create_task(drain())
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)


def _unless_finished(reader: Reader, error: Exception) -> ModelError | None:
    """Return what broke, or None where all that matters had come: some servers end without the last marks."""
    return None if reader.answer.finish_reason else openai_errors.from_connection(error)


def _unless_whole(reader: Reader) -> ModelError | None:
    answer = reader.answer
    if answer.finish_reason or (reader.is_done and (answer.has_text or answer.calls)):
        return None
    return ModelError("network", "the stream ended before the answer did")
