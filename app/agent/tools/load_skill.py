"""Read a way of working that is written down: a skill, or one of its further texts."""

from typing import Annotated

import msgspec

from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """What is read."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="The skill's name, as in the list of skills.")]
    file: Annotated[str, msgspec.Meta(max_length=200, description="One of the skill's `files`; its main text by default.")] = ""


async def run(context: ToolContext, arguments: Arguments) -> ToolOutcome:
    """Return the text, and with the main text the names of the others."""
    skill = context.skills.get(arguments.name)
    if skill is None:
        hint = f"Skills: {', '.join(context.skills) or 'none'}."
        raise ToolError("not_found", f"there is no skill named {arguments.name!r}", hint)
    if not arguments.file:
        return ToolOutcome({"name": skill.name, "text": skill.text, "files": list(skill.files)}, {"facts": [skill.name]})
    text = skill.files.get(arguments.file)
    if text is None:
        hint = f"Its files: {', '.join(skill.files) or 'none'}."
        raise ToolError("not_found", f"the skill {skill.name!r} has no file {arguments.file!r}", hint)
    return ToolOutcome({"name": skill.name, "file": arguments.file, "text": text}, {"facts": [f"{skill.name}/{arguments.file}"]})


LOAD_SKILL = Tool(
    "load_skill",
    "Read one of the skills listed in your instructions before you begin a task that it describes. With `file`, read one of "
    "the further texts that it names.",
    Arguments,
    run,
)
