"""Replay a recorded run without a model: the same calls of tools, by the same person, against today's data.

Nothing of the company's is changed: files are made and dropped, proposals are checked and not saved.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from app.agent import agent_files, hosted
from app.agent.approvals import Approvals
from app.agent.calling import outcome_of
from app.agent.delegating import unknown
from app.agent.events import Delegated
from app.agent.model import ToolCall, object_of
from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.kb_search import KB_SEARCH
from app.agent.tools.registry import BUILT_IN, built_in, decode
from app.agent.tools.task import TASK
from app.chat import approving, company_rules, transcript
from app.chat.auditing import Whose, audited
from app.chat.desk import Desk
from app.chat.models import Message, Question
from app.data.ledger import Ledger
from app.data.reach import reach_of
from app.errors import N_, Forbidden, NotFound
from app.evaluation import differences
from app.evaluation.asking import artifacts_of
from app.evaluation.comparing import compared, compared_error, error_then, of_kind, result_of
from app.evaluation.rehearsal import Rehearsal
from app.files.models import Artifact
from app.identity import sign_in
from app.identity.actor import Actor
from app.identity.models import Tenant, User

SAVING = frozenset({"save_validated_query", "save_learning"})
BEFORE_WORK = frozenset({"not_found", "invalid_arguments", "permission_denied"})
"""Errors of a task that nobody worked on."""
BY_WORDS_ALONE = "meanings need the embeddings endpoint, which is not asked; by words alone it finds something else"


class Repeated(msgspec.Struct, frozen=True):
    """A call and what became of it.

    `state` is `same`, `differs`, `fails` where it did not before or the other way round, `checked` for what would have been
    saved, or `recorded` for what cannot be repeated and is told as it was. `agent` made it for a task, empty where the analyst
    did; `details` are further lines.
    """

    tool: str
    state: str
    what: str = ""
    details: Sequence[str] = ()
    agent: str = ""

    @property
    def line(self) -> str:
        """Return it as people read it, on a line and further ones below."""
        within = f"  {self.agent}: " if self.agent else ""
        head = f"{self.state:8} {within}{self.tool}{': ' if self.what else ''}{self.what}"
        return "\n".join([head, *(f"{'':13}{each}" for each in self.details)])


async def replay(desk: Desk, run_id: uuid.UUID) -> list[Repeated]:
    """Return what each call of a run gives today.

    Raises `NotFound`, also where the chat was cleared, and `Forbidden` where its asker may not act any more.
    """
    found = await desk.database.rows(transcript.RUN, {"run_id": run_id})
    if not found:
        raise NotFound(N_("There is no such answer."))
    run = found[0]
    actor = await sign_in.by_user_id(desk.database, run.user_id)
    if actor is None:
        raise await _may_not_act(desk, run.user_id)
    reach = await reach_of(desk.queries.catalogue, actor, is_own=run.is_own)
    async with desk.database.reading() as db:
        question = await db.scalar(select(Message.content).where(Message.id == run.user_message_id, Message.deleted_at.is_(None)))
    if question is None:
        raise NotFound(N_("The chat of this answer was cleared: what was called for it is not replayed."))
    recorded, known = await _recorded(desk, run, actor), await desk.knowledge.of(actor.tenant_id)
    async with audited(desk.database, Whose(run.tenant_id, run.user_id, run.session_id, run.id)) as ledger:
        rehearsal = Rehearsal(desk, run, actor, reach, known, ledger)
        return await _Replay(desk, recorded, rehearsal, await rehearsal.context(question), ledger).calls()


async def _may_not_act(desk: Desk, user_id: uuid.UUID) -> Forbidden:
    """Return the error that says who cannot act, and why."""
    whose = select(User.email, User.is_active, Tenant.name).join(Tenant, Tenant.id == User.tenant_id).where(User.id == user_id)
    async with desk.database.reading() as db:
        person = (await db.execute(whose)).one()
    if not person.is_active:
        return Forbidden(N_("%(email)s asked this and is deactivated: nothing is replayed on their behalf."), email=person.email)
    return Forbidden(
        N_("%(email)s asked this, and the company %(company)s is deactivated: nothing is replayed on their behalf."),
        email=person.email, company=person.name,
    )  # fmt: skip


class _Recorded(msgspec.Struct, frozen=True):
    """What is stored of a run: its calls in order, the answers to them, and what they made, by the id of the call."""

    calls: Sequence[tuple[ToolCall, Delegated | None]]
    answers: dict[str, Row[Any]]
    made: dict[str, list[Artifact]]
    questions: dict[str, Question]
    approvals: Approvals


async def _recorded(desk: Desk, run: Row[Any], actor: Actor) -> _Recorded:
    told = await transcript.load(desk.database, run)
    made: dict[str, list[Artifact]] = {}
    for artifact in await artifacts_of(desk, run.id):
        made.setdefault(artifact.tool_call_id or "", []).append(artifact)
    policies = (await company_rules.rules_of(desk.database, actor.tenant_id)).tool_policies
    approvals = Approvals(policies, approving.decisions(told.questions.values()))
    answers = {row.call_id: row for row in told.every if row.role == "tool"}
    return _Recorded(transcript.calls(told), answers, made, told.questions, approvals)


class _Replay:
    """The calls of a run under way again, one after the other: later ones work with what earlier ones gave."""

    def __init__(self, desk: Desk, recorded: _Recorded, rehearsal: Rehearsal, context: ToolContext, ledger: Ledger) -> None:
        self._tools = {tool.name: tool for tool in built_in(knows=desk.settings.kb_enabled)}
        names = {tool.name for tool in BUILT_IN}
        self._others = set(desk.tools) - names
        self._agents = agent_files.load({*desk.tools, *names})
        self._task = desk.tools[TASK]
        self._seconds = desk.settings.tool_timeout
        self._recorded = recorded
        self._rehearsal = rehearsal
        self._context = context
        self._ledger = ledger

    async def calls(self) -> list[Repeated]:
        """Return what became of every call, those for a task below it."""
        repeated: list[Repeated] = []
        for call, within in self._recorded.calls:
            if within is None:
                below = [await self._one(*each) for each in self._recorded.calls if each[1] and each[1].call_id == call.id]
                repeated += [self._of_task(call, below) if call.name == TASK else await self._one(call, None), *below]
        return repeated

    def _of_task(self, call: ToolCall, below: Sequence[Repeated]) -> Repeated:
        """Tell of a task what became of its calls: an agent's words need a model, its calls do not."""
        states = {each.state for each in below}
        worst = next((state for state in ("fails", "differs", "same", "checked") if state in states), "recorded")
        answer = self._recorded.answers.get(call.id)
        if answer and not self._refusal(call):
            today = self._task_error(call)
            if today:
                return Repeated(TASK, *compared_error(answer.error_code, answer.content, today))
            if answer.error_code in BEFORE_WORK:
                return _not_now(TASK, answer)
        error = f"; {answer.error_code} then" if answer and answer.error_code else ""
        name = differences.shown(transcript.agent_of(call.arguments))
        return Repeated(TASK, worst, f"{name}, {len(below)} calls{error}")

    def _task_error(self, call: ToolCall) -> ToolError | None:
        """Return why nobody would work on a task today."""
        try:
            self._check(self._task)
            name = decode(self._task, call.arguments).agent
        except ToolError as error:
            return error
        return None if name in self._agents else unknown(name, self._agents)

    async def _one(self, call: ToolCall, within: Delegated | None) -> Repeated:
        answer = self._recorded.answers.get(call.id)
        why = self._unrepeatable(call, answer, within)
        if answer is None or why:
            done = Repeated(differences.shown(call.name), "recorded", why)
        else:
            done = await self._again(call, answer, within)
        return msgspec.structs.replace(done, agent=within.agent) if within else done

    def _unrepeatable(self, call: ToolCall, answer: Row[Any] | None, within: Delegated | None) -> str:
        """Return why a call is not made again, with what was recorded of it; empty for one that is."""
        if refusal := self._refusal(call):
            return refusal
        if question := self._recorded.questions.get(call.id):
            return _asked(question)
        if within and within.agent not in self._agents:
            return "its agent is not there any more"
        if self._is_given(call, within):
            if call.name in hosted.TOOLS:
                return f"only the provider can repeat it: {_hosted(call)}"
            if call.name in self._others:
                return "a tool of this installation, which may change something"
        return "" if answer else "it had not ended"

    def _refusal(self, call: ToolCall) -> str:
        """Return that the person refused a call, empty where they did not."""
        decision = self._recorded.approvals.decisions.get(call.id)
        if decision is None or decision.is_allowed:
            return ""
        return f"refused then{', with the words: ' if decision.words else ''}{differences.shown(decision.words)}"

    def _is_given(self, call: ToolCall, within: Delegated | None) -> bool:
        """Tell whether whoever calls a tool may be given it: other agents have only those that their files list."""
        return within is None or call.name in self._agents[within.agent].facts.tools

    async def _again(self, call: ToolCall, answer: Row[Any], within: Delegated | None) -> Repeated:
        name = differences.shown(call.name)
        try:
            outcome = await self._outcome(call, within)
        except ToolError as error:
            self._put(call, None)
            return Repeated(name, *compared_error(answer.error_code, answer.content, error))
        self._put(call, outcome)
        if answer.error_code:
            return _not_now(name, answer)
        if name in SAVING:
            return Repeated(name, "checked", "it could be saved as it was; nothing is")
        made = self._recorded.made.get(call.id, ())
        found, told = await compared(name, answer.content, made, outcome, self._rehearsal)
        if found and name == KB_SEARCH.name and self._rehearsal.is_without_meanings:
            return Repeated(name, "recorded", BY_WORDS_ALONE)
        what = "; ".join(part for part in (*found[:1], told) if part)
        return Repeated(name, "differs" if found else "same", what, found[1:])

    async def _outcome(self, call: ToolCall, within: Delegated | None) -> ToolOutcome:
        tool = self._tools.get(call.name) if self._is_given(call, within) else None
        if tool is None:
            raise ToolError("not_found", f"there is no tool named {call.name!r}")
        self._check(tool)
        if within:
            self._recorded.approvals.check(tool, call)
        return await outcome_of(tool, self._context, decode(tool, call.arguments), self._ledger, self._seconds)

    def _check(self, tool: Tool) -> None:
        """Raise `ToolError` where the person or their company may not have a tool used."""
        if not tool.allows(self._context.actor):
            raise ToolError("permission_denied", f"the person may not use {tool.name}")
        self._recorded.approvals.check_tool(tool)

    def _put(self, call: ToolCall, outcome: ToolOutcome | None) -> None:
        """Have later calls work with today's result, or with none."""
        recorded = of_kind(self._recorded.made.get(call.id, ()), "result")
        if recorded:
            self._rehearsal.results.put(recorded, result_of(outcome) if outcome else None)


def _not_now(tool: str, answer: Row[Any]) -> Repeated:
    """Return what is told of a call that failed then and would not today."""
    return Repeated(tool, "fails", f"{answer.error_code} then, not now", [error_then(answer.error_code, answer.content)])


def _asked(question: Question) -> str:
    """Return what the person was asked, and what they answered."""
    given = {each.question: each.answer for each in approving.settled(question)}
    texts = [asked.text for asked in approving.asked_questions(question)]
    answered = [
        f"asked: {differences.shown(text)} answered: {differences.shown(given.get(text, question.status))}" for text in texts
    ]
    return "; ".join(answered)


def _hosted(call: ToolCall) -> str:
    """Return what the provider's tool was asked for: a query, an address or a program."""
    asked = object_of(call.arguments)
    return differences.shown(next((str(asked[name]) for name in ("query", "url", "pattern", "code") if asked.get(name)), ""))
