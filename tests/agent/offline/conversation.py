"""Talk with the offline analyst over the demo's data: the agent's own loop and tools, without the chat around them."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import msgspec

from app.agent import loop
from app.agent.approvals import Approvals, Decision
from app.agent.events import Asked, AssistantStep, Finished, ToolEnd
from app.agent.model import AssistantText, ModelMessage, ToolOutput, UserText
from app.agent.offline.model import OfflineModel
from app.agent.tool import NewArtifact, ToolContext
from app.agent.tools.registry import BUILT_IN
from app.agent.work import Work
from app.data.periods import Calendar
from app.data.queries import Queries
from app.data.results import encode_rows
from app.identity.actor import Actor
from app.knowledge.validated_queries import ValidatedQueries


class Kept:
    """Artifacts of the conversation, in memory."""

    def __init__(self) -> None:
        self.all: dict[uuid.UUID, Any] = {}

    def keep(self, artifact: NewArtifact) -> None:
        content = encode_rows(artifact.result) if artifact.result else None
        self.all[artifact.id] = SimpleNamespace(
            id=artifact.id, kind=artifact.kind, details=artifact.details, content=content
        )  # fmt: skip

    async def find(self, artifact_id: uuid.UUID) -> Any:
        return self.all[artifact_id]


class Said(msgspec.Struct, frozen=True):
    """What the analyst did about one question: its answer, or its question back, and the calls with their contents."""

    answer: str
    asked: Any
    calls: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]

    @property
    def executed(self) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """The last statement that bound something or was no lookup."""
        return next((call for call in reversed(self.calls) if call[0] == "sql_execute" and "params" in call[1]), None)

    @property
    def query(self) -> str | None:
        """The name of the validated query that ran."""
        if self.executed is None:
            return None
        sql = self.executed[1]["query"]
        found = [match for name, _, content in self.calls if name == "search_validated_queries" for match in content["matches"]]
        return next(match["name"] for match in found if match["sql"] == sql)

    @property
    def params(self) -> dict[str, Any]:
        return self.executed[1]["params"] if self.executed else {}

    @property
    def tools(self) -> list[str]:
        return [name for name, _, _ in self.calls]


class Conversation:
    """A conversation of one actor in one language of the page."""

    def __init__(
        self,
        queries: Queries,
        knowledge: ValidatedQueries,
        actor: Actor,
        locale: str,
        now: dt.datetime,
        tools: Mapping[str, Any] | None = None,
        approvals: Approvals = Approvals(),  # noqa: B008 - cannot be changed
    ) -> None:
        self.kept = Kept()
        self.approvals = approvals
        self.history: list[ModelMessage] = []
        self.steps: list[ModelMessage] = []
        self.tools = tools or {tool.name: tool for tool in BUILT_IN}
        self.calendar = Calendar(actor.time_zone, actor.first_weekday)
        self.context = ToolContext(actor, queries, knowledge, self.kept, locale, now, self.calendar)  # type: ignore[arg-type]  # kept in memory

    async def say(self, text: str) -> Said:
        self.history += [*self.steps, UserText(text)]
        self.steps = []
        return await self._run()

    async def reply(self, call_id: str, content: Mapping[str, Any]) -> Said:
        """Answer or dismiss the question that the analyst asked."""
        self.steps.append(ToolOutput(call_id, "ask_user_question", msgspec.json.encode(content).decode()))
        return await self._run()

    async def decide(self, asked: Asked, *, is_allowed: bool) -> Said:
        """Allow or refuse the calls that the analyst asked to make."""
        decisions = {question.id: Decision(is_allowed) for question in asked.questions}
        self.approvals = msgspec.structs.replace(self.approvals, decisions={**self.approvals.decisions, **decisions})
        return await self._run()

    async def _run(self) -> Said:
        work = Work(
            "bi_analyst", OfflineModel(pause=0), "", list(self.history), list(self.steps), False, self.tools, self.context, 30,
            30, approvals=self.approvals,
        )  # fmt: skip
        answer, asked = "", None
        async for event in loop.run(work):
            match event:
                case AssistantStep():
                    self.steps.append(AssistantText(event.text, event.tool_calls))
                    answer = event.text if event.is_final else answer
                case ToolEnd():
                    self.steps.append(ToolOutput(event.call.id, event.call.name, event.content))
                    for artifact in event.artifacts:
                        self.kept.keep(artifact)
                case Asked():
                    asked = event
                case Finished():
                    break
        return Said(answer, asked, self._calls())

    def _calls(self) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        contents = {step.call_id: step.content for step in self.steps if isinstance(step, ToolOutput)}
        calls = [call for step in self.steps if isinstance(step, AssistantText) for call in step.tool_calls]
        return [
            (call.name, msgspec.json.decode(call.arguments), msgspec.json.decode(contents[call.id]))
            for call in calls
            if call.id in contents
        ]
