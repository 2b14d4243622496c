"""Files in an S3 bucket. Keys, region and endpoint come from the usual `AWS_…` variables."""

import asyncio
from collections.abc import AsyncGenerator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.files.missing import no_such_file

if TYPE_CHECKING:
    from obstore.store import S3Store

CHUNK_BYTES = 256 * 1024


class S3Storage:
    """Files under `prefix` in `bucket`. Nothing is connected before the first use."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    @cached_property
    def _store(self) -> "S3Store":
        from obstore.store import S3Store  # noqa: PLC0415 - loaded only where files are kept in S3

        return S3Store(self._bucket, prefix=self._prefix or None, retry_config={"max_retries": 3})

    async def keep(self, key: str, path: Path) -> None:
        """Upload the file, large ones in parts."""
        await self._store.put_async(key, path)
        await asyncio.to_thread(path.unlink)

    async def read(self, key: str) -> AsyncGenerator[bytes]:
        """Yield the object in pieces."""
        try:
            found = await self._store.get_async(key)
        except FileNotFoundError as error:
            raise no_such_file() from error
        async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Delete the object."""
        await self._store.delete_async(key)

    async def examine(self) -> tuple[str, bool]:
        """Write, and delete, a small object."""
        await self._store.put_async(".probe", b"bichat")
        await self._store.delete_async(".probe")
        return f"s3://{self._bucket}/{self._prefix} is writable", True
