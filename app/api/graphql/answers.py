"""Results of GraphQL operations as JSON, with errors by the codes of calls in `extensions.code`."""

from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from app.api.caller import Caller
from app.errors import N_, BiChatError
from app.web.errors import TOLD_BY_STATUS, call_code

log = structlog.get_logger()

INTERNAL = N_("Something went wrong on our side. Try again.")


def result_of(caller: Caller, result: Any) -> dict[str, Any]:
    """Return what is sent of a strawberry result."""
    told: dict[str, Any] = {"data": result.data}
    if result.errors:
        told["errors"] = errors_of(caller, result.errors)
    return told


def refusal_of(result: Any) -> BiChatError | None:
    """Return why nothing was done, where calls of methods tell that by their status too: 403 and 429."""
    causes = [error.original_error for error in result.errors or ()]
    return None if result.data else next((cause for cause in causes if isinstance(cause, TOLD_BY_STATUS)), None)


def errors_of(caller: Caller, errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """Return what is sent of errors, in the caller's language where they are ours."""
    return [_error(caller, error) for error in errors]


def _error(caller: Caller, error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    place = {name: value for name, value in error.formatted.items() if name in {"locations", "path"}}
    if isinstance(cause, BiChatError):
        log.info("request refused", code=cause.code, reason=str(cause))
        extensions = {"code": call_code(cause), "details": cause.details}
        return {"message": caller.texts.sentence(cause), **place, "extensions": extensions}
    if cause is None or isinstance(cause, GraphQLError):
        code = "invalid_request" if isinstance(error, GraphQLSyntaxError) else "validation"
        return {"message": error.message, **place, "extensions": {"code": code}}
    log.error("request failed", code="internal", exc_info=cause)
    return {"message": caller.texts.gettext(INTERNAL), **place, "extensions": {"code": "internal"}}
