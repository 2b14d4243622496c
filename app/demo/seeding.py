"""Puts the demo in place: its tenants, the people who sign in, and the business database. Doing it again changes nothing."""

import asyncio
import datetime as dt
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.database import Database, now
from app.demo import business_database
from app.demo.companies import Company, companies
from app.errors import N_, Conflict, Invalid
from app.identity import roles, users
from app.identity.models import Tenant, User
from app.identity.users import NewUser
from app.settings import Settings

PASSWORD = "demo"  # noqa: S105 - offered openly on the login page while the demo is seeded
ZONE = "Asia/Tashkent"
FILE = "analytics.sqlite"
EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What seeding did. `order_lines` is None where the business database was left as it was."""

    tenants: tuple[str, ...]
    users_added: tuple[str, ...]
    end_month: str
    order_lines: int | None
    seconds: float


async def seed(database: Database, settings: Settings, *, end_month: str | None = None, dsn: str | None = None) -> SeedReport:
    """Make what is missing of the demo, with data up to `end_month` (`YYYY-MM`, this month by default).

    With the isolation `single` only the first tenant is made; there, and where the analytics connection is not the demo's
    own file, there is no business data, unless `dsn` is the address of its PostgreSQL for somebody who may make it there.
    Raises `Invalid` for something that is not a month.
    """
    started = time.perf_counter()
    month = _checked_month(end_month) if end_month else this_month()
    chosen = _chosen(settings)
    for company in chosen:
        await _add_tenant(database, company)
    added = [email for company in chosen for email in await _add_users(database, company)]
    lines = None
    path = settings.data_dir / FILE
    if _wants_data(settings) and not business_database.is_current(path, month):
        lines = await asyncio.to_thread(business_database.build, path, month)
    if dsn:
        from app.demo import postgres_database  # noqa: PLC0415 - brings the driver of PostgreSQL

        lines = await postgres_database.build(settings, dsn, month)
    return SeedReport(tuple(company.name for company in chosen), tuple(added), month, lines, time.perf_counter() - started)


async def is_seeded(database: Database, settings: Settings, *, end_month: str | None = None) -> bool:
    """Tell whether `seed` would have nothing to do."""
    emails = [login.email for company in _chosen(settings) for login in company.users]
    async with database.reading() as db:
        known = await db.scalar(select(func.count()).select_from(User).where(User.email.in_(emails)))
    if known != len(emails):
        return False
    return not _wants_data(settings) or business_database.is_current(settings.data_dir / FILE, end_month or this_month())


def this_month(moment: dt.datetime | None = None) -> str:
    """Return the month at the demo's place as `YYYY-MM`, now or at an aware `moment`."""
    return f"{(moment or now()).astimezone(ZoneInfo(ZONE)):%Y-%m}"


def _checked_month(text: str) -> str:
    try:
        day = dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise Invalid(N_("%(month)s is not a month, such as 2026-07."), month=text) from error
    if day.year < EARLIEST_YEAR:
        raise Invalid(N_("The demo's data cannot end before %(year)s."), year=EARLIEST_YEAR)
    return f"{day:%Y-%m}"


def _chosen(settings: Settings) -> tuple[Company, ...]:
    return companies()[:1] if settings.analytics_isolation == "single" else companies()


def _wants_data(settings: Settings) -> bool:
    return settings.analytics_isolation == "views" and settings.uses_demo_analytics


async def _add_tenant(database: Database, company: Company) -> None:
    async with database.writing() as db:
        found = await db.scalar(select(Tenant.id).where(Tenant.name == company.name))
        if found == company.tenant_id:
            return
        if found:
            raise Conflict(N_("There is a tenant %(name)s already."), name=company.name)
        db.add(Tenant(id=company.tenant_id, name=company.name, time_zone=ZONE, currency="UZS", is_demo=True))
        await db.flush()
        roles.add_built_in(db, company.tenant_id)


async def _add_users(database: Database, company: Company) -> list[str]:
    """Add who is missing and return their addresses; who is there keeps their password and role."""
    async with database.reading() as db:
        known = set(await db.scalars(select(User.email).where(User.email.in_([login.email for login in company.users]))))
    missing = [login for login in company.users if login.email not in known]
    await asyncio.gather(
        *(
            users.add(
                database,
                company.tenant_id,
                NewUser(login.email, PASSWORD, role=login.role, first_name=login.first_name, last_name=login.last_name),
            )
            for login in missing
        )
    )
    return [login.email for login in missing]
