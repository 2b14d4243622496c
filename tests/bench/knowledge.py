"""Search in 20,000 pieces of knowledge, taking them in, and changing one, on both engines."""

import random
import statistics
import time
from pathlib import Path

from app import migrations
from app.database import Database, new_id
from app.identity import sign_in, tenants, users
from app.identity.users import NewUser
from app.knowledge import store
from app.knowledge.drafts import Draft
from app.knowledge.library import Library
from tests import postgres
from tests.bench.bed import percentile
from tests.bench.figures import Figure

PIECES = 20_000
TIMES = 20
AIM = 100.0
SAID = """
revenue order customer branch payment margin discount delivery warehouse stock return refund invoice supplier product price
выручка заказ клиент филиал оплата маржа скидка доставка склад остаток возврат счёт поставщик товар цена квартал отчёт правило
tushum buyurtma mijoz filial toʻlov chegirma yetkazish ombor qoldiq qaytarish hisob yetkazuvchi mahsulot narx chorak hisobot
"""
WORDS = SAID.split()
QUESTIONS = (
    "revenue by branch", "выручка филиалов за квартал", "mijozlar toʻlovi", "Chilonzor 777", "Самарканд склад",
    "returns and refunds of customers who paid in the last quarter", "nothingofthis",
)  # fmt: skip


async def measure(data_dir: Path) -> list[Figure]:
    """Fill a database of each engine and time what people and the analyst wait for."""
    figures = await _on("SQLite", f"sqlite:///{data_dir / 'knowledge.sqlite'}")
    with postgres.running() as cluster:
        return figures + await _on("PostgreSQL", cluster.create("knowledge"))


async def _on(engine: str, url: str) -> list[Figure]:
    database = Database(url)
    await migrations.upgrade(database)
    tenant = await tenants.add(database, "Shop")
    person = await users.add(database, tenant.id, NewUser(f"{new_id()}@one.test", "correct horse", "Admin"))
    actor = await sign_in.by_user_id(database, person)
    assert actor
    drafts = _drafts()
    started = time.perf_counter()
    await store.load(database, tenant.id, drafts, "sqlite")
    figures = [Figure(f"{engine}: taking in {PIECES:,} pieces", time.perf_counter() - started, "s")]
    library = Library(database)
    for question in QUESTIONS:
        times = [await _timed(library, actor, question) for _ in range(TIMES)]
        figures.append(Figure(f'{engine}: kb_search "{question}", median', statistics.median(times), "ms", AIM))
        figures.append(Figure(f'{engine}: kb_search "{question}", p95', percentile(times, 95), "ms", AIM))
    entry = (await library.search(actor, "Chilonzor 777"))[0]
    started = time.perf_counter()
    await library.set_status(actor, entry.id, "retired")
    figures.append(Figure(f"{engine}: retiring one of them", (time.perf_counter() - started) * 1000, "ms", AIM))
    await database.close()
    return figures


async def _timed(library: Library, actor: object, question: str) -> float:
    started = time.perf_counter()
    await library.search(actor, question)  # type: ignore[arg-type]  # an actor
    return (time.perf_counter() - started) * 1000


def _drafts() -> list[Draft]:
    chance = random.Random(8)
    places = ("Chilonzor", "Yunusobod", "Samarqand", "Бухара", "Фергана")
    return [
        Draft(
            "document",
            f"d{n}.md",
            f"Note {n}",
            " ".join([*chance.choices(WORDS, k=60), chance.choice(places), str(n)]),
            f"d{n}.md:1",
        )
        for n in range(PIECES)
    ]
