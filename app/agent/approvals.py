"""Which tools the analyst may use: as it sees fit, after the person allowed the very call, or never."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from app.agent import hosted
from app.agent.events import APPROVAL, Asked
from app.agent.model import ToolCall
from app.agent.tool import Argument, AskedQuestion, Option, Tool, ToolError
from app.errors import N_
from app.web.locale import Translator, translator

ALLOW, DENY = "allow", "deny"
"""The ids of the two options of each question."""
LONGEST, MOST_VALUES, LONGEST_TEXT = 20_000, 20, 600
"""How long the arguments of a call may be, and how many, to be allowed by a person, who must see all of what they allow."""
MOST_CALLS = 10
"""So many calls stand in one form; further ones are asked for when these are settled."""
HEADER = N_("Approval")
WITH = N_("The analyst wants to use %(tool)s with: %(arguments)s")
WITHOUT = N_("The analyst wants to use %(tool)s.")
ALLOW_ONCE, DO_NOT_ALLOW = N_("Allow once"), N_("Do not allow")


class Policy(StrEnum):
    """What a company decided about a tool."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Decision(msgspec.Struct, frozen=True):
    """What the person decided about a call, and what they wrote to it where they did not allow it."""

    is_allowed: bool
    words: str = ""


class Approvals(msgspec.Struct, frozen=True):
    """The policies of a company by the tool's name, and what was decided in this run by the id of the call."""

    policies: Mapping[str, Policy] = {}
    decisions: Mapping[str, Decision] = {}

    def policy(self, tool: Tool) -> Policy:
        """Return the company's policy, or the tool's own: a sensitive one asks."""
        return self.policies.get(tool.name, usual(tool))

    def offers(self, tool: Tool, *, can_ask: bool) -> bool:
        """Tell whether a model hears of the tool; one that cannot ask the person does not hear of those that would."""
        policy = self.policy(tool)
        return policy is Policy.ALLOW or (policy is Policy.ASK and can_ask)

    def asks(self, tool: Tool, call: ToolCall) -> bool:
        """Tell whether the person is to be asked before the call is made."""
        return self.policy(tool) is Policy.ASK and call.id not in self.decisions

    def check_length(self, tool: Tool, call: ToolCall) -> None:
        """Raise `ToolError` (`invalid_arguments`) for a call that a person should allow and could not read."""
        if self.asks(tool, call) and (len(call.arguments) > LONGEST or len(_pairs(call.arguments)) > MOST_VALUES):
            raise ToolError("invalid_arguments", f"{tool.name} is called with too much for a person to approve", "Ask for less.")

    def check_tool(self, tool: Tool) -> None:
        """Raise `ToolError` (`permission_denied`) for a tool that is never used."""
        if self.policy(tool) is Policy.DENY:
            raise ToolError("permission_denied", f"the company does not allow {tool.name}", "Answer without it and say so.")

    def check(self, tool: Tool, call: ToolCall) -> None:
        """Raise `ToolError` (`permission_denied`) unless the call may be made."""
        self.check_tool(tool)
        policy, decision = self.policy(tool), self.decisions.get(call.id)
        if decision and not decision.is_allowed:
            said = f" and wrote: {decision.words}" if decision.words else ""
            hint = "Do as they wrote." if said else "Do not ask for it again. Answer without it and say so."
            raise ToolError("permission_denied", f"the person did not allow {tool.name}{said}", hint, is_refusal=True)
        if policy is Policy.ASK and decision is None:
            message = f"{tool.name} needs the person's approval, which only the analyst can ask for"
            raise ToolError("permission_denied", message, "Say what you would do with it.")


def usual(tool: Tool) -> Policy:
    """Return what holds for a tool where the company decided nothing: what leaves the house wants its consent."""
    if tool.name in hosted.TOOLS:
        return Policy.DENY
    return Policy.ASK if tool.is_sensitive else Policy.ALLOW


def form(calls: Sequence[ToolCall], agent_name: str, locale: str) -> Asked:
    """Return the questions that ask for approval of calls, each known by the id of its call."""
    texts = translator(locale)
    questions = tuple(_question(call, texts) for call in calls)
    return Asked(ToolCall(f"approve_{calls[0].id}", APPROVAL, "{}"), agent_name, questions)


def _question(call: ToolCall, texts: Translator) -> AskedQuestion:
    arguments = _readable(call.arguments)
    told = ", ".join(f"{argument.name}: {argument.value}" for argument in arguments)
    text = texts.gettext(WITH, tool=call.name, arguments=told) if told else texts.gettext(WITHOUT, tool=call.name)
    options = (Option(ALLOW, texts.gettext(ALLOW_ONCE)), Option(DENY, texts.gettext(DO_NOT_ALLOW)))
    short = _cut(" ".join(text.split()), LONGEST_TEXT)
    return AskedQuestion(call.id, short, texts.gettext(HEADER), "single_choice", options, call.name, arguments)


def _readable(arguments: str) -> tuple[Argument, ...]:
    """Return arguments as people can read them; what would only disturb or mislead the eye is shown as a sign."""
    return tuple(Argument(_plain(name), _plain(_text(value))) for name, value in _pairs(arguments))


def _pairs(arguments: str) -> list[tuple[str, Any]]:
    decoded = msgspec.json.decode(arguments.strip() or "{}")
    return list(decoded.items()) if isinstance(decoded, dict) else [("", decoded)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else " " if sign in "\r\t" else "\ufffd" for sign in text)


def _cut(text: str, longest: int) -> str:
    return f"{text[:longest]}…" if len(text) > longest else text
