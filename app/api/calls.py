"""What a call of a method looks like from outside, made of the types that the functions behind the methods declare."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, get_type_hints

import msgspec

from app.api.caller import Caller

Function = Callable[[Caller, Any], Awaitable[Any]]
CallId = str | int | float | None
CallCode = Literal[
    "invalid_request", "unknown_method", "validation", "unauthorized", "forbidden", "not_found", "conflict", "rate_limited",
    "unavailable", "internal",
]  # fmt: skip


class CallError(msgspec.Struct, kw_only=True, frozen=True):
    """Why a call was not done: `code` for programs, `message` for people in their language."""

    code: CallCode
    message: str
    details: dict[str, Any]


class CallRefusal(msgspec.Struct, kw_only=True, frozen=True):
    """The answer to a call that was not done."""

    id: CallId
    error: CallError


class Method:
    """A function, with the types of its parameters and its result as it declares them."""

    def __init__(self, function: Function) -> None:
        """Read the types off the function's second parameter and what it returns."""
        hints = list(get_type_hints(function).items())
        self.function = function
        self.params: Any = hints[1][1]
        self.result: Any = hints[-1][1]


def calls_of(methods: Mapping[str, Method]) -> Any:
    """Return the union of the calls, told apart by `method`; parameters may be left out where none is required."""
    calls: Any = None
    for name, method in methods.items():
        is_needed = any(field.required for field in msgspec.structs.fields(method.params))
        params = ("params", method.params) if is_needed else ("params", method.params | None, None)
        call = msgspec.defstruct(
            _word(name) + "Call", [params, ("id", CallId, None)], kw_only=True, tag_field="method", tag=name,
            forbid_unknown_fields=True, namespace={"__doc__": method.function.__doc__},
        )  # fmt: skip
        calls = call if calls is None else calls | call
    return calls


def answers_of(methods: Mapping[str, Method]) -> tuple[Any, ...]:
    """Return the bodies of the answers, that of a call which was not done last."""
    done = [
        msgspec.defstruct(
            _word(name) + "Answer", [("id", CallId), ("result", method.result)],
            namespace={"__doc__": f"The answer to `{name}`."},
        )
        for name, method in methods.items()
    ]  # fmt: skip
    return (*done, CallRefusal)


def _word(method: str) -> str:
    """Return a method's name as that of a type: `bichat.session.listAll` is `SessionListAll`."""
    return "".join(part[0].upper() + part[1:] for part in method.split(".")[1:])
