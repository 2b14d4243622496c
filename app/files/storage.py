"""Where files are kept: a folder, an S3 bucket, or nowhere. Keys are made by the application, never by people."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from app.files.missing import no_such_file
from app.files.s3_storage import S3Storage

CHUNK_BYTES = 256 * 1024
LOW_ROOM_MB = 100


class FileStorage(Protocol):
    """Keeps whole files under keys such as `tenant/session/id.xlsx`; they are written once and never changed."""

    async def keep(self, key: str, path: Path) -> None:
        """Take over the file at `path`, which may be gone afterwards."""
        ...

    def read(self, key: str) -> AsyncGenerator[bytes]:
        """Yield the file in pieces; raises `NotFound` before the first one when there is no such file."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a file; one that is not there is fine."""
        ...

    async def examine(self) -> tuple[str, bool]:
        """Return what is kept where, and whether there is room for more; raises when nothing can be kept."""
        ...


def open_storage(url: str) -> FileStorage:
    """Return the storage of `BICHAT_STORAGE_URL`: `file:///folder`, `s3://bucket/prefix` or `none`."""
    parts = urlsplit(url)
    if url == "none":
        return NoStorage()
    if parts.scheme == "s3":
        return S3Storage(parts.netloc, parts.path.strip("/"))
    return LocalStorage(Path(unquote(parts.path)))


class LocalStorage:
    """Files in a folder of this machine, readable by this process's user only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, key: str, path: Path) -> None:
        """Move the file into the folder; it appears there complete or not at all."""
        await asyncio.to_thread(self._move, self._place(key), path)

    async def read(self, key: str) -> AsyncGenerator[bytes]:
        """Yield the file in pieces."""
        try:
            file = await asyncio.to_thread(_opened, self._place(key))
        except FileNotFoundError as error:
            raise no_such_file() from error
        with file:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield piece

    async def delete(self, key: str) -> None:
        """Remove the file."""
        await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    async def examine(self) -> tuple[str, bool]:
        """Return the folder, once something could be written into it."""
        return await asyncio.to_thread(self._probe)

    def _place(self, key: str) -> Path:
        place = (self._folder / key).resolve()
        if not place.is_relative_to(self._folder.resolve()):
            message = f"{key!r} leads out of the storage"
            raise ValueError(message)
        return place

    def _move(self, place: Path, path: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arriving = place.with_name(f".{place.name}.arriving")
        shutil.move(path, arriving)
        arriving.chmod(0o600)
        arriving.replace(place)

    def _probe(self) -> tuple[str, bool]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = self._folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"bichat")
        probe.unlink()
        free = shutil.disk_usage(self._folder).free // 2**20
        return f"{self._folder} is writable, {free:,} MB free", free >= LOW_ROOM_MB


def _opened(place: Path) -> BinaryIO:
    return place.open("rb")


class NoStorage:
    """Keeps nothing: files can be made but not fetched."""

    async def keep(self, key: str, path: Path) -> None:
        """Drop the file."""

    async def read(self, key: str) -> AsyncGenerator[bytes]:  # noqa: ARG002 - the protocol's
        """Raise `NotFound`: nothing was kept."""
        nothing: tuple[bytes, ...] = ()
        for piece in nothing:
            yield piece
        raise no_such_file()

    async def delete(self, key: str) -> None:
        """Do nothing."""

    async def examine(self) -> tuple[str, bool]:
        """Say so."""
        return "no files are kept (BICHAT_STORAGE_URL=none)", True
