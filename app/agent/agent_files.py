"""Agents that the BI analyst gives tasks to, as Markdown files that begin with facts about themselves."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from app.agent import front_matter, prompt_files
from app.agent.front_matter import FrontMatterError
from app.agent.prompt_files import Prompt, PromptError

FOLDER = Path(__file__).with_name("agents")
ALONE = frozenset({"task", "ask_user_question", "final_answer", "export_to_pdf"})
"""Tools of the BI analyst alone: an agent gives no tasks, asks nobody, and its text is no answer to the person."""
FACTS = frozenset({"company", "weekday", "today", "time_zone", "week_start", "currency", "dialect", "language"})
"""What a prompt may declare: see `app.agent.analysts.facts`."""


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of its agent; `iterations` is how many answers of the model it has, and no `model` means the run's."""

    name: Annotated[str, msgspec.Meta(max_length=64, pattern="^[a-z][a-z0-9_]*$")]
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    tools: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    iterations: Annotated[int, msgspec.Meta(ge=1, le=50)]
    model: Annotated[str, msgspec.Meta(min_length=1)] | None = None


class Definition(msgspec.Struct, frozen=True):
    """An agent: what its file says of it, and what it is told."""

    facts: Facts
    prompt: Prompt


class AgentFilesError(Exception):
    """Agents cannot be used; the text says what is wrong with them, each with its file and line."""


def load(known_tools: Collection[str], folder: Path = FOLDER) -> Mapping[str, Definition]:
    """Return the agents of a folder by name; raises `AgentFilesError` with all that is wrong."""
    found: dict[str, Definition] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.md")):
        try:
            definition = _read(path)
        except FrontMatterError as error:
            faults.append(f"{path.name}:{error.line}: {error}")
            continue
        except PromptError as error:
            faults.append(f"{path.name}: {error}")
            continue
        facts = definition.facts
        if facts.name in found:
            faults.append(f"{path.name}: there is another agent named {facts.name}")
        faults += (f"{path.name}: {fault}" for fault in _faults(definition, known_tools))
        found[facts.name] = definition
    if faults:
        raise AgentFilesError("; ".join(faults))
    return found


def _read(path: Path) -> Definition:
    facts, text = front_matter.read(path.read_text(encoding="utf-8"), Facts)
    return Definition(facts, prompt_files.compiled(path.stem, text))


def _faults(definition: Definition, known_tools: Collection[str]) -> list[str]:
    facts = definition.facts
    faults = [f"there is no tool named {name}" for name in facts.tools if name not in known_tools and name not in ALONE]
    faults += [f"{name} is the BI analyst's alone" for name in facts.tools if name in ALONE]
    faults += [f"the tool {name} is named twice" for name in sorted(set(facts.tools)) if facts.tools.count(name) > 1]
    faults += [f"nothing is known of {name}" for name in sorted(definition.prompt.declared - FACTS)]
    return faults
