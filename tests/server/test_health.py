"""Health tells strangers a word, operators what is wrong and how to mend it."""

import asyncio
import functools
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from app.telemetry import health
from app.telemetry.health import Check, Finding, Health
from tests import servers
from tests.conftest import Serve
from tests.model_server import ModelServer
from tests.redis_server import RedisServer

USUAL_IS_LEFT_ALONE = 'bichat_llm_breaker_open{model="usual-model",provider="127.0.0.1"} 1.0'
TOKEN = ("token", "create", "--email", "analyst@demo.test")


def examined(data_dir: Path, **values: str) -> tuple[int, dict[str, str]]:
    """Run `bichat doctor`; return its exit code and its lines by name."""
    done: subprocess.CompletedProcess[str] = servers.bichat("doctor", data_dir=data_dir, **values)
    lines = [line.partition(": ") for line in done.stdout.splitlines()]
    return done.returncode, {head.split()[1]: f"{head.split()[0]} {what}" for head, _, what in lines}


def test_the_doctor_is_content_with_the_demo(demo_dir: Path) -> None:
    code, found = examined(demo_dir)
    assert code == 0
    assert list(found) == ["secret", "database", "analytics", "model", "redis", "storage", "catalogues"]
    assert {line.split()[0] for name, line in found.items() if name != "catalogues"} == {"ok"}


def test_the_doctor_tells_how_to_mend_what_is_missing(data_dir: Path) -> None:
    code, found = examined(data_dir, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    assert code == 1
    assert found["database"].startswith("fail")
    assert "bichat migrate" in found["database"]
    assert found["model"].startswith("fail")
    assert "OPENAI_BASE_URL" in found["model"]
    assert found["analytics"].split()[0] in {"fail", "warn"}
    assert "run `bichat demo`" in found["analytics"]


@pytest.mark.postgres
def test_the_doctor_fails_on_a_business_database_that_may_be_written(data_dir: Path, postgres_url: str, postgres_cluster) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres_cluster.sql("CREATE SCHEMA analytics", name)
    postgres_cluster.sql("CREATE TABLE analytics.orders (id integer)", name)
    writer = {"BICHAT_ANALYTICS_URL": postgres_url, "BICHAT_ANALYTICS_ISOLATION": "single"}
    assert "may write" in examined(data_dir, **writer)[1]["analytics"]


@pytest.mark.postgres
def test_the_doctor_is_content_with_a_role_that_may_only_read(data_dir: Path, postgres_url: str, postgres_cluster) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    for statement in (
        "CREATE SCHEMA analytics",
        "CREATE TABLE analytics.orders (id integer)",
        f"CREATE ROLE reader_{name} LOGIN PASSWORD 'reader'",
        f"GRANT USAGE ON SCHEMA analytics TO reader_{name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO reader_{name}",
    ):
        postgres_cluster.sql(statement, name)
    address = f"postgresql://reader_{name}:reader@{postgres_url.split('@')[1]}"
    found = examined(data_dir, BICHAT_ANALYTICS_URL=address, BICHAT_ANALYTICS_ISOLATION="single")[1]
    assert found["analytics"].startswith("ok"), found["analytics"]


def test_redis_is_told_of_where_it_is_configured(demo_dir: Path, redis_server: RedisServer, serve: Serve) -> None:
    code, found = examined(demo_dir, REDIS_URL=redis_server.url)
    assert (code, found["redis"].split()[:2]) == (0, ["ok", "Redis"])
    served = serve(demo_dir, REDIS_URL=redis_server.url)
    assert httpx.get(f"{served.url}/health").json()["checks"]["redis"] == "ok"
    redis_server.stop()
    time.sleep(health.KEPT_SECONDS)
    answer = httpx.get(f"{served.url}/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["checks"]["redis"]) == (200, "degraded", "failed")
    code, found = examined(demo_dir, REDIS_URL=redis_server.url.replace("redis://", "redis://:secret@"))
    assert (code, found["redis"].split()[0]) == (1, "fail")
    assert "correct REDIS_URL" in found["redis"]
    assert "secret" not in found["redis"]
    with httpx.Client(base_url=served.url) as client:
        client.get("/login")
        form = {"_csrf_token": client.cookies["csrftoken"], "email": "analyst@demo.test", "password": "demo"}
        assert client.post("/login", data=form).status_code == 303
    assert "limits are counted in this process: Redis failed" in served.log


def test_loopback_sees_every_check(served: servers.Served) -> None:
    answer = httpx.get(f"{served.url}/health")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert answer.json()["status"] == "healthy", answer.text
    assert checks["redis"] == "not configured"
    assert {"database", "analytics", "model", "storage", "redis", "runs", "sessions"} <= set(checks)
    assert set(checks["runs"]) == {"active", "completed", "failed", "averageMs"}


def test_strangers_see_the_status_alone_and_who_manages_sees_all(served: servers.Served) -> None:
    through_a_proxy = {"X-Forwarded-For": "203.0.113.9"}
    assert httpx.get(f"{served.url}/health", headers=through_a_proxy).json() == {"status": "healthy"}
    for email, sees in (("admin@demo.test", True), ("analyst@demo.test", False)):
        token = servers.bichat("token", "create", "--email", email, data_dir=served.data_dir).stdout.strip()
        answer = httpx.get(f"{served.url}/health", headers=through_a_proxy | {"Authorization": f"Bearer {token}"})
        assert ("checks" in answer.json()) == sees


def test_a_model_out_of_reach_is_degraded_but_serves(serve: Serve, demo_dir: Path) -> None:
    server = serve(demo_dir, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    answer = httpx.get(f"{server.url}/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["checks"]["model"]) == (200, "degraded", "failed")
    assert servers.answers(f"{server.url}/health/ready")


async def test_health_says_which_provider_answers(serve: Serve, demo_dir: Path) -> None:
    async with ModelServer(lambda _request: {"status": 401}) as usual, ModelServer(lambda _request: "Eight.") as other:
        fallback = {"BICHAT_FALLBACK_BASE_URL": other.url, "BICHAT_FALLBACK_API_KEY": "f", "BICHAT_FALLBACK_MODEL": "other-model"}
        fallback["BICHAT_FALLBACK_API"] = "responses"
        first, second = f"usual-model at {usual.url} (Chat Completions)", f"other-model at {other.url} (Responses API)"
        place = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": usual.url, "OPENAI_MODEL": "usual-model", **fallback}
        code, found = await asyncio.to_thread(functools.partial(examined, demo_dir, **place))
        assert (code, found["model"], found["fallback"]) == (
            0,
            f"ok {first}",
            f"ok {second}",
        )
        server = await asyncio.to_thread(functools.partial(serve, demo_dir, **place))
        token = await asyncio.to_thread(functools.partial(servers.bichat, *TOKEN, data_dir=demo_dir))
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:

            async def model() -> str:
                return str((await client.get("/health")).json()["details"]["model"])

            assert await model() == f"ok model: {first} answers, {second} next"
            headers = {"Authorization": f"Bearer {token.stdout.strip()}"}

            async def ask() -> None:
                answer = await client.post("/bi-chat/stream", json={"content": "How many?"}, headers=headers)
                assert "Eight." in answer.text

            for _ in range(3):
                await ask()
            async with asyncio.timeout(90):
                while USUAL_IS_LEFT_ALONE not in (page := (await client.get("/metrics")).text):
                    await ask()
            assert 'bichat_llm_breaker_open{model="other-model",provider="127.0.0.1"} 0.0' in page
            async with asyncio.timeout(30):
                while not (found_now := await model()).startswith("warn"):
                    await asyncio.sleep(0.5)
            assert f"{second} answers, as {first} has failed several times" in found_now


def test_the_doctor_tells_of_a_fallback_out_of_reach(demo_dir: Path) -> None:
    gone = "http://127.0.0.1:1/v1"
    fallback = {"BICHAT_FALLBACK_BASE_URL": gone, "BICHAT_FALLBACK_API_KEY": "f", "BICHAT_FALLBACK_MODEL": "m"}
    code, found = examined(demo_dir, OPENAI_API_KEY="k", OPENAI_BASE_URL=gone, **fallback)
    assert code == 1
    assert found["fallback"].startswith(f"fail {gone} cannot be reached")
    assert "check BICHAT_FALLBACK_BASE_URL" in found["fallback"]


async def test_without_its_database_it_is_unhealthy_and_says_no_figures() -> None:
    async def gone() -> Finding:
        raise ConnectionError("refused")

    async def figures() -> dict[str, object]:
        raise AssertionError("asked a database that is gone")

    checked = Health([Check("database", gone, "start it")], figures=figures, is_ready=lambda: True)
    report = await checked.report(detailed=True)
    assert (report["status"], report["checks"]) == ("unhealthy", {"database": "failed"})
    assert report["details"]["database"] == "fail database: refused, start it"


async def test_a_check_that_hangs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hanging() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    (finding,) = await health.examine([Check("model", hanging, "look at the network")])
    assert (finding.state, finding.remedy) == ("fail", "look at the network")
