"""The model and the effort that a person chose beside the composer: kept in their browser for the questions that follow."""

from typing import Any
from urllib.parse import parse_qs, urlencode

from litestar.datastructures import FormMultiDict

from app.chat import choices
from app.chat.choices import Choices
from app.chat.desk import desk_of
from app.chat.routes import debugging
from app.identity.guards import SignedRequest
from app.web.forms import text_of
from app.web.security import set_cookie

COOKIE = "bichat_choices"
A_YEAR = 365 * 24 * 60 * 60
LONGEST = 200
MODEL, EFFORT = "model", "reasoning_effort"


async def offered(request: SignedRequest) -> Choices | None:
    """Return what may be chosen beside the composer, None where nothing may: the offline analyst is nobody else."""
    desk, kept = desk_of(request), _kept(request)
    if desk.is_offline:
        return None
    usual, tenant_id = desk.settings.openai_model, request.user.tenant_id
    found = await choices.of(desk.database, tenant_id, usual, model=kept[MODEL], effort=kept[EFFORT])
    return found or None


async def options_of(request: SignedRequest, form: FormMultiDict) -> dict[str, Any]:
    """Return how a question of this browser is answered: as its form says, else as was chosen last.

    A form's choice is kept whatever it is, to be refused in a sentence; an earlier one counts only as long as it is allowed.
    """
    options: dict[str, Any] = {"debug": True} if debugging.is_on(request) else {}
    chosen = {name: text_of(form, name).strip()[:LONGEST] for name in (MODEL, EFFORT) if name in form}
    if len(chosen) < len((MODEL, EFFORT)) and any(_kept(request).values()) and (allowed := await offered(request)):
        chosen = {MODEL: allowed.model, EFFORT: allowed.effort, **chosen}
    return options | {name: value for name, value in chosen.items() if value}


def keep(request: SignedRequest, form: FormMultiDict) -> None:
    """Keep what an accepted form chose for the questions that follow."""
    if MODEL not in form and EFFORT not in form:
        return
    kept = _kept(request)
    chosen = {name: text_of(form, name).strip() if name in form else kept[name] for name in (MODEL, EFFORT)}
    if chosen != kept:
        value = urlencode({name: value for name, value in chosen.items() if value})
        set_cookie(request.scope, request.app.state.settings, COOKIE, value, max_age=A_YEAR if value else 0)


def _kept(request: SignedRequest) -> dict[str, str]:
    read = parse_qs(request.cookies.get(COOKIE, "")[: LONGEST * 4])
    return {name: read.get(name, [""])[0][:LONGEST] for name in (MODEL, EFFORT)}
