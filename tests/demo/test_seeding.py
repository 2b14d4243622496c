from collections.abc import Iterator
from unittest.mock import Mock

import msgspec
import pytest
from sqlalchemy import func, select

from app.database import Database
from app.demo import seeding
from app.demo.companies import companies
from app.errors import Conflict, Invalid
from app.identity import tenants
from app.identity.models import Role, Tenant, User
from app.identity.passwords import verify_password
from app.settings import Settings

EXPECTED = {
    "admin@demo.test": "Admin",
    "analyst@demo.test": "Analyst",
    "viewer@demo.test": "Viewer",
    "auditor@demo.test": "Auditor",
    "noaccess@demo.test": None,
    "analyst@ipak.test": "Analyst",
}


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fewer rows: how many there are is another test's matter."""
    small = tuple(msgspec.structs.replace(company, order_lines=600) for company in companies())
    monkeypatch.setattr("app.demo.business_database.companies", lambda: small)
    monkeypatch.setattr("app.demo.generator.companies", lambda: small)
    return


async def people(database: Database) -> dict[str, tuple[str | None, str]]:
    query = (
        select(User.email, Role.name, Tenant.name)
        .join(Tenant, Tenant.id == User.tenant_id)
        .outerjoin(Role, Role.id == User.role_id)
    )
    async with database.reading() as db:
        return {email: (role, tenant) for email, role, tenant in await db.execute(query)}


@pytest.mark.usefixtures("small_demo")
async def test_seeding_makes_the_tenants_people_and_data_of_the_contract(database: Database, settings: Settings) -> None:
    assert not await seeding.is_seeded(database, settings)
    report = await seeding.seed(database, settings)
    assert report.tenants == ("Registon Savdo", "Ipak Logistika")
    found = await people(database)
    assert {email: role for email, (role, _tenant) in found.items()} == EXPECTED
    assert {tenant for email, (_role, tenant) in found.items() if email.endswith("@ipak.test")} == {"Ipak Logistika"}
    async with database.reading() as db:
        hashes = list(await db.scalars(select(User.password_hash)))
        assert await db.scalar(select(func.count()).select_from(Tenant).where(Tenant.is_demo)) == 2
    assert len(set(hashes)) == len(EXPECTED)
    assert await verify_password(hashes[0], "demo")


@pytest.mark.usefixtures("small_demo")
async def test_seeding_again_changes_nothing_and_makes_no_data(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seeding.seed(database, settings)
    before = await people(database)
    stamp = (settings.data_dir / seeding.FILE).stat().st_mtime_ns
    made = Mock()
    monkeypatch.setattr("app.demo.business_database.generate", made)
    monkeypatch.setattr("app.identity.users.add", made)
    assert await seeding.is_seeded(database, settings)
    report = await seeding.seed(database, settings)
    made.assert_not_called()
    assert (report.users_added, report.order_lines) == ((), None)
    assert await people(database) == before
    assert (settings.data_dir / seeding.FILE).stat().st_mtime_ns == stamp


@pytest.mark.usefixtures("small_demo")
async def test_a_new_month_makes_the_data_anew_and_keeps_the_people(database: Database, settings: Settings) -> None:
    await seeding.seed(database, settings, end_month="2026-02")
    assert not await seeding.is_seeded(database, settings, end_month="2026-03")
    report = await seeding.seed(database, settings, end_month="2026-03")
    assert report.users_added == ()
    assert report.order_lines
    assert await seeding.is_seeded(database, settings, end_month="2026-03")


async def test_a_single_companys_database_gets_one_tenant_and_no_data(database: Database, settings: Settings) -> None:
    single = msgspec.structs.replace(settings, analytics_isolation="single")
    report = await seeding.seed(database, single)
    assert report.tenants == ("Registon Savdo",)
    assert "analyst@ipak.test" not in await people(database)
    assert not (settings.data_dir / seeding.FILE).exists()
    assert await seeding.is_seeded(database, single)


async def test_a_database_of_the_companys_own_is_left_alone(database: Database, settings: Settings) -> None:
    own = msgspec.structs.replace(settings, analytics_url="postgresql://reader@localhost/shop")
    assert (await seeding.seed(database, own)).order_lines is None
    assert not (settings.data_dir / seeding.FILE).exists()


async def test_a_tenant_that_has_the_demos_name_already_is_not_taken_over(database: Database, settings: Settings) -> None:
    await tenants.add(database, "Registon Savdo")
    with pytest.raises(Conflict):
        await seeding.seed(database, settings)


@pytest.mark.parametrize("month", ["2026-13", "July", "2026", "0001-01"])
async def test_what_is_no_month_is_refused_before_anything_is_made(month: str, database: Database, settings: Settings) -> None:
    with pytest.raises(Invalid):
        await seeding.seed(database, settings, end_month=month)
    assert not await people(database)
