"""The whole application with conversations of the analyst in it, asked without a network."""

import asyncio
import contextlib
import re
import sqlite3
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from app.agent.model import ModelRequest
from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import Browser

RUN = re.compile(r'data-run-id="([^"]+)"')
CHECKPOINT = re.compile(r'data-checkpoint-id="([^"]+)"')
TURN = re.compile(r'data-turn-id="([^"]+)"')
TABLE = re.compile(r'data-table-id="([^"]+)"')
CHART = re.compile(r'data-chart="/bi-chat/artifacts/([0-9a-f-]{36})')
FILE = re.compile(r'href="/bi-chat/uploads/([^"]+)"')
QUERY = "SELECT city, amount FROM sales"
OPTIONS = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
QUESTION = {"id": "q", "question": "Which?", "header": "Which", "multiSelect": False, "options": OPTIONS}
ASK = Call("ask_user_question", {"questions": [QUESTION]})


class WholeSite:
    """`ids` are those of a waiting run with its session, question and checkpoint, of a table and of a file, as in routes."""

    def __init__(self, app: Litestar, model: ScriptedModel, database: Database) -> None:
        self.app = app
        self.model = model
        self.database = database
        self.ids: dict[str, str] = {}
        self.answered_run = ""
        self.chart = ""

    @contextlib.asynccontextmanager
    async def browser(self, email: str = "", **options: Any) -> AsyncIterator[Browser]:
        """Open a browser, with `email` signed in."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", **options) as client:
            browser = Browser(client)
            if email:
                assert (await browser.sign_in(email)).status_code == 303
            yield browser

    @property
    def routes(self) -> list[tuple[str, str, HTTPRouteHandler]]:
        """Path, method and handler of every route."""
        return [
            (route.path, method, handler)
            for route in self.app.routes
            for handler in getattr(route, "route_handlers", ())
            for method in sorted(handler.http_methods)
            if method != "OPTIONS"
        ]

    def filled(self, path: str) -> str:
        """Return a route's path with ids of the analyst's; what streams gets the answered run, whose stream ends."""
        ids = {"name": "css/button.css", "rest": "x", **self.ids}
        if path.endswith("/events"):
            ids["run_id"] = self.answered_run
        if "/chart" in path:
            ids["artifact_id"] = self.chart
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: ids.get(found[1], str(uuid.uuid4())), path)

    async def converse(self) -> None:
        """Have the analyst ask twice: one question is answered with a table, a chart and a file, the other one waits."""
        async with self.browser("analyst@one.test") as analyst:
            self.model.add([Call("sql_execute", {"query": QUERY})], shown, [final_answer("Yes.")], [ASK])
            _, self.answered_run, answer = await self._asked(analyst, "completed")
            made = await self._made(analyst, TABLE.findall(answer)[0])
            session, run, page = await self._asked(analyst, "waiting")
        checkpoint, question = CHECKPOINT.search(page), TURN.search(page)
        assert checkpoint
        assert question
        self.chart = CHART.findall(answer)[0]
        self.ids = {"session_id": session, "run_id": run, "checkpoint_id": checkpoint[1], "message_id": question[1], **made}

    async def _made(self, analyst: Browser, table: str) -> dict[str, str]:
        """Have the table exported; returns its id, and those of the job and of the file."""
        job = (await analyst.post(f"/bi-chat/artifacts/{table}/exports", format="csv")).headers["location"]
        async with asyncio.timeout(30):
            while not (file := FILE.search((await analyst.get(job)).text)):
                await asyncio.sleep(0.05)
        return {"artifact_id": table, "job_id": job.rsplit("/", 1)[-1], "file_name": file[1], "table": "sales"}

    async def _asked(self, analyst: Browser, status: str) -> tuple[str, str, str]:
        address = (await analyst.post("/bi-chat/messages", content="Well?")).headers["location"]
        async with asyncio.timeout(10):
            while f'data-status="{status}"' not in (page := (await analyst.get(address)).text):
                await asyncio.sleep(0.02)
        run = RUN.search(page)
        assert run
        return address.rsplit("/", 1)[-1], run[1], page


def shown(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)["result_id"]
    drawn = {"result_id": result, "type": "bar", "x": "city", "y": "amount", "title": "Cities"}
    return [Call("render_table", {"result_id": result, "title": "Cities"}), Call("draw_chart", drawn)]


def with_business(settings: Settings) -> Settings:
    """Return the settings with a small business database of one company."""
    path = settings.data_dir / "sales.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE sales (city TEXT, amount INTEGER)")
        connection.executemany("INSERT INTO sales VALUES (?, ?)", [("Toshkent", 30), ("Buxoro", 20)])
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single")


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[WholeSite]:
    """Run the application on a database with people in it, who ask about a small business."""
    settings = with_business(settings)
    model, database = ScriptedModel(), Database(settings.database_url)
    app = create_app(settings, model=model)
    async with app.lifespan():
        site = WholeSite(app, model, database)
        await site.converse()
        app.state.desk.feed.release()  # The stream of the list has no end of its own.
        yield site
    await database.close()
