"""What answers questions, as it was wired."""

from collections.abc import Mapping

import msgspec

from app.agent.agent_files import Definition
from app.agent.context.compiling import Window
from app.agent.model import Model
from app.agent.prices import Prices
from app.agent.skill_files import Skill
from app.agent.tool import Tool
from app.chat.acting import LoadActor
from app.data.exports.exporter import Exporter
from app.data.queries import Queries
from app.knowledge.company_queries import CompanyQueries
from app.telemetry.bus import Bus
from app.telemetry.tracing import Recorder


class Analyst(msgspec.Struct, frozen=True):
    """What answers questions, wired once: `max_iterations` of the model, seconds for tools and runs, messages of history."""

    model: Model
    queries: Queries
    knowledge: CompanyQueries
    tools: Mapping[str, Tool]
    agents: Mapping[str, Definition]
    """Who may be given tasks."""
    load_actor: LoadActor
    prompt_extension: str
    skills: Mapping[str, Skill]
    usual_model: str
    """What answers where nobody chose another one."""
    hosted: tuple[str, ...]
    """The provider's own tools that may be used."""
    max_iterations: int
    max_history: int
    window: Window
    tool_timeout: float
    run_timeout: float
    exporter: Exporter
    prices: Prices
    bus: Bus
    recorder: Recorder
    site: str
    """The address that people open, for leading back from files."""
