"""The agents: what each is told and which tools it has."""

import datetime as dt
from collections.abc import Mapping, Sequence

from app.agent import prompt_files
from app.agent.agent_files import Definition
from app.agent.hosted import CODE, WEB_SEARCH
from app.agent.tool import Tool
from app.agent.tools.load_skill import LOAD_SKILL
from app.agent.tools.task import task
from app.agent.work import SubAgent
from app.data.periods import Calendar
from app.identity.actor import Actor

BI_ANALYST = "bi_analyst"
TITLE = "title"
SUMMARY = "summary"
LANGUAGES = {"en": "English", "ru": "Russian", "uz": "Uzbek (Latin script)"}
DIALECTS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def tools_of(*, built_in: Sequence[Tool], extra: Sequence[Tool], agents: Mapping[str, Definition]) -> Mapping[str, Tool]:
    """Return the BI analyst's tools by name; a company's own tool replaces a built-in one of the same name."""
    given = [task({name: agent.facts.description for name, agent in agents.items()})] if agents else []
    return {tool.name: tool for tool in (*built_in, *given, *extra)}


def facts(*, actor: Actor, dialect: str, locale: str, calendar: Calendar, now: dt.datetime) -> dict[str, str]:
    """Return what prompts may be filled in with."""
    today = calendar.today(now)
    return {
        "company": actor.tenant_name, "dialect": DIALECTS[dialect], "today": today.isoformat(), "weekday": f"{today:%A}",
        "time_zone": calendar.time_zone, "week_start": dt.date(2024, 1, 1 + calendar.first_weekday).strftime("%A"),
        "currency": actor.currency, "language": LANGUAGES[locale],
    }  # fmt: skip


def system_prompt(known: Mapping[str, str], extensions: Sequence[str], skills: str = "", *, hosted: Sequence[str] = ()) -> str:
    """Return the BI analyst's system prompt.

    `extensions` are texts added at the end: the project's own, then the company's; `skills` is their catalogue,
    `hosted` names the tools of the model's provider that it may use.
    """
    given = {"web": "yes" if WEB_SEARCH in hosted else "", "programs": "yes" if CODE in hosted else ""}
    return _extended(prompt_files.written(BI_ANALYST, **known, skills=_told(skills), **given), extensions)


def sub_agent(
    agent: Definition, known: Mapping[str, str], extensions: Sequence[str], tools: Mapping[str, Tool], model: str | None,
    skills: str = "",
) -> SubAgent:  # fmt: skip
    """Return an agent ready for tasks, with those of its tools that there are; `model` answers where its file names none.

    It is told of `skills` where its file lists the tool that reads them.
    """
    told = {name: known[name] for name in agent.prompt.declared}
    own = {name: tools[name] for name in agent.facts.tools if name in tools}
    system = _extended(agent.prompt.written(told), (_told(skills if LOAD_SKILL.name in own else ""), *extensions))
    return SubAgent(agent.facts.name, system, own, agent.facts.iterations, model)


def _told(skills: str) -> str:
    return prompt_files.written("skills", skills=skills) if skills else ""


def _extended(prompt: str, extensions: Sequence[str]) -> str:
    return "\n\n".join((prompt, *(extension for extension in extensions if extension)))


def title_prompt() -> str:
    """Return what a model is told that names a conversation."""
    return prompt_files.written(TITLE)


def summary_prompt() -> str:
    """Return what a model is told that summarises the first turns of a conversation."""
    return prompt_files.written(SUMMARY)
