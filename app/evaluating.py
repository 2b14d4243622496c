"""What `bichat eval` does: hold a suite in a scratch BiChat with its dataset or the demo, replay a run of this one."""

import asyncio
import os
import sys
import tempfile
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import click
import msgspec

from app import migrations
from app import settings as settings_module
from app.agent.model import Model
from app.agent.offline.model import OfflineModel
from app.chat.desk import Desk
from app.database import Database, clock_at
from app.demo import seeding
from app.evaluation import dataset, replaying, reports, suite_file
from app.evaluation import scores as scoring
from app.evaluation.holding import Evaluation, Outcome
from app.evaluation.model_judge import Judge
from app.evaluation.replaying import Repeated
from app.evaluation.reports import NoPlace
from app.evaluation.scores import NoBaseline, Scores
from app.evaluation.suite import Suite
from app.evaluation.suite_file import FaultySuite, Places
from app.main import create_app
from app.settings import Settings, SettingsError, variable
from app.telemetry import logs

SHIPPED = Path(__file__).parent / "evaluation" / "suites" / "demo.toml"
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
OF_A_PLACE = (
    "app_env", "data_dir", "secret_key", "database_url", "redis_url", "analytics_url", "analytics_isolation", "analytics_schema",
    "storage_url", "knowledge_dir", "schema_metadata_dir", "automatic_titles",
)  # fmt: skip
"""Settings that say where things are; a scratch directory has its own. All others hold as they are set."""


class NoJudge(Exception):
    """A model is to judge, and there is no key for one."""


SQLITE = "sqlite:///"
WRONG_USAGE = (FaultySuite, NoBaseline, NoJudge, NoPlace)


class Held(msgspec.Struct, frozen=True):
    """What a suite came to: lines to print, and whether it was as good as it had to be."""

    lines: Sequence[str]
    is_good: bool


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Measure the analyst by suites of questions whose answers are known, and replay what it did."""


@commands.command("run")
@click.option("--suite", "path", type=FILE, help="A suite's file; the one that comes with BiChat by default.")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Write reports into this folder.")
@click.option("--baseline", type=FILE, help="A scores.json of before: fail only where something is worse now.")
@click.option("--judge", metavar="MODEL", help="Have this model decide the checklists; BICHAT_JUDGE_MODEL by default, or none.")
def run_command(path: Path | None, report: Path | None, baseline: Path | None, judge: str | None) -> None:
    """Hold a suite's conversations over its dataset, or the demo, in a scratch directory; exit 1 when a turn fails."""
    try:
        environ = os.environ if judge is None else {**os.environ, variable("judge_model"): judge}
        held = run(environ, path, report, baseline, lambda line: click.echo(line, err=True))
    except WRONG_USAGE as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo("\n".join(held.lines))
    sys.exit(not held.is_good)


@commands.command("replay")
@click.argument("run_id", metavar="RUN", type=click.UUID)
def replay_command(run_id: uuid.UUID) -> None:
    """Repeat a recorded run's calls of tools against today's data and tell what differs.

    Exit 1 when one fails that did not, or did.
    Nothing is changed: files are made and dropped, what would be saved is checked.
    """
    _check_database(os.environ)
    settings = settings_module.load({"LOG_LEVEL": "ERROR", **os.environ, **_no_model(os.environ)})
    logs.configure(settings)
    repeated = asyncio.run(_replay(settings, run_id))
    click.echo("\n".join(each.line for each in repeated) or "The run called no tools.")
    sys.exit(any(each.state == "fails" for each in repeated))


def _check_database(environ: Mapping[str, str]) -> None:
    """Make sure that a database which is a file is there, before anything makes one; raises `SettingsError`."""
    folder = Path(environ.get(variable("data_dir"), "").strip() or Settings().data_dir).absolute()
    url = environ.get(variable("database_url"), "").strip() or f"{SQLITE}{folder / 'bichat.sqlite'}"
    file = url.removeprefix(SQLITE).partition("?")[0]
    if url.startswith(SQLITE) and not Path(file).is_file():
        raise SettingsError(f"There is no database {file}. Set BICHAT_DATA_DIR or DATABASE_URL as for the site that answered.")


def _no_model(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings that need no key where there is none: a replay asks no model."""
    return {} if environ.get("OPENAI_API_KEY", "").strip() else {variable("model"): "offline"}


async def _replay(settings: Settings, run_id: uuid.UUID) -> list[Repeated]:
    database = Database(settings.database_url)
    try:
        await migrations.check(database)
    finally:
        await database.close()
    desk: Desk = create_app(settings).state.desk
    try:
        return await replaying.replay(desk, run_id)
    finally:
        await desk.model.close()
        await desk.queries.close()
        await desk.library.close()
        await desk.database.close()


def run(
    environ: Mapping[str, str], path: Path | None, report: Path | None, baseline: Path | None, tell: Callable[[str], None]
) -> Held:
    """Hold a suite; raises one of `WRONG_USAGE` before anything is asked, and `SettingsError`."""
    suite, places = suite_file.load(path or SHIPPED)
    before = scoring.load(baseline) if baseline else None
    if report:
        reports.make_room(report)
    with tempfile.TemporaryDirectory(prefix="bichat-eval-") as folder:
        settings = _settings(environ, Path(folder), suite)
        if settings.judge_model and not settings.openai_api_key:
            raise NoJudge(f"{settings.judge_model} cannot judge without a key. Set OPENAI_API_KEY, or name no judge.")
        logs.configure(settings)
        whose = "its own" if suite.dataset else "the demo's"
        tell(f"{suite.name}: {suite.asked} turns; making {whose} data …")
        outcomes = asyncio.run(_hold(settings, suite, places, tell))
    model = "the offline analyst" if settings.uses_offline_model else settings.openai_model
    scores = scoring.scores(suite.name, model, outcomes, settings.judge_model)
    worse = scoring.drops(before, scores) if before else []
    if report:
        reports.write(report, scores, outcomes, worse)
    return _told(scores, outcomes, worse, has_baseline=before is not None)


def _told(scores: Scores, outcomes: Sequence[Outcome], worse: Sequence[str], *, has_baseline: bool) -> Held:
    wrong = [outcome for outcome in outcomes if not outcome.passed]
    lines = [
        reports.table(scores),
        *(f"failed {reports.failed(outcome)}" for outcome in wrong),
        *(f"worse {each}" for each in worse),
    ]
    return Held(lines, not (worse if has_baseline else wrong))


def _settings(environ: Mapping[str, str], folder: Path, suite: Suite) -> Settings:
    own = {variable(name) for name in OF_A_PLACE}
    kept = {name: value for name, value in environ.items() if name not in own}
    quiet = {"LOG_LEVEL": environ.get("LOG_LEVEL") or "ERROR", "BICHAT_AUTOMATIC_TITLES": "false"}
    return settings_module.load(
        {**kept, **quiet, "BICHAT_DATA_DIR": str(folder), **(of_dataset(folder) if suite.dataset else {})}
    )


def of_dataset(folder: Path) -> dict[str, str]:
    """Return the settings of a BiChat that works on a suite's own dataset."""
    return {"BICHAT_ANALYTICS_URL": f"sqlite:///{folder / dataset.FILE}", "BICHAT_ANALYTICS_ISOLATION": "single"}


def _model(settings: Settings) -> Model | None:
    """Return the offline analyst without pauses between its words; None for the model that the settings name."""
    return OfflineModel(pause=0) if settings.uses_offline_model else None


async def _hold(settings: Settings, suite: Suite, places: Places, tell: Callable[[str], None]) -> list[Outcome]:
    async with scratch(settings, suite, places) as desk:
        outcomes = 0

        def count(outcome: Outcome) -> None:
            nonlocal outcomes
            outcomes += 1
            tell(f"{outcomes}/{suite.asked} {'passed' if outcome.passed else 'failed'} {outcome.key}")

        async with _judge(settings, desk) as judge:
            return await Evaluation(desk, suite, places, judge).run(count)


@asynccontextmanager
async def _judge(settings: Settings, desk: Desk) -> AsyncGenerator[Judge | None]:
    """Yield the model that judges, at the usual provider and no other; None where none is to."""
    if not settings.judge_model:
        yield None
        return
    from app.agent.providers import language_model  # noqa: PLC0415 - loads the client, only where a model judges

    model = language_model(msgspec.structs.replace(settings, openai_model=settings.judge_model, fallback_base_url=""))
    try:
        yield Judge(model, settings.judge_model, desk.prices)
    finally:
        await model.close()


@asynccontextmanager
async def scratch(settings: Settings, suite: Suite | None = None, places: Places | None = None) -> AsyncGenerator[Desk]:
    """Yield the desk of a BiChat in the data directory of `settings`, on the suite's own dataset or else on the demo.

    Raises `FaultySuite` where the dataset is wrong.
    """
    with _clock(suite):
        database = Database(settings.database_url)
        try:
            await migrations.upgrade(database)
            if suite and places and suite.dataset:
                await dataset.seed(database, settings, suite, places)
            else:
                await seeding.seed(database, settings)
        finally:
            await database.close()
        app = create_app(settings, model=_model(settings))
        async with app.state.lifecycle.running(app):
            desk: Desk = app.state.desk
            yield desk


def _clock(suite: Suite | None) -> AbstractContextManager[None]:
    today = suite.dataset.today if suite and suite.dataset else None
    return clock_at(today) if today else nullcontext()
