"""The connection of whoever administers the business database: for setting it up only, never kept."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from app.data.postgres_failures import UNREACHABLE
from app.database import async_url, sqlite_path
from app.errors import N_, Invalid, Unavailable
from app.settings import Settings

CONNECT_SECONDS = 10.0


@contextlib.asynccontextmanager
async def opened(dsn: str) -> AsyncGenerator[Any]:
    """Open the administrator's connection; raises `Unavailable`."""
    address = async_url(dsn).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(address, timeout=CONNECT_SECONDS, statement_cache_size=0)
    except (asyncpg.PostgresError, *UNREACHABLE) as error:
        message = N_("The database of --dsn does not answer (%(reason)s). Correct the address, or start it.")
        raise Unavailable(message, reason=first_line(error)) from error
    try:
        yield connection
    finally:
        await connection.close()


def check_urls(settings: Settings, dsn: str) -> None:
    """Refuse addresses that cannot be an administrator's and the analytics role's in one database; raises `Invalid`."""
    if sqlite_path(settings.analytics_url) is not None:
        message = N_(
            "BICHAT_ANALYTICS_URL is an SQLite file, which needs no roles. Set it to postgresql://role:password@host/name."
        )
        raise Invalid(message)
    url, admin = async_url(settings.analytics_url), _admin_url(dsn)
    if not url.username:
        raise Invalid(N_("BICHAT_ANALYTICS_URL names no role. Write it like postgresql://role:password@host/name."))
    if url.username == admin.username:
        raise Invalid(N_("BICHAT_ANALYTICS_URL names the administrator of --dsn. Name a role of its own there; it is made here."))
    if _name(url) != _name(admin):
        message = N_("--dsn names the database %(admin)s and BICHAT_ANALYTICS_URL %(other)s. Name the same one in both.")
        raise Invalid(message, admin=_name(admin), other=_name(url))


def first_line(error: Exception) -> str:
    """Return an error in one line, without PostgreSQL's detail."""
    text = str(error).splitlines()
    return text[0] if text else type(error).__name__


def _admin_url(dsn: str) -> URL:
    try:
        url = async_url(dsn)
    except (ArgumentError, KeyError):
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise Invalid(N_("--dsn is no address of a PostgreSQL database. Write it like postgresql://admin:password@host/name."))
    return url


def _name(url: URL) -> str:
    return url.database or url.username or ""
