"""Fetch what programs left in the provider's containers: few files of bounded size, each failure only the loss of that file."""

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog

from app.agent.hosted import FileReference, HostedCall, HostedFile, LostFile
from app.agent.model import ModelResponse

if TYPE_CHECKING:
    import openai

log = structlog.get_logger()

MOST_FILES = 10
"""So many files of an answer are kept, those that came with it among them."""
LARGEST = 10 * 1024 * 1024
AT_ONCE = 3
SECONDS = 60.0
GONE = {404, 410}


async def with_files(client: "openai.AsyncOpenAI", response: ModelResponse) -> ModelResponse:
    """Return the response with the files that its programs wrote; never fails."""
    came = sum(len(call.files) for call in response.hosted)
    wanted = list(dict.fromkeys(reference for call in response.hosted for reference in call.references))
    if not (wanted or came):
        return response
    fetched = await _all(client, wanted[: max(MOST_FILES - came, 0)])
    left, filled = MOST_FILES, list[HostedCall]()
    for call in response.hosted:
        filled.append(_filled(call, fetched, left))
        left -= len(filled[-1].files)
    return msgspec.structs.replace(response, hosted=tuple(filled))


def _filled(call: HostedCall, fetched: dict[FileReference, HostedFile | LostFile], left: int) -> HostedCall:
    found = [_bounded(file) for file in call.files]
    found += [fetched.get(each, LostFile(each.name, "too_many")) for each in call.references]
    files = [each for each in found if isinstance(each, HostedFile)]
    lost = [each for each in found if isinstance(each, LostFile)] + [LostFile(each.name, "too_many") for each in files[left:]]
    return msgspec.structs.replace(call, references=(), files=tuple(files[:left]), lost=(*call.lost, *lost))


def _bounded(file: HostedFile) -> HostedFile | LostFile:
    return file if len(file.data) <= LARGEST else LostFile(file.name, "too_large")


async def _all(client: "openai.AsyncOpenAI", wanted: list[FileReference]) -> dict[FileReference, HostedFile | LostFile]:
    """Return what came of each file within `SECONDS`."""
    fetched: dict[FileReference, HostedFile | LostFile] = {each: LostFile(each.name, "failed") for each in wanted}
    room = asyncio.Semaphore(AT_ONCE)

    async def fetch(reference: FileReference) -> None:
        async with room:
            fetched[reference] = await _fetched(client, reference)

    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as tasks:
            for each in wanted:
                tasks.create_task(fetch(each))
    except TimeoutError:
        log.warning("files of the provider did not come in time", seconds=SECONDS)
    return fetched


async def _fetched(client: "openai.AsyncOpenAI", reference: FileReference) -> HostedFile | LostFile:
    import aiohttp  # noqa: PLC0415 - loaded with the client, at first use
    import httpx2  # noqa: PLC0415 - loaded with the client, at first use
    import openai  # noqa: PLC0415 - takes a second to import: at first use

    content = client.containers.files.content.with_streaming_response
    data, reason = bytearray(), "failed"
    try:
        async with content.retrieve(reference.file_id, container_id=reference.container_id) as answer:
            async for piece in answer.iter_bytes():
                data += piece
                if len(data) > LARGEST:
                    log.warning("a file of the provider is too large", limit=LARGEST)
                    return LostFile(reference.name, "too_large")
            return HostedFile(reference.name, bytes(data))
    except openai.APIStatusError as error:
        # A container that has expired is told as its own kind of bad request.
        reason = "gone" if error.status_code in GONE or "expired" in str(error.body) else "failed"
        log.warning("a file of the provider could not be fetched", reason=reason, status=error.status_code)
    except (openai.APIError, httpx2.HTTPError, httpx2.StreamError, aiohttp.ClientError, OSError) as error:
        log.warning("a file of the provider could not be fetched", reason=type(error).__name__)
    return LostFile(reference.name, reason)
