"""Modules import down the order of packages only, at the top, and few of them know the web framework."""

import re

from tests.rules.source import APP, imports, modules, name_of
from tests.servers import ROOT

ORDER: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("server", "evaluating"),
    ("main",),
    ("diagnosis", "lifecycle"),
    ("demo", "evaluation", "admin"),
    ("api",),
    ("chat",),
    ("agent",),
    ("knowledge",),
    ("data",),
    ("files",),
    ("audit",),
    ("identity",),
    ("web",),
    ("telemetry",),
    ("migrations",),
    ("database",),
    ("engines", "group_commit"),
    ("settings", "errors"),
    ("setting_rules",),
)
RANK = {package: rank for rank, packages in enumerate(ORDER) for package in packages}
KNOW_THE_WEB = re.compile(r"app\.(main|lifecycle|web\..+|api\..+|\w+\.routes(\..+)?|\w+\.guards|identity\.login_sessions)")
LAZY = {
    "PIL": "decodes pictures, for answers that have any",
    "aiohttp": "opens connections to the model, at the first question",
    "alembic": "needed only when the database is behind",
    "app.agent": "only one of the models is loaded",
    "app.api.graphql.answers": "the same as the schema",
    "app.api.graphql.schema": "brings strawberry, two seconds cold, at the first GraphQL request",
    "app.data.checking": "brings the SQL parser and its 26 MB, at the first query",
    "app.data.exports": "only one of the writers is loaded, in a process of its own",
    "app.data.exports.drawing": "brings matplotlib, its 40 MB and its second, for documents with charts",
    "app.data.postgres_source": "loads the driver of PostgreSQL, only where it is used",
    "app.data.walls": "brings the SQL parser and the driver, when somebody asks for a check",
    "app.data.tenant_filter": "brings the SQL parser, at the first query",
    "app.knowledge.intake": "opens the business database, for one command",
    "app.agent.prices": "for the same command",
    "app.chat.embedding_calls": "for the same command",
    "app.knowledge.postings": "brings numpy, at the first search or change of knowledge",
    "app.knowledge.statements": "brings the SQL parser, at the first statement that is compared",
    "app.demo": "the generator is loaded for seeding only",
    "app.evaluating": "loads the web framework, for one command",
    "app.diagnosis": "opens connections of its own, for one command",
    "app.server": "loads the web framework, for serving only",
    "app.telemetry.otlp": "brings OpenTelemetry, only where a collector of traces is named",
    "app.web.windows": "brings limits",
    "argon2": "loaded at the first sign-in",
    "babel.messages": "only where catalogues were not compiled beforehand",
    "httpx2": "part of the model client, at the first question",
    "limits": "takes a tenth of a second: at the first counted request",
    "obstore": "only where files are kept in S3",
    "openai": "takes a second: at the first question",
    "numpy": "30 MB, for lines of more than 500 points",
    "pygments": "colours SQL, at the first tool step shown",
    "redis": "only where REDIS_URL names one",
    "uvicorn.protocols": "web sockets are loaded at the first one",
    "snowballstemmer": "brings the stems of thirty languages, at the first word that is looked for",
    "tiktoken": "75 MB with its ranks, at the first count of tokens",
    "tsdownsample": "needs numpy",
}


def test_modules_import_down_the_order_of_packages_only() -> None:
    wrong = []
    for path in modules():
        package = package_of(name_of(path))
        for name, line, _ in imports(path):
            if not name.startswith("app."):
                continue
            other = package_of(name)
            if other != package and RANK[other] <= RANK[package]:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {package} may not import {other}")
    assert wrong == []


def test_every_package_has_its_place_in_the_order() -> None:
    packages = {package_of(name_of(path)) for path in modules()} - {""}
    assert packages - set(RANK) == set()


def test_only_the_outermost_modules_know_the_web_framework() -> None:
    knowing = {name_of(path) for path in modules() for name, _, _ in imports(path) if name.partition(".")[0] == "litestar"}
    assert sorted(name for name in knowing if not KNOW_THE_WEB.fullmatch(name)) == []


def test_imports_stand_at_the_top_except_for_heavy_parts() -> None:
    lazy = [
        (f"{path.relative_to(ROOT)}:{line}", name) for path in modules() for name, line, is_inside in imports(path) if is_inside
    ]
    unexplained = [f"{place} imports {name}" for place, name in lazy if not any(covers(part, name) for part in LAZY)]
    assert unexplained == []
    unused = [part for part in LAZY if not any(covers(part, name) for _, name in lazy)]
    assert unused == []


def test_only_the_process_that_writes_files_draws_and_typesets() -> None:
    heavy = {"matplotlib", "squarify", "typst", "xlsxwriter"}
    knowing = {name_of(path) for path in modules() for name, _, _ in imports(path) if name.partition(".")[0] in heavy}
    assert sorted(name for name in knowing if not name.startswith("app.data.exports.")) == []
    parts = ("app.data.exports.drawing", "app.data.exports.pdf", "app.data.exports.excel")
    eager = [
        (name_of(path), name) for path in modules() for name, _, is_inside in imports(path)
        if any(covers(part, name) for part in parts) and not is_inside
    ]  # fmt: skip
    assert [using for using, _ in eager if not any(covers(part, using) for part in (*parts, "app.data.exports.writer"))] == []


def test_packages_stay_empty() -> None:
    assert [path for path in APP.rglob("__init__.py") if path.read_text(encoding="utf-8").strip()] == []


def test_modules_are_named_for_what_they_are() -> None:
    banned = re.compile(r"utils?|helpers?|common|misc|managers?|base_.*|.*_(utils?|helpers?|managers?)")
    named = {part for path in modules() for part in path.relative_to(APP).with_suffix("").parts}
    assert sorted(name for name in named if banned.fullmatch(name)) == []


def test_modules_are_short() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def package_of(name: str) -> str:
    """Return the part of a dotted name below `app`: `app.chat.runner` is in `chat`."""
    return name.split(".")[1] if "." in name else ""


def covers(part: str, name: str) -> bool:
    return name == part or name.startswith(f"{part}.")
