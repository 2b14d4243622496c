"""Put content that was made in memory into the storage."""

import asyncio
import tempfile
import uuid
from pathlib import Path

from app.database import new_id
from app.files.storage import FileStorage


async def keep(storage: FileStorage, folder: tuple[uuid.UUID, uuid.UUID], ending: str, content: bytes) -> tuple[uuid.UUID, str]:
    """Keep `content` for a tenant's session, the `folder`; returns the id of its artifact and where it is kept.

    A cancellation leaves nothing there.
    """
    artifact_id = new_id()
    key = "/".join((*map(str, folder), f"{artifact_id}.{ending}"))
    path = await asyncio.to_thread(_written, content)
    keeping = asyncio.ensure_future(storage.keep(key, path))
    try:
        await asyncio.shield(keeping)
    except asyncio.CancelledError:
        await asyncio.wait([keeping])
        await storage.delete(key)
        raise
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return artifact_id, key


def _written(content: bytes) -> Path:
    with tempfile.NamedTemporaryFile(prefix="bichat-file-", delete=False) as file:
        file.write(content)
    return Path(file.name)
