"""The built-in tools, and how the arguments that a model wrote become those of a tool."""

from typing import Any

import msgspec

from app.agent.tool import Tool, ToolError
from app.agent.tools.ask_user_question import ASK_USER_QUESTION
from app.agent.tools.draw_chart import DRAW_CHART
from app.agent.tools.export_data_to_excel import EXPORT_DATA_TO_EXCEL
from app.agent.tools.export_query_to_excel import EXPORT_QUERY_TO_EXCEL
from app.agent.tools.export_to_pdf import EXPORT_TO_PDF
from app.agent.tools.final_answer import FINAL_ANSWER
from app.agent.tools.get_current_time import GET_CURRENT_TIME
from app.agent.tools.kb_search import KB_SEARCH
from app.agent.tools.load_skill import LOAD_SKILL
from app.agent.tools.render_table import RENDER_TABLE
from app.agent.tools.save_learning import SAVE_LEARNING
from app.agent.tools.save_validated_query import SAVE_VALIDATED_QUERY
from app.agent.tools.schema_describe import SCHEMA_DESCRIBE
from app.agent.tools.schema_list import SCHEMA_LIST
from app.agent.tools.search_learnings import SEARCH_LEARNINGS
from app.agent.tools.search_validated_queries import SEARCH_VALIDATED_QUERIES
from app.agent.tools.sql_execute import SQL_EXECUTE

BUILT_IN: tuple[Tool, ...] = (
    GET_CURRENT_TIME,
    LOAD_SKILL,
    SEARCH_VALIDATED_QUERIES,
    KB_SEARCH,
    SEARCH_LEARNINGS,
    SCHEMA_LIST,
    SCHEMA_DESCRIBE,
    SQL_EXECUTE,
    RENDER_TABLE,
    DRAW_CHART,
    EXPORT_QUERY_TO_EXCEL,
    EXPORT_DATA_TO_EXCEL,
    EXPORT_TO_PDF,
    SAVE_VALIDATED_QUERY,
    SAVE_LEARNING,
    ASK_USER_QUESTION,
    FINAL_ANSWER,
)


OF_KNOWLEDGE = frozenset(tool.name for tool in (KB_SEARCH, SEARCH_LEARNINGS, SAVE_VALIDATED_QUERY, SAVE_LEARNING))


def built_in(*, knows: bool) -> tuple[Tool, ...]:
    """Return the tools; those over the company's knowledge only where it `knows` anything."""
    return tuple(tool for tool in BUILT_IN if knows or tool.name not in OF_KNOWLEDGE)


def decode(tool: Tool, arguments: str) -> Any:
    """Return the tool's argument struct; raises `ToolError` (`invalid_arguments`) that names the place and what is wrong."""
    try:
        return msgspec.json.decode(arguments.strip() or "{}", type=tool.arguments)
    except msgspec.ValidationError as error:
        raise ToolError("invalid_arguments", f"{tool.name}: {error}", "Correct the arguments and call the tool again.") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        message = f"{tool.name}: the arguments are not valid JSON ({error})"
        raise ToolError("invalid_arguments", message, "Write the arguments as one JSON object.") from error
