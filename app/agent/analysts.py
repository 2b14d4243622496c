"""The agents: what each is told and which tools it has."""

import datetime as dt
from collections.abc import Mapping, Sequence

from app.agent import prompt_files
from app.agent.tool import Tool
from app.data.periods import Calendar
from app.identity.actor import Actor

BI_ANALYST = "bi_analyst"
TITLE = "title"
SUMMARY = "summary"
LANGUAGES = {"en": "English", "ru": "Russian", "uz": "Uzbek (Latin script)"}
DIALECTS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def tools_of(*, built_in: Sequence[Tool], extra: Sequence[Tool]) -> Mapping[str, Tool]:
    """Return the BI analyst's tools by name; a company's own tool replaces a built-in one of the same name."""
    return {tool.name: tool for tool in (*built_in, *extra)}


def system_prompt(
    *,
    actor: Actor,
    dialect: str,
    locale: str,
    calendar: Calendar,
    now: dt.datetime,
    extensions: Sequence[str],
    skills: str = "",
) -> str:
    """Return the BI analyst's system prompt.

    `extensions` are texts added at the end: the project's own, then the company's; `skills` is their catalogue.
    """
    today = calendar.today(now)
    prompt = prompt_files.written(
        BI_ANALYST,
        company=actor.tenant_name,
        skills=skills,
        dialect=DIALECTS[dialect],
        today=today.isoformat(),
        weekday=f"{today:%A}",
        time_zone=calendar.time_zone,
        week_start=dt.date(2024, 1, 1 + calendar.first_weekday).strftime("%A"),
        currency=actor.currency,
        language=LANGUAGES[locale],
    )
    return "\n\n".join((prompt, *(extension for extension in extensions if extension)))


def title_prompt() -> str:
    """Return what a model is told that names a conversation."""
    return prompt_files.written(TITLE)


def summary_prompt() -> str:
    """Return what a model is told that summarises the first turns of a conversation."""
    return prompt_files.written(SUMMARY)
