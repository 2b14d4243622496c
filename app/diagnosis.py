"""What BiChat depends on, and how to tell whether it is there: the checks behind `bichat doctor` and `/health`."""

import functools
import stat
import uuid
from collections.abc import Sequence
from pathlib import Path

from app import migrations
from app.agent import skill_files
from app.agent.endpoints import Endpoints
from app.data.engine import BoundStatement, Source
from app.data.errors import QueryError
from app.data.metadata import MetadataError, load_notes
from app.data.sources import open_source
from app.database import Database, sqlite_path
from app.files.storage import open_storage
from app.settings import SECRET_LENGTH, Settings
from app.telemetry import health
from app.telemetry.health import Check, Finding
from app.web.limits import pool_of
from app.web.locale import FOLDER, LOCALES

WRITE_SECONDS = 3.0
ANALYTICS_REMEDY = {
    True: "run `bichat demo`, or name your own database in BICHAT_ANALYTICS_URL",
    False: "start the business database or correct BICHAT_ANALYTICS_URL",
}
"""What to do when the business database does not answer, by whether it is the demo's own file."""


async def examine(settings: Settings) -> list[Finding]:
    """Check everything once, with connections of its own."""
    database, source = Database(settings.database_url), open_source(settings)
    try:
        return await health.examine(checks(settings, database, source))
    finally:
        await source.close()
        await database.close()


def checks(settings: Settings, database: Database, source: Source) -> Sequence[Check]:
    """Return everything that an operator should know of, in the order in which it is told."""
    endpoints = Endpoints(settings)
    model = Check("model", endpoints.usual, "check OPENAI_BASE_URL and the network")
    fallback = Check("fallback", endpoints.fallback, "check BICHAT_FALLBACK_BASE_URL and the network")
    models = [model, fallback] if settings.has_fallback and not settings.uses_offline_model else [model]
    metadata = Check("metadata", functools.partial(_metadata, settings), "correct BICHAT_SCHEMA_METADATA_DIR")
    skills = Check("skills", functools.partial(_skills, settings), "correct BICHAT_SKILLS_DIR")
    return (
        Check("secret", functools.partial(_secret, settings), "set BICHAT_SECRET_KEY"),
        *_dependencies(settings, database, source, models),
        *([metadata] if settings.schema_metadata_dir else []),
        *([skills] if settings.skills_dir else []),
        Check("catalogues", _catalogues, "run `make .venv`"),
    )


def dependencies(settings: Settings, database: Database, source: Source, endpoints: Endpoints) -> Sequence[Check]:
    """Return the checks of what may come and go while BiChat serves."""
    model = Check("model", endpoints.answering, "check OPENAI_BASE_URL and the network")
    return _dependencies(settings, database, source, [model])


def _dependencies(settings: Settings, database: Database, source: Source, models: Sequence[Check]) -> Sequence[Check]:
    analytics = functools.partial(_analytics, settings, source)
    return (
        Check("database", functools.partial(_database, database), "start the database or correct DATABASE_URL"),
        Check("analytics", analytics, ANALYTICS_REMEDY[settings.uses_demo_analytics]),
        *models,
        Check("redis", functools.partial(_redis, settings.redis_url), "start Redis or correct REDIS_URL"),
        storage_check(settings.storage_url),
    )


async def _secret(settings: Settings) -> Finding:
    kept = settings.data_dir / "secret_key"
    if kept.exists() and kept.read_text(encoding="ascii").strip() == settings.secret_key:
        if kept.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            return Finding("secret", "warn", f"{kept} may be read by others", f"chmod 600 {kept}")
        return Finding("secret", "ok", f"kept in {kept}")
    if len(settings.secret_key) < SECRET_LENGTH:
        return Finding("secret", "fail", "too short", "make one with `openssl rand -hex 32`")
    return Finding("secret", "ok", "given by BICHAT_SECRET_KEY")


async def _database(database: Database) -> Finding:
    level, head = await migrations.level(database), migrations.head()
    engine = "SQLite" if database.is_sqlite else "PostgreSQL"
    if level == head:
        return Finding("database", "ok", f"{engine} at level {level}")
    if level is not None and level > head:
        return Finding("database", "fail", f"{engine} at level {level}, made by a newer release", "install the newer release")
    return Finding("database", "fail", f"{engine} at level {level or 'none'}, this release needs {head}", "run `bichat migrate`")


async def _analytics(settings: Settings, source: Source) -> Finding:
    relations = await source.relations()
    if not relations:
        remedy = (
            "run `bichat demo`"
            if settings.uses_demo_analytics
            else "correct BICHAT_ANALYTICS_SCHEMA or BICHAT_ANALYTICS_ISOLATION"
        )
        return Finding("analytics", "warn", "there is nothing that may be read", remedy)
    writable = await _granted(settings) or await _what_gets_through(source, next(iter(relations)))
    if writable:
        return Finding(
            "analytics", "fail", f"the connection may write ({writable})", "run `bichat analytics init` with a role of its own"
        )
    return Finding("analytics", "ok", f"{len(relations)} relations, read only")


async def _what_gets_through(source: Source, relation: str) -> str:
    """Try statements that would change nothing even if they were let through, past the policy, straight on the connection."""
    attempts = (f'DELETE FROM "{relation}" WHERE 1 = 0', "CREATE TEMPORARY TABLE bichat_doctor (id INTEGER)")  # noqa: S608 - a name from the database
    for sql in attempts:
        try:
            await source.run(BoundStatement(sql, {}, uuid.UUID(int=0), max_rows=1, timeout=WRITE_SECONDS))
        except QueryError:
            continue
        return sql.split(" ", maxsplit=1)[0]
    return ""


async def _granted(settings: Settings) -> str:
    """Return what the role may do besides reading. Read-only transactions are no wall by themselves: SQL can switch them off."""
    if sqlite_path(settings.analytics_url) is not None:
        return ""
    from app.data.walls import postgres_rights  # noqa: PLC0415 - only where the business database is PostgreSQL

    problem = await postgres_rights.serious_problem(settings.analytics_url, settings.analytics_schema)
    return str(problem) if problem else ""


async def _redis(url: str) -> Finding:
    if not url:
        return Finding("redis", "ok", health.NOT_CONFIGURED)
    from redis.asyncio import Redis  # noqa: PLC0415 - only where REDIS_URL is set

    pool = pool_of(url)
    try:
        version = (await Redis(connection_pool=pool).info("server"))["redis_version"]
    finally:
        await pool.disconnect()
    return Finding("redis", "ok", f"Redis {version} counts the limits")


def storage_check(url: str) -> Check:
    """Return the check of where files are kept."""
    return Check("storage", functools.partial(_storage, url), "make the place of BICHAT_STORAGE_URL writable")


async def _storage(url: str) -> Finding:
    what, has_room = await open_storage(url).examine()
    return Finding("storage", "ok", what) if has_room else Finding("storage", "warn", what, "free some space")


async def _metadata(settings: Settings) -> Finding:
    try:
        notes = load_notes(Path(settings.schema_metadata_dir))
    except MetadataError as error:
        return Finding("metadata", "fail", str(error), "mend it or unset BICHAT_SCHEMA_METADATA_DIR")
    return Finding("metadata", "ok", f"tables described: {len(notes)}")


async def _skills(settings: Settings) -> Finding:
    try:
        own = skill_files.read_folder(Path(settings.skills_dir))
    except skill_files.SkillsError as error:
        return Finding("skills", "fail", str(error), "mend them or unset BICHAT_SKILLS_DIR")
    return Finding("skills", "ok", f"skills of your own: {len(own)}")


async def _catalogues() -> Finding:
    files = [FOLDER / locale / "LC_MESSAGES" / "messages.po" for locale in LOCALES]
    missing = [path.parts[-3] for path in files if not path.exists()]
    if missing:
        return Finding("catalogues", "fail", f"no catalogue for {', '.join(missing)}", "restore locales/ from the release")
    stale = [path.parts[-3] for path in files if _modified(path.with_suffix(".mo")) < _modified(path)]
    if stale:
        return Finding("catalogues", "warn", f"{', '.join(stale)} not compiled, which slows the start", "run `make .venv`")
    return Finding("catalogues", "ok", ", ".join(LOCALES))


def _modified(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0
