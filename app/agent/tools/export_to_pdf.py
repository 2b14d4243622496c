"""Give the answer, or the whole conversation, to the person as a PDF."""

from typing import Annotated, Literal

import msgspec

from app.agent.exporting import exports_of, failed, outcome, reader_of
from app.agent.tool import Tool, ToolContext, ToolOutcome
from app.data.exports.process import WritingError
from app.identity.permissions import Permission


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What to put on paper."""

    scope: Annotated[
        Literal["answer", "conversation"],
        msgspec.Meta(description="`answer`: this question with the tables and charts shown so far; or the `conversation`."),
    ] = "answer"
    title: Annotated[str, msgspec.Meta(max_length=200, description="A short title in the person's language.")] = ""
    text: Annotated[
        str, msgspec.Meta(max_length=20_000, description="The answer in Markdown, as it should stand in the document.")
    ] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return an export artifact: tables and charts come from the stored results."""
    exports, title = exports_of(context), arguments.title.strip()
    document = await exports.document(arguments.scope, title, arguments.text)
    try:
        exported = await exports.exporter.document(reader_of(context), context.artifacts.session_id, document)
    except WritingError as error:
        raise failed(error) from error
    return outcome(exported)


EXPORT_TO_PDF = Tool(
    "export_to_pdf",
    "Give the person a PDF, when they ask for one: of this answer with the tables and charts that you have shown, or of the "
    "whole conversation. Show tables and charts before you call it.",
    Arguments,
    run,
    Permission.EXPORT,
    reads_the_answer=True,
)
