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
from app.agent.tools.render_table import RENDER_TABLE
from app.agent.tools.schema_describe import SCHEMA_DESCRIBE
from app.agent.tools.schema_list import SCHEMA_LIST
from app.agent.tools.search_validated_queries import SEARCH_VALIDATED_QUERIES
from app.agent.tools.sql_execute import SQL_EXECUTE

BUILT_IN: tuple[Tool, ...] = (
    GET_CURRENT_TIME,
    SEARCH_VALIDATED_QUERIES,
    SCHEMA_LIST,
    SCHEMA_DESCRIBE,
    SQL_EXECUTE,
    RENDER_TABLE,
    DRAW_CHART,
    EXPORT_QUERY_TO_EXCEL,
    EXPORT_DATA_TO_EXCEL,
    EXPORT_TO_PDF,
    ASK_USER_QUESTION,
    FINAL_ANSWER,
)


def decode(tool: Tool, arguments: str) -> Any:
    """Return the tool's argument struct; raises `ToolError` (`invalid_arguments`) that names the place and what is wrong."""
    try:
        return msgspec.json.decode(arguments.strip() or "{}", type=tool.arguments)
    except msgspec.ValidationError as error:
        raise ToolError("invalid_arguments", f"{tool.name}: {error}", "Correct the arguments and call the tool again.") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        message = f"{tool.name}: the arguments are not valid JSON ({error})"
        raise ToolError("invalid_arguments", message, "Write the arguments as one JSON object.") from error
