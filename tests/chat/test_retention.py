"""What nobody used for as long as a company keeps chats is removed for good, as the settings' page said beforehand."""

import asyncio
import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEntry
from app.chat import retention
from app.chat.models import ModelCall, Session
from app.database import now
from app.files.models import Artifact
from app.files.storage import FileStorage, open_storage
from app.identity.models import Tenant, User
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.chat.test_organising import talked
from tests.chat.test_purging import files
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

DAY = dt.timedelta(days=1)
PAGE = "/bi-chat/manage/settings"
FIELDS = {
    "default_locale": "en", "time_zone": "Asia/Tashkent", "first_weekday": "0", "currency": "UZS", "models_allowed": "",
    "cap_user_tokens": "", "cap_user_cost": "", "cap_tenant_tokens": "", "cap_tenant_cost": "",
}  # fmt: skip


@pytest.fixture
def storage(chat_settings: Settings) -> FileStorage:
    return open_storage(chat_settings.storage_url)


async def tenant_of(chat: Chat, email: str) -> uuid.UUID:
    async with chat.database.reading() as db:
        return (await db.scalars(select(User.tenant_id).where(User.email == email))).one()


async def keep(chat: Chat, tenant: uuid.UUID, days: int) -> None:
    async with chat.database.writing() as db:
        await db.execute(update(Tenant).where(Tenant.id == tenant).values(retention_days=days))


async def idle(chat: Chat, session: str, days: int) -> None:
    async with chat.database.writing() as db:
        await db.execute(update(Session).where(Session.id == uuid.UUID(session)).values(active_at=now() - days * DAY))


async def file_in(chat: Chat, session: str, storage: FileStorage, tmp_path: Path) -> str:
    """Put a file into a session; returns its key."""
    key = f"{uuid.uuid4()}.pdf"
    path = tmp_path / "made.pdf"
    path.write_bytes(b"%PDF")
    await storage.keep(key, path)
    async with chat.database.writing() as db:
        row = await db.get_one(Session, uuid.UUID(session))
        facts = {"storage_key": key, "size_bytes": 4, "url": "/x"}
        db.add(Artifact(tenant_id=row.tenant_id, session_id=row.id, kind="export", name="made.pdf", details=facts))
    return key


async def left(chat: Chat) -> set[str]:
    async with chat.database.reading() as db:
        return {str(each) for each in await db.scalars(select(Session.id))}


@ON_EACH_ENGINE
async def test_idle_chats_go_with_their_files_and_the_record_stays(
    chat: Chat, analyst: Person, model: ScriptedModel, storage: FileStorage, tmp_path: Path, chat_settings: Settings
) -> None:
    old, pinned, recent, trashed = [await talked(analyst, model) for _ in range(4)]
    async with chat.person("analyst@two.test") as other:
        theirs = await talked(other, model)
    await analyst.post(f"/bi-chat/sessions/{pinned}/pin")
    await analyst.post(f"/bi-chat/sessions/{trashed}/delete")
    for session in (old, pinned, trashed, theirs):
        await idle(chat, session, 31)
    gone, kept = [await file_in(chat, session, storage, tmp_path) for session in (old, theirs)]
    one = await tenant_of(chat, "analyst@one.test")
    assert await retention.sweep(chat.database, storage, now()) == 0
    await keep(chat, one, 30)
    assert await retention.sweep(chat.database, storage, now() - 2 * DAY) == 0
    due = await retention.due(chat.database, one, 30, now())
    assert (due.sessions, due.files) == (2, 1)
    assert await retention.sweep(chat.database, storage, now()) == 2
    assert await left(chat) == {pinned, recent, theirs}
    assert files(chat_settings) == {kept.removesuffix(".pdf")}
    assert gone != kept
    async with chat.database.reading() as db:
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == retention.SWEPT))).one()
        assert (entry.tenant_id, entry.details) == (one, {"days": 30, "sessions": 2, "files": 1})
        deleted = select(func.count()).where(AuditEntry.action == "session.deleted", AuditEntry.subject_id == uuid.UUID(trashed))
        assert await db.scalar(deleted) == 1
        assert await db.scalar(select(func.count()).where(ModelCall.session_id == uuid.UUID(old))) == 1
    assert await retention.sweep(chat.database, storage, now()) == 0


async def test_a_chat_that_is_being_answered_stays(
    chat: Chat, analyst: Person, model: ScriptedModel, storage: FileStorage
) -> None:
    gate = asyncio.Event()
    model.add([gate, final_answer("There.")])
    session, _ = await analyst.ask("Where?")
    await keep(chat, await tenant_of(chat, "analyst@one.test"), 1)
    assert await retention.sweep(chat.database, storage, now() + 5 * DAY) == 0
    gate.set()
    await analyst.until(session, "completed")
    assert await retention.sweep(chat.database, storage, now() + 5 * DAY) == 1


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_chat_that_is_used_while_it_is_swept_stays(
    chat: Chat, analyst: Person, model: ScriptedModel, storage: FileStorage
) -> None:
    session = await talked(analyst, model)
    await keep(chat, await tenant_of(chat, "analyst@one.test"), 30)
    await idle(chat, session, 31)
    async with chat.database.writing() as db:
        await db.execute(update(Session).values(active_at=now()))
        sweeping = asyncio.create_task(retention.sweep(chat.database, storage, now()))
        await asyncio.wait([sweeping], timeout=0.5)
    assert (await sweeping, await left(chat)) == (0, {session})
    assert (await analyst.get(f"/bi-chat/sessions/{session}")).status_code == 200


async def test_the_settings_say_what_goes_before_they_are_saved(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    await idle(chat, session, 40)
    one = await tenant_of(chat, "analyst@one.test")
    assert "shelf-idle" not in (await analyst.get("/bi-chat/chats")).text
    async with chat.person("admin@one.test") as admin:
        asked = await admin.post(PAGE, **FIELDS, retention_days="30")
        assert asked.status_code == 200
        assert "1 chat that was last used before" in asked.text
        assert "Nothing is saved yet." in asked.text
        for confirmed in ("", "29"):
            again = await admin.post(PAGE, **FIELDS, retention_days="30", confirmed=confirmed)
            assert 'data-testid="retention-confirm" autofocus' in again.text  # It stands far below the head of the page.
        async with chat.database.reading() as db:
            assert (await db.get_one(Tenant, one)).retention_days is None
        assert (await admin.post(PAGE, **FIELDS, retention_days="30", confirmed="30")).status_code == 303
        assert "1 chat is removed within the hour." in (await admin.get(PAGE)).text
        for shelf in ("listed", "archived", "deleted"):
            page = (await analyst.get(f"/bi-chat/chats?show={shelf}")).text
            assert "Chats that nobody used for 30 days are removed for good" in page
        assert (await admin.post(PAGE, **FIELDS, retention_days="365")).status_code == 303
        assert "Nothing is due now; the next chat will be at" in (await admin.get(PAGE)).text
        wrong = await admin.post(PAGE, **{**FIELDS, "currency": "sum"}, retention_days="30")
        assert wrong.status_code == 422
    assert session in await left(chat)
