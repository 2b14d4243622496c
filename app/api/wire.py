"""A run's events as programs get them: contract §6, `POST /bi-chat/stream`."""

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from typing import Any

import msgspec

from app.agent.analysts import BI_ANALYST
from app.agent.events import (
    AssistantStep,
    Delegated,
    Finished,
    Reset,
    Status,
    Text,
    TextBlockEnd,
    Thinking,
    ThinkingEnd,
    ToolEnd,
    ToolStart,
)
from app.agent.model import ToolCall
from app.agent.work import ASK
from app.api.bodies import encode
from app.api.code_outputs import Translate, code_outputs
from app.api.shapes import citation_shapes, claim_shapes
from app.chat import sentences
from app.chat.approving import open_to
from app.chat.artifact_shapes import artifact_shape, redacted
from app.chat.claims import Checked
from app.chat.event_log import Answered, Failed, LoggedEvent, QuestionOpened, RunLog
from app.chat.run_view import SHOWN
from app.chat.sources import Cited
from app.chat.transcript import UNTOLD, WITHHELD
from app.chat.usage_sum import UsageSum, told_cost
from app.data.reach import Reach, holds_call


class Wire:
    """Encodes the events of one run for one reader; what was seen so far decides the facts of `done`."""

    def __init__(
        self, run_id: str, session_id: str, translate: Translate, *, debug: bool, reach: Reach, reads_all: bool,
        is_asker: bool, tools: Container[str],
    ) -> None:  # fmt: skip
        """Of what was read from tables outside `reach` nothing but the call is told; only the asker may allow one.

        With what a call is made is told as it begins to whoever `reads_all` tables, to others when it has ended. What the model
        considers, which may tell of all that it has read, is for the former alone. `tools` are those that there are.
        """
        self._is_asker = is_asker
        self._known_tools = tools
        self._reads_all = reads_all
        self._reach = reach
        self._run_id = run_id
        self._session_id = session_id
        self._translate = translate
        self._debug = debug
        self._tools: dict[str, None] = {}
        self._asking: dict[str, ToolCall] = {}
        self._claims: list[dict[str, Any]] = []
        self._started_ms = 0
        self.sent_parts = 0
        """How many frames of the next event the reader already has."""
        self.is_over = False

    def batch(self, events: Iterable[LoggedEvent], attempt: int) -> bytes:
        """Return the encoded events, which may be none; `attempt` is the run's present one."""
        return b"".join([self._one(logged, attempt) for logged in events])

    def see(self, logged: LoggedEvent) -> None:
        """Take note of an event that is not sent."""
        self._started_ms = self._started_ms or logged.at_ms
        if isinstance(logged.event, ToolStart):
            self._begun(logged.event.call)
        elif isinstance(logged.event, Checked):
            self._claims = msgspec.to_builtins(claim_shapes(logged.event, self._reach))

    def _begun(self, call: ToolCall) -> None:
        if call.name in self._known_tools:
            self._tools[call.name] = None
        if call.name == ASK:
            self._asking[call.id] = call

    def _one(self, logged: LoggedEvent, attempt: int) -> bytes:
        event = logged.event
        if type(event) is Text:
            self._started_ms = self._started_ms or logged.at_ms
            return frame(logged.id, "content", logged.at_ms, {"content": event.content})
        payloads = self.told(logged, attempt)
        if payloads is None:
            return b""
        sent, self.sent_parts = self.sent_parts, 0
        return frames(logged.id, logged.at_ms, payloads, sent)

    def told(self, logged: LoggedEvent, attempt: int) -> list[tuple[str, dict[str, Any]]] | None:
        """Return the types and payloads of an event; None for what ended an earlier attempt, as the run has gone on since."""
        self.see(logged)
        if logged.attempt < attempt and isinstance(logged.event, QuestionOpened | Failed):
            return None
        return self._payloads(logged.event, logged.at_ms)

    def _payloads(self, event: object, at_ms: int) -> list[tuple[str, dict[str, Any]]]:  # noqa: C901, PLR0911, PLR0912 - one case an event
        match event:
            case Text(content):
                return [("content", {"content": content})]
            case Status(step):
                sentence = sentences.PROGRESS.get(step, sentences.WORKING)
                return [("status", {"step": step, "message": self._translate(sentence)})]
            case Thinking(content, within):
                return [("thinking", {"content": content, **self._whose(within)})] if self._reads_all else []
            case TextBlockEnd(seq) | Reset(seq):
                return [("text_block_end" if isinstance(event, TextBlockEnd) else "reset", {"textBlockSeq": seq})]
            case ToolStart(call):
                return [("tool_start", {"tool": self._tool(call, event.within, is_told=self._reads_all)})]
            case ToolEnd():
                return self._tool_end(event, at_ms)
            case QuestionOpened() if event.status == "open":
                self.is_over = True
                return [("interrupt", self._interrupt(event))]
            case Answered(call_id, content=content) if content and call_id in self._asking:
                return [("tool_end", {"tool": self._answered(self._asking[call_id], content)})]
            case Cited():
                return [("citation", {"citation": msgspec.to_builtins(shape)}) for shape in citation_shapes(event)]
            case UsageSum() if self._debug:
                return [("usage", {"usage": _usage(event), "debug": event.debug})]
            case Failed(code):
                self.is_over = True
                failure = sentences.failure(code)
                told = {"error": self._translate(failure.sentence), "code": failure.code, "retryable": failure.is_retryable}
                return [("error", told)]
            case Finished(reason):
                self.is_over = True
                done = {"runId": self._run_id, "generationMs": max(0, at_ms - self._started_ms), "toolsUsed": list(self._tools)}
                return [("done", {**done, "finishReason": reason, "unmatchedClaims": self._claims})]
            case _:
                assert isinstance(event, ThinkingEnd | AssistantStep | Answered | QuestionOpened | UsageSum | Checked)
                return []

    def _tool(self, call: ToolCall, within: Delegated | None, *, is_told: bool) -> dict[str, Any]:
        """Return the call; what it is made with is not told before it is known that the reader may learn of it."""
        arguments = call.arguments if is_told else UNTOLD
        return {"callId": call.id, "name": call.name, "arguments": arguments, **self._whose(within)}

    def _whose(self, within: Delegated | None) -> dict[str, str]:
        """Return which agent it is, and what task it works on."""
        return {"agentName": within.agent, "taskCallId": within.call_id} if within else {"agentName": BI_ANALYST}

    def _tool_end(self, end: ToolEnd, at_ms: int) -> list[tuple[str, dict[str, Any]]]:
        is_told = holds_call(self._reach, end.details)
        outcome = {("result" if end.error is None else "error"): end.content} if is_told else {"error": WITHHELD}
        tool = {**self._tool(end.call, end.within, is_told=is_told), **outcome, "durationMs": round(end.duration_ms)}
        if is_told and (outputs := code_outputs(end.details, end.artifacts, self._translate)):
            tool["codeOutputs"] = msgspec.to_builtins(outputs)
        shown = [artifact for artifact in end.artifacts if artifact.kind in SHOWN]
        made_at = dt.datetime.fromtimestamp(at_ms / 1000, tz=dt.UTC)
        shapes = [artifact_shape(artifact, self._session_id, made_at) for artifact in shown]
        artifacts = [("artifact", {"artifact": shape if is_told else redacted(shape)}) for shape in shapes]
        return [("tool_end", {"tool": tool}), *artifacts]

    def _answered(self, call: ToolCall, content: str) -> dict[str, Any]:
        """Return the call that asked, with what was answered to it; waiting for people is no work."""
        return {**self._tool(call, None, is_told=True), "result": content, "durationMs": 0}

    def _interrupt(self, event: QuestionOpened) -> dict[str, Any]:
        questions = msgspec.to_builtins(open_to(event.asked.questions, self._reach, is_asker=self._is_asker))
        asked = {"checkpointId": str(event.checkpoint_id), "questions": questions}
        return {"interrupt": {**asked, "agentName": event.asked.agent_name}, **asked}


def frames(event_id: str, at_ms: int, payloads: Sequence[tuple[str, dict[str, Any]]], sent: int = 0) -> bytes:
    """Return the frames of one event after the first `sent`; all but the last have ids of their own, to come back between."""
    ids = [*(f"{event_id}.{number}" for number in range(1, len(payloads))), event_id]
    numbered = list(zip(ids, payloads, strict=False))
    return b"".join([frame(part_id, kind, at_ms, payload) for part_id, (kind, payload) in numbered[sent:]])


def frame(event_id: str, kind: str, at_ms: int, payload: dict[str, Any]) -> bytes:
    """Return one server-sent event; `data` repeats the type and the time."""
    return b"".join(
        (f"id: {event_id}\nevent: {kind}\ndata: ".encode(), encode({"type": kind, "timestamp": at_ms, **payload}), b"\n\n")
    )


def _usage(usage: UsageSum) -> dict[str, Any]:
    total = usage.input_tokens + usage.output_tokens
    tokens = {"promptTokens": usage.input_tokens, "completionTokens": usage.output_tokens, "totalTokens": total}
    return {**tokens, "cachedTokens": usage.cached_tokens, "cost": told_cost(usage.cost), "isEstimated": usage.is_estimated}


def head_ms(log: RunLog, position: int) -> int:
    """Return when what is sent before the events from `position` on happened: not after them."""
    return next((logged.at_ms for logged in log.since(position)), moment_ms())


def moment_ms() -> int:
    """Return now in milliseconds of Unix time."""
    return int(dt.datetime.now(dt.UTC).timestamp() * 1000)
