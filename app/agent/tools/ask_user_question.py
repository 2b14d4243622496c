"""Ask the person before going on. The run pauses until they have answered, in a choice or in their own words."""

from typing import Annotated

import msgspec

from app.agent.tool import AskedQuestion, Option, Tool, ToolContext, ToolError, ToolOutcome

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """A choice as the model offers it."""

    label: Short
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    description: Annotated[
        str, msgspec.Meta(max_length=300, description="What the option gives: the figure of this reading, where there is one.")
    ] = ""


class Question(msgspec.Struct, forbid_unknown_fields=True, rename={"multi_select": "multiSelect"}):
    """A question as the model asks it."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    header: Annotated[str, msgspec.Meta(min_length=1, max_length=12, description="One word or two, at most 12 characters.")]
    options: Annotated[list[Choice], msgspec.Meta(min_length=2, max_length=4)]
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    multi_select: Annotated[bool, msgspec.Meta(description="Whether several options may be chosen.")] = False


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """The questions of one form."""

    questions: Annotated[list[Question], msgspec.Meta(min_length=1, max_length=4)]


async def run(_context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return the questions with ids that are unique within the form; the answers become the result of the call."""
    taken: set[str] = set()
    questions = tuple(_asked(question, number, taken) for number, question in enumerate(arguments.questions, 1))
    return ToolOutcome({"status": "asked"}, questions=questions)


def _asked(question: Question, number: int, taken: set[str]) -> AskedQuestion:
    labels = [choice.label.strip().casefold() for choice in question.options]
    if len(set(labels)) < len(labels) or not all(labels):
        message = f"ask_user_question: two options of `{question.question}` have the same label, or one has none"
        raise ToolError("invalid_arguments", message, "Give every option a label of its own.")
    used: set[str] = set()
    options = tuple(
        Option(_unique(choice.id.strip() or f"o{place}", used), choice.label.strip(), choice.description.strip())
        for place, choice in enumerate(question.options, 1)
    )
    kind = "multiple_choice" if question.multi_select else "single_choice"
    return AskedQuestion(
        _unique(question.id.strip() or f"q{number}", taken), question.question.strip(), question.header, kind, options
    )


def _unique(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, or `wanted_2`, `wanted_3` and so on where it is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


ASK_USER_QUESTION = Tool(
    "ask_user_question",
    "Ask the person 1 to 4 questions with 2 to 4 options each when the request is ambiguous and the answer would change the "
    "figures. They may always answer in their own words. Do not ask what the schema or the data can tell.",
    Arguments,
    run,
)
