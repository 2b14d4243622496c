"""The model and the effort that a person chose beside the composer, for this question and for those that follow."""

from typing import Any

from litestar.datastructures import FormMultiDict

from app.chat import choices
from app.chat.choices import Choices
from app.chat.desk import desk_of
from app.chat.routes import debugging
from app.identity.guards import SignedRequest
from app.web.forms import text_of

LONGEST = 200
MODEL, EFFORT = "model", "reasoning_effort"


async def offered(request: SignedRequest) -> Choices | None:
    """Return what may be chosen beside the composer, None where nothing may: the offline analyst is nobody else."""
    desk = desk_of(request)
    if desk.is_offline:
        return None
    return await choices.of(desk.database, request.user, desk.settings.openai_model) or None


async def options_of(request: SignedRequest, form: FormMultiDict) -> dict[str, Any]:
    """Return how a person's question is answered: as its form says, else as they chose last.

    A form's choice is kept whatever it is, to be refused in a sentence; an earlier one counts only as long as it is allowed.
    """
    options: dict[str, Any] = {"debug": True} if debugging.is_on(request) else {}
    chosen = {name: text for name in (MODEL, EFFORT) if (text := _chosen(form, name)) is not None}
    if len(chosen) < len((MODEL, EFFORT)) and (allowed := await offered(request)):
        chosen = {MODEL: allowed.model, EFFORT: allowed.effort, **chosen}
    return options | {name: value for name, value in chosen.items() if value}


async def keep(request: SignedRequest, form: FormMultiDict) -> None:
    """Keep what an accepted form chose for the questions that follow."""
    model, effort = _chosen(form, MODEL), _chosen(form, EFFORT)
    if model is not None or effort is not None:
        await choices.keep(desk_of(request).database, request.user, model=model, effort=effort)


def _chosen(form: FormMultiDict, name: str) -> str | None:
    return text_of(form, name).replace("\x00", "").strip()[:LONGEST] if name in form else None
