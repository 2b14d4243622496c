"""Vectors of chunks and of questions from an embeddings endpoint, where one is configured; kept by the hash of the text."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, table_of
from app.identity.actor import Actor
from app.knowledge.metering import EmbeddingCall, Meter, Spender
from app.knowledge.models import Chunk, KnowledgeState, Vector
from app.settings import Settings
from app.telemetry import tracing

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = structlog.get_logger()

TOGETHER = 64
"""Texts sent in one request."""
QUESTION_SECONDS, FILL_SECONDS = 5.0, 60.0
LONGEST = 8000
WITHOUT = "embeddings cannot be had; search goes by words alone"
KEPT_QUESTIONS, KEPT_COMPANIES = 256, 8
CHUNKS, STATE, VECTORS = table_of(Chunk), table_of(KnowledgeState), table_of(Vector)


class Embedder:
    """An endpoint and a model of it, whose calls `meter` allows and books.

    Whatever fails there, or is not allowed, is logged and leaves the search to words alone.
    """

    def __init__(self, base_url: str, api_key: str, model: str, meter: Meter) -> None:
        self.model = model
        self._meter = meter
        self._base_url = base_url
        self._api_key = api_key
        self._made: AsyncOpenAI | None = None
        self._questions: dict[str, list[float]] = {}
        self._vectors: dict[uuid.UUID, tuple[int, dict[int, bytes]]] = {}
        self._filling = asyncio.Lock()

    async def question(self, text: str, spender: Spender) -> list[float] | None:
        """Return the vector of a question, None where it cannot be had soon."""
        if text not in self._questions:
            found = await self._embedded([text], QUESTION_SECONDS, spender)
            if found is None:
                return None
            if len(self._questions) >= KEPT_QUESTIONS:
                self._questions.pop(next(iter(self._questions)))
            self._questions[text] = found[0]
        return self._questions[text]

    async def nearest(self, db: AsyncSession, tenant_id: uuid.UUID, question: Sequence[float], most: int) -> list[int]:
        """Return the positions of a company's approved chunks that are nearest to a question, best first."""
        from app.knowledge.postings import nearest  # noqa: PLC0415 - brings numpy, at the first search or change

        return await asyncio.to_thread(nearest, question, await self._of(db, tenant_id), most)

    async def fill(self, database: Database, company: Actor) -> int:
        """Embed what has no vector yet, forget vectors of texts that are gone, and return how many were embedded.

        Whatever is embedded is a change of the company's knowledge, which every process hears of by its revision.
        What a company knows is embedded on its own behalf, whoever wrote it: see `actor_of`.
        """
        from app.knowledge.postings import packed  # noqa: PLC0415 - brings numpy, at the first search or change

        tenant_id = company.tenant_id
        of_model = (VECTORS.c.tenant_id == tenant_id) & (VECTORS.c.model == self.model)
        texts = select(CHUNKS.c.hash, CHUNKS.c.title, CHUNKS.c.text).where(CHUNKS.c.tenant_id == tenant_id)
        async with self._filling:
            async with database.reading() as db:
                wanted = {row.hash: f"{row.title}\n{row.text}"[:LONGEST] for row in await db.execute(texts)}
                known = set((await db.execute(select(VECTORS.c.hash).where(of_model))).scalars())
            missing, done = [(key, text) for key, text in wanted.items() if key not in known], 0
            for start in range(0, len(missing), TOGETHER):
                some = missing[start : start + TOGETHER]
                found = await self._embedded([text for _, text in some], FILL_SECONDS, Spender(company))
                if found is None:
                    break
                rows = [
                    {"tenant_id": tenant_id, "model": self.model, "hash": key, "vector": packed(vector)}
                    for (key, _), vector in zip(some, found, strict=True)
                ]
                done += await _keep(database, rows)
            gone = sorted(known - wanted.keys())
            for start in range(0, len(gone), 500):
                async with database.writing() as db:
                    await db.execute(delete(VECTORS).where(of_model, VECTORS.c.hash.in_(gone[start : start + 500])))
            if done:
                async with database.writing() as db:
                    await db.execute(update(STATE).where(STATE.c.tenant_id == tenant_id).values(revision=STATE.c.revision + 1))
        return done

    async def close(self) -> None:
        """Close connections."""
        if self._made is not None:
            await self._made.close()

    async def _of(self, db: AsyncSession, tenant_id: uuid.UUID) -> dict[int, bytes]:
        revision = await db.scalar(select(STATE.c.revision).where(STATE.c.tenant_id == tenant_id)) or 0
        kept = self._vectors.get(tenant_id)
        if kept is None or kept[0] != revision:
            joined = select(CHUNKS.c.position, VECTORS.c.vector).join(
                VECTORS, (VECTORS.c.tenant_id == CHUNKS.c.tenant_id) & (VECTORS.c.hash == CHUNKS.c.hash)
            )
            rows = await db.execute(
                joined.where(CHUNKS.c.tenant_id == tenant_id, CHUNKS.c.is_found.is_(True), VECTORS.c.model == self.model)
            )
            kept = (revision, {row.position: row.vector for row in rows})
            if len(self._vectors) >= KEPT_COMPANIES:
                self._vectors.pop(next(iter(self._vectors)))
            self._vectors[tenant_id] = kept
        return kept[1]

    async def _embedded(self, texts: Sequence[str], seconds: float, spender: Spender) -> list[list[float]] | None:
        """Return the vectors of texts; whatever was or may have been worked out is booked, also for whoever waits no more."""
        from openai import OpenAIError  # noqa: PLC0415 - takes a second: at the first question

        if not await self._meter.allows(spender, self.model, texts):
            return None
        is_owed, tokens, started = True, None, time.perf_counter()
        try:
            with tracing.part(f"embeddings {self.model}", "client", self._attributes) as span:
                async with asyncio.timeout(seconds):
                    answer = await self._client().embeddings.create(model=self.model, input=list(texts), encoding_format="float")
                tokens = answer.usage.prompt_tokens if answer.usage else None
                span.note({"gen_ai.usage.input_tokens": tokens})
        except (OpenAIError, TimeoutError) as error:
            is_owed = isinstance(error, TimeoutError)
            log.warning(WITHOUT, reason=str(error) or type(error).__name__)
            return None
        finally:
            if is_owed:
                ms = (time.perf_counter() - started) * 1000
                await self._meter.add(spender, EmbeddingCall(self._provider, self.model, texts, tokens, ms))
        found = [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]
        if len(found) != len(texts):
            log.warning(WITHOUT, reason="another number of vectors than texts")
            return None
        return found

    @property
    def _attributes(self) -> Mapping[str, tracing.Value]:
        """Return what OpenTelemetry's GenAI conventions have a trace say of a call."""
        return {
            "gen_ai.operation.name": "embeddings", "gen_ai.provider.name": self._provider, "gen_ai.request.model": self.model,
        }  # fmt: skip

    @property
    def _provider(self) -> str:
        return urlsplit(self._base_url).hostname or "openai"

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI  # noqa: PLC0415 - takes a second: at the first question

        if self._made is None:
            self._made = AsyncOpenAI(base_url=self._base_url or None, api_key=self._api_key or "none", max_retries=1)
        return self._made


def open_embedder(settings: Settings, meter: Meter) -> Embedder | None:
    """Return the embedder of the settings, None where they name none."""
    if not settings.embedding_base_url and not settings.embedding_api_key:
        return None
    return Embedder(settings.embedding_base_url, settings.embedding_api_key, settings.embedding_model, meter)


async def _keep(database: Database, rows: Sequence[dict[str, Any]]) -> int:
    """Keep vectors, but those that another process keeps at this moment; return how many were kept."""
    try:
        async with database.writing() as db:
            await db.execute(insert(VECTORS), rows)
    except IntegrityError:
        return sum([await _keep(database, [row]) for row in rows]) if len(rows) > 1 else 0
    return len(rows)
