"""What the analyst is given to work on a run with."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from sqlalchemy import Row

from app.agent import analysts, skill_files
from app.agent.approvals import Approvals
from app.agent.model import ModelMessage, UserText
from app.agent.tool import Exports, ToolContext
from app.agent.tools.load_skill import LOAD_SKILL
from app.agent.work import Work
from app.chat import approving, budgets, company_rules, documents, transcript
from app.chat.affording import AffordedModel
from app.chat.analyst import Analyst
from app.chat.documents import Wanted
from app.chat.pages import Reader
from app.chat.telling import Telling
from app.chat.transcript import Transcript
from app.data.exports.exporter import Document
from app.data.exports.receipt import Origin
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.data.reach import Reach, reach_of
from app.database import Database, now
from app.files.artifacts import ArtifactReader
from app.identity.actor import Actor
from app.identity.permissions import Permission


async def of(
    database: Database, analyst: Analyst, run: Row[Any], told: Transcript, actor: Actor, ledger: Ledger, telling: Telling
) -> Work:
    """Return the work on a claimed run, of which `told` is committed, on behalf of its asker."""
    reach = await reach_of(analyst.queries.catalogue, actor, is_own=run.is_own)
    history = await transcript.history(database, run, max_messages=analyst.max_history, reach=reach)
    company = await company_rules.rules_of(database, run.tenant_id)
    calendar, moment = Calendar(actor.time_zone, actor.first_weekday), now()
    dialect, extensions = analyst.queries.dialect, (analyst.prompt_extension, company.prompt_extension)
    facts = analysts.facts(actor=actor, dialect=dialect, locale=run.locale, calendar=calendar, now=moment)
    skills = skill_files.catalogue(analyst.skills) if company.may_use(LOAD_SKILL.name) else ""
    hosted = company.consents_to(analyst.hosted)
    system = analysts.system_prompt(facts, extensions, skills, hosted=hosted)
    chosen, usual = run.options.get("model"), analyst.usual_model
    agents = {
        name: analysts.sub_agent(each, facts, extensions, analyst.tools, company.model(each.facts.model or chosen, usual), skills)
        for name, each in analyst.agents.items()
    }
    kept = ArtifactReader(database, actor, run.session_id)
    exports = _exports(database, analyst, run, actor, history, reach)
    known, library = await analyst.knowledge.of(actor.tenant_id), analyst.knowledge.library
    library = library and library.serving(run.session_id, run.id)
    context = ToolContext(
        actor, analyst.queries, known, kept, run.locale, moment, calendar, exports, run.is_own, library, analyst.skills
    )
    return Work(
        agent_name=analysts.BI_ANALYST,
        model=_afforded(database, analyst, actor, telling),
        system=system,
        history=history,
        steps=told.steps(reach),
        is_answered=told.is_answered,
        tools=analyst.tools,
        context=context,
        max_iterations=analyst.max_iterations,
        tool_timeout=analyst.tool_timeout,
        model_name=company.model(chosen, usual),
        reasoning_effort=run.options.get("reasoning_effort"),
        models_allowed=company.models_allowed,
        hosted=hosted,
        cache_key=run.session_id.hex,
        run_key=f"{run.id.hex[-8:]}_",
        ledger=ledger,
        window=analyst.window,
        told=telling.compiled,
        approvals=Approvals(company.tool_policies, approving.decisions(told.questions.values())),
        agents=agents,
        begun=told.begun(reach),
        is_debugged=bool(run.options.get("debug")) and actor.may(Permission.EXPORT),
    )


def _afforded(database: Database, analyst: Analyst, actor: Actor, telling: Telling) -> AffordedModel:
    """Return the model as a run asks it: heard of by its followers, and within the budgets of its asker's day."""
    heard = telling.heard(analyst.model, analyst.prices, analyst.usual_model)
    return AffordedModel(heard, telling.calls, partial(budgets.left, database, actor), analyst.prices, analyst.usual_model)


def _exports(
    database: Database, analyst: Analyst, run: Row[Any], actor: Actor, history: Sequence[ModelMessage], reach: Reach
) -> Exports:
    """Return what tools make files with on behalf of a run."""
    link = f"{analyst.site}/bi-chat/sessions/{run.session_id}"
    reader = Reader(dataclasses.replace(actor, locale=run.locale), run.locale, can_write=True, reach=reach)
    asked = next((message.content for message in reversed(history) if isinstance(message, UserText)), "")

    async def document(scope: Literal["answer", "conversation"], title: str, text: str) -> Document:
        run_id = run.id if scope == "answer" else None
        return await documents.document(database, reader, Wanted(run.session_id, run_id, link, title, text))

    return Exports(analyst.exporter, Origin(asked, link), document)
