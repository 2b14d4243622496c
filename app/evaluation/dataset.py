"""Put a suite's own dataset in place: its business database, its company with the people, and what the company knows."""

import asyncio
import secrets
import threading
from pathlib import Path

from app.agent import prices
from app.chat.embedding_calls import EmbeddingMeter
from app.database import Database
from app.errors import BiChatError
from app.evaluation import dataset_file
from app.evaluation.dataset_file import FaultyData
from app.evaluation.suite import Suite
from app.evaluation.suite_file import FaultySuite, Places
from app.identity import tenants, users
from app.identity.models import Tenant
from app.identity.users import NewUser
from app.knowledge import intake
from app.knowledge.intake import FaultyKnowledge
from app.settings import Settings

FILE = "dataset.sqlite"


async def seed(database: Database, settings: Settings, suite: Suite, places: Places) -> None:
    """Make all of it; raises `FaultySuite` with everything that is wrong. When cancelled, a script that runs is given up."""
    assert suite.dataset
    faults: list[str] = []
    stopped = threading.Event()
    try:
        await asyncio.to_thread(dataset_file.build, suite.dataset, settings.data_dir / FILE, stopped)
    except FaultyData as error:
        faults.append(str(error))
    finally:
        stopped.set()
    tenant = await _company(database, suite, places, faults)
    if tenant and suite.dataset.knowledge and not faults:
        faults += await _knowledge(database, settings, tenant, Path(suite.dataset.knowledge))
    if faults:
        raise FaultySuite(faults)


async def _company(database: Database, suite: Suite, places: Places, faults: list[str]) -> Tenant | None:
    dataset = suite.dataset
    assert dataset
    try:
        tenant = await tenants.add(
            database, dataset.company or suite.name, single=True, time_zone=dataset.time_zone, currency=dataset.currency
        )
    except BiChatError as error:
        faults.append(places.fault("dataset", str(error)))
        return None
    for at, person in enumerate(dataset.people):
        try:
            await users.add(database, tenant.id, NewUser(person.email, secrets.token_urlsafe(), person.role))
        except BiChatError as error:
            faults.append(places.fault(f"dataset.people[{at}]", str(error)))
    return tenant


async def _knowledge(database: Database, settings: Settings, tenant: Tenant, folder: Path) -> list[str]:
    """Load a folder and return what is wrong with it."""
    try:
        meter = EmbeddingMeter(database, prices.load(settings.prices_file))
        await intake.take_in(settings, database, tenant.id, folder, rebuild=False, meter=meter)
    except FaultyKnowledge as error:
        own = str(folder)
        return [fault if fault.startswith(own) else f"{own}/{fault}" for fault in error.faults]
    return []
