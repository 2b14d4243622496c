"""The writing process as the application sees it: fed with rows, and killed when nobody wants its file any more."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import structlog

from app.data.exports.messages import HEADER, DocumentWork, TableWork, Written, framed

log = structlog.get_logger()
PROGRAM = (sys.executable, "-P", "-m", "app.data.exports.writer")
ROOT = Path(__file__).resolve().parents[3]
LONGEST_COMPLAINT = 4000


class WritingError(Exception):
    """The file could not be written."""


class Writing:
    """A process that writes one file."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, message: msgspec.Struct) -> None:
        """Hand over more of the work; waits while the process is busy, so that little is in memory. Raises `WritingError`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(framed(message))
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise await self._failure() from error

    async def written(self) -> Written:
        """Wait for the end of the work; raises `WritingError`."""
        assert self._process.stdout is not None
        try:
            (length,) = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
            body = await self._process.stdout.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise await self._failure() from error
        return msgspec.msgpack.decode(body, type=Written)

    async def _failure(self) -> WritingError:
        assert self._process.stderr is not None
        complaint = (await self._process.stderr.read(LONGEST_COMPLAINT * 4)).decode("utf-8", "replace")
        log.error("export could not be written", complaint=complaint[-LONGEST_COMPLAINT:])
        return WritingError("the file could not be written")


@contextlib.asynccontextmanager
async def writing(work: TableWork | DocumentWork) -> AsyncGenerator[Writing]:
    """Begin a process and send it the work; leaving the block early kills it."""
    place = tempfile.gettempdir()
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": place, "PATH": os.defpath, "HOME": place, "OPENBLAS_NUM_THREADS": "1"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*PROGRAM, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    try:
        begun = Writing(process)
        await begun.send(work)
        yield begun
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
