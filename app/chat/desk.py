"""What the routes of conversations work with, wired once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.agent.model import Model
from app.agent.prices import Prices
from app.agent.tool import Tool
from app.chat.event_log import MemoryEventLog
from app.chat.exports import ExportJobs
from app.chat.pages import RenderedTurns
from app.chat.runner import Runner
from app.chat.session_feed import SessionFeed
from app.data.queries import Queries
from app.database import Database
from app.identity.watch import ActorWatch
from app.knowledge.company_queries import CompanyQueries
from app.knowledge.library import Library
from app.settings import Settings
from app.telemetry.bus import Bus
from app.web.allowances import Allowances
from app.web.limits import Limits
from app.web.templating import Templates


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of the chat in this process. `is_offline` tells that the offline analyst answers."""

    settings: Settings
    database: Database
    runner: Runner
    event_log: MemoryEventLog
    templates: Templates
    rendered: RenderedTurns
    watch: ActorWatch
    limits: Limits
    allowances: Allowances
    knowledge: CompanyQueries
    library: Library
    queries: Queries
    exports: ExportJobs
    feed: SessionFeed
    model: Model
    prices: Prices
    bus: Bus
    tools: Mapping[str, Tool]
    is_offline: bool


def desk_of(connection: Any) -> Desk:
    """Return the desk that `create_app` put into the application of a connection."""
    desk: Desk = connection.app.state.desk
    return desk
