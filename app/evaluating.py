"""Hold a suite in a scratch BiChat with the demo: what `bichat eval` does."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click
import msgspec

from app import migrations
from app import settings as settings_module
from app.agent.model import Model
from app.agent.offline.model import OfflineModel
from app.chat.desk import Desk
from app.database import Database
from app.demo import seeding
from app.evaluation import reports, suite_file
from app.evaluation import scores as scoring
from app.evaluation.holding import Evaluation, Outcome
from app.evaluation.scores import NoBaseline, Scores
from app.evaluation.suite import Suite
from app.evaluation.suite_file import FaultySuite, Places
from app.main import create_app
from app.settings import Settings, variable
from app.telemetry import logs

SHIPPED = Path(__file__).parent / "evaluation" / "suites" / "demo.toml"
WRONG_USAGE = (FaultySuite, NoBaseline)
OF_A_PLACE = (
    "app_env", "data_dir", "secret_key", "database_url", "redis_url", "analytics_url", "analytics_isolation", "analytics_schema",
    "storage_url", "knowledge_dir", "schema_metadata_dir", "automatic_titles",
)  # fmt: skip
"""Settings that say where things are; a scratch directory has its own. All others hold as they are set."""


class Held(msgspec.Struct, frozen=True):
    """What a suite came to: lines to print, and whether it was as good as it had to be."""

    lines: Sequence[str]
    is_good: bool


def command(environ: Mapping[str, str], path: Path | None, report: Path | None, baseline: Path | None) -> int:
    """Hold a suite, print what it came to, and return the exit code; raises `SettingsError`."""
    try:
        held = run(environ, path, report, baseline, lambda line: click.echo(line, err=True))
    except WRONG_USAGE as error:
        click.echo(str(error), err=True)
        return 2
    click.echo("\n".join(held.lines))
    return 0 if held.is_good else 1


def run(
    environ: Mapping[str, str], path: Path | None, report: Path | None, baseline: Path | None, tell: Callable[[str], None]
) -> Held:
    """Hold a suite; raises one of `WRONG_USAGE` before anything is asked, and `SettingsError`."""
    suite, places = suite_file.load(path or SHIPPED)
    before = scoring.load(baseline) if baseline else None
    with tempfile.TemporaryDirectory(prefix="bichat-eval-") as folder:
        settings = _settings(environ, Path(folder))
        logs.configure(settings)
        tell(f"{suite.name}: {suite.asked} turns; making the demo's data …")
        outcomes = asyncio.run(_hold(settings, suite, places, tell))
    model = "the offline analyst" if settings.uses_offline_model else settings.openai_model
    scores = scoring.scores(suite.name, model, outcomes)
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


def _settings(environ: Mapping[str, str], folder: Path) -> Settings:
    own = {variable(name) for name in OF_A_PLACE}
    kept = {name: value for name, value in environ.items() if name not in own}
    quiet = {"LOG_LEVEL": environ.get("LOG_LEVEL") or "ERROR", "BICHAT_AUTOMATIC_TITLES": "false"}
    return settings_module.load({**kept, **quiet, "BICHAT_DATA_DIR": str(folder)})


def _model(settings: Settings) -> Model | None:
    """Return the offline analyst without pauses between its words; None for the model that the settings name."""
    return OfflineModel(pause=0) if settings.uses_offline_model else None


async def _hold(settings: Settings, suite: Suite, places: Places, tell: Callable[[str], None]) -> list[Outcome]:
    async with scratch(settings) as desk:
        outcomes = 0

        def count(outcome: Outcome) -> None:
            nonlocal outcomes
            outcomes += 1
            tell(f"{outcomes}/{suite.asked} {'passed' if outcome.passed else 'failed'} {outcome.key}")

        return await Evaluation(desk, suite, places).run(count)


@asynccontextmanager
async def scratch(settings: Settings) -> AsyncGenerator[Desk]:
    """Yield the desk of a BiChat that works on the demo in the data directory of `settings`."""
    database = Database(settings.database_url)
    try:
        await migrations.upgrade(database)
        await seeding.seed(database, settings)
    finally:
        await database.close()
    app = create_app(settings, model=_model(settings))
    async with app.state.lifecycle.running(app):
        desk: Desk = app.state.desk
        yield desk
