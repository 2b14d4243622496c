"""Take a folder of knowledge in: read all of it, try its statements, and store it where nothing is wrong."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy import select

from app.data.queries import Queries
from app.data.sources import open_queries
from app.database import Database
from app.errors import N_, Invalid, NotFound
from app.identity.models import Tenant
from app.knowledge import store
from app.knowledge.checks import actor_of, check_queries
from app.knowledge.drafts import Draft
from app.knowledge.embeddings import Embedder, open_embedder
from app.knowledge.folder import hash_of_folder, read_folder
from app.knowledge.metering import Meter
from app.knowledge.models import KnowledgeState
from app.knowledge.query_files import Faults
from app.knowledge.store import Loaded
from app.settings import Settings

PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+): ")
log = structlog.get_logger()


class FaultyKnowledge(Invalid):
    """Nothing was loaded: each of `faults` names a file, a line and what is wrong there."""

    def __init__(self, faults: Sequence[str]) -> None:
        if len(faults) == 1:
            super().__init__(N_("Nothing was loaded: 1 mistake was found."))
        else:
            super().__init__(N_("Nothing was loaded: %(count)s mistakes were found."), count=len(faults))
        self.faults = sorted(faults, key=_place)


async def take_in(
    settings: Settings, database: Database, tenant_id: uuid.UUID, folder: Path, *, rebuild: bool, meter: Meter
) -> Loaded:
    """Load a folder for a company, and embed it where an endpoint is configured; raises `FaultyKnowledge` and `NotFound`."""
    tenant = await _tenant(database, tenant_id)
    drafts, faults = await asyncio.to_thread(read_folder, folder)
    queries = open_queries(settings)
    try:
        await _check(queries, tenant, drafts, faults)
    finally:
        await queries.close()
    loaded = await store.load(database, tenant_id, drafts, queries.dialect, rebuild=rebuild)
    if embedder := open_embedder(settings, meter):
        await embedder.fill(database, actor_of(tenant))
        await embedder.close()
    return loaded


async def take_in_for_all(folder: Path, database: Database, queries: Queries, embedder: Embedder | None) -> None:
    """Load a folder for every active company that has not got it as it is now; what is wrong with it is logged."""
    try:
        drafts, faults = await asyncio.to_thread(read_folder, folder)
        async with database.reading() as db:
            tenants = list((await db.execute(select(Tenant).where(Tenant.is_active))).scalars())
            states = await db.execute(select(KnowledgeState.tenant_id, KnowledgeState.loaded_hash))
            loaded = {row.tenant_id: row.loaded_hash for row in states}
        for tenant in tenants:
            if faults or loaded.get(tenant.id) != hash_of_folder(drafts):
                await _check(queries, tenant, drafts, faults)
                done = await store.load(database, tenant.id, drafts, queries.dialect)
                log.info("knowledge loaded", tenant_id=str(tenant.id), added=done.added, changed=done.changed)
            if embedder:
                await embedder.fill(database, actor_of(tenant))
    except FaultyKnowledge as error:
        log.warning("knowledge not loaded", variable="BICHAT_KNOWLEDGE_DIR", faults=error.faults[:20])


async def _tenant(database: Database, tenant_id: uuid.UUID) -> Tenant:
    async with database.reading() as db:
        tenant: Tenant | None = await db.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(N_("There is no tenant %(id)s."), id=tenant_id)
    return tenant


async def _check(queries: Queries, tenant: Tenant, drafts: Sequence[Draft], faults: Faults) -> None:
    """Try the statements of all that could be read; raises `FaultyKnowledge` with what is wrong there and was wrong before."""
    found = [*faults, *await check_queries(queries, actor_of(tenant), drafts)]
    if found:
        raise FaultyKnowledge(found)


def _place(fault: str) -> tuple[str, int]:
    """Return the file and the line that a fault names, to put faults in their order."""
    found = PLACE.match(fault)
    return (found["file"], int(found["line"])) if found else ("", 0)
