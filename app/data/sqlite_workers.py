"""The worker processes of an SQLite file: begun when they are needed, ended when they are idle, late or not wanted any more."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from app.data.errors import QueryError
from app.data.sqlite_messages import HEADER, Failure, Opening, Question, Rows, framed

IDLE_SECONDS = 300.0
GRACE_SECONDS = 0.3
"""How long a worker may take to notice its own time limit before it is killed."""
START_SECONDS = 10.0
PIPE_BYTES = 1_000_000
GIVEN_UP = Failure("interrupted", is_late=True)
PROGRAM = (sys.executable, "-P", "-m", "app.data.sqlite_worker")
ROOT = Path(__file__).resolve().parents[2]


class WorkerPool:
    """Workers that wait for a question. How many work at the same time is for the caller to limit."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._endings: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def ask(self, question: Question, opening: Opening) -> Rows | Failure:
        """Have a worker answer, on the file of `opening`. Raises `QueryError` when it is late or dies.

        A cancelled task kills it.
        """
        worker = self._take(opening) or await Worker.start()
        try:
            return await worker.ask(question, opening)
        finally:
            if worker.is_idle:
                self._keep(worker)
            else:
                self._end(worker)

    async def stream(self, question: Question, opening: Opening) -> AsyncGenerator[Rows | Failure]:
        """Have a worker answer in several replies; leaving before the last one kills it."""
        worker = self._take(opening) or await Worker.start()
        try:
            async with contextlib.aclosing(worker.replies(question, opening)) as replies:
                async for reply in replies:
                    yield reply
        finally:
            if worker.is_idle:
                self._keep(worker)
            else:
                self._end(worker)

    async def close(self) -> None:
        """End the idle workers and wait for those that were killed."""
        if self._sweep is not None:
            self._sweep.cancel()
        while self._idle:
            self._end(self._idle.pop())
        await asyncio.gather(*self._endings)

    def _take(self, opening: Opening) -> "Worker | None":
        """Return an idle worker, rather one that has this file open."""
        self._idle = [worker for worker in self._idle if worker.is_alive]
        best = max(self._idle, key=lambda worker: (worker.opening is opening, worker.idle_since), default=None)
        if best is not None:
            self._idle.remove(best)
        return best

    def _keep(self, worker: "Worker") -> None:
        worker.idle_since = asyncio.get_running_loop().time()
        self._idle.append(worker)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        """End the workers that nobody wanted for some minutes, and look again as long as there are others."""
        loop = asyncio.get_running_loop()
        old = [worker for worker in self._idle if loop.time() - worker.idle_since >= IDLE_SECONDS]
        for worker in old:
            self._idle.remove(worker)
            self._end(worker)
        self._sweep = loop.call_later(IDLE_SECONDS / 2, self._end_idle) if self._idle else None

    def _end(self, worker: "Worker") -> None:
        worker.kill()
        ending = asyncio.create_task(worker.ended())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


class Worker:
    """One process and its pipes; it answers one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.opening: Opening | None = None
        self.is_idle = True
        self.idle_since = 0.0

    @classmethod
    async def start(cls) -> "Worker":
        """Begin a process that knows nothing of the application's settings; raises `QueryError`."""
        environment = {"PYTHONPATH": str(ROOT), "TMPDIR": tempfile.gettempdir(), "PATH": os.defpath}
        pipe = asyncio.subprocess.PIPE
        try:
            worker = cls(
                await asyncio.create_subprocess_exec(*PROGRAM, stdin=pipe, stdout=pipe, limit=PIPE_BYTES, env=environment)
            )
        except OSError as error:
            raise _died() from error
        async with contextlib.AsyncExitStack() as unless_ready:
            unless_ready.callback(worker.kill)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await worker.ready()
            except (TimeoutError, asyncio.IncompleteReadError) as error:
                raise _died() from error
            unless_ready.pop_all()
        return worker

    @property
    def is_alive(self) -> bool:
        """Tell whether the process was not seen to end."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    async def ask(self, question: Question, opening: Opening) -> Rows | Failure:
        """Return the one reply; raises `QueryError` when the process dies."""
        async with contextlib.aclosing(self.replies(question, opening)) as replies:
            return await anext(replies)

    async def replies(self, question: Question, opening: Opening) -> AsyncGenerator[Rows | Failure]:
        """Yield the replies; each may take the statement's time, and the last one is a failure when one is late."""
        if self.opening is not opening:
            question = msgspec.structs.replace(question, opening=opening)
        try:
            frame: bytes | None = framed(question)
        except (ValueError, OverflowError) as error:
            raise QueryError("invalid_arguments", f"the parameters cannot be bound: {error}") from error
        self.is_idle = False
        self.opening = opening
        while frame is not None:
            reply = await self._reply(frame, question.timeout)
            frame = b"" if isinstance(reply, Rows) and reply.more else None
            self.is_idle = frame is None and reply is not GIVEN_UP
            yield reply

    async def _reply(self, frame: bytes, seconds: float) -> Rows | Failure:
        try:
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                return await self._exchange(frame)
        except TimeoutError:
            return GIVEN_UP
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if await self._process.wait() == -signal.SIGXCPU:
                return GIVEN_UP
            raise _died() from error

    async def ready(self) -> None:
        """Wait until the process says that it can answer, by a frame without content."""
        assert self._process.stdout is not None
        await self._process.stdout.readexactly(HEADER.size)

    async def _exchange(self, frame: bytes) -> Rows | Failure:
        """Send a question, if there is one, and return the next reply."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if frame:
            self._process.stdin.write(frame)
            await self._process.stdin.drain()
        (length,) = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        body = await self._process.stdout.readexactly(length)
        return msgspec.msgpack.decode(body, type=Rows | Failure)

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        """Wait for the end of a process that was killed."""
        await self._process.wait()


def _died() -> QueryError:
    return QueryError("failed", "the database engine gave up on this query", "Write the query in another, simpler way.")
