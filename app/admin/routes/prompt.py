"""What the company adds to the analyst's instructions as a page: the text, its versions and what each changed."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.chat import prompt_versions
from app.chat.desk import desk_of
from app.chat.prompt_versions import Version
from app.chat.routes.shown import frame_of
from app.errors import Conflict, Invalid, NotFound
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import pages
from app.web.forms import text_of
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
PAGE = "/bi-chat/manage/prompt"
LONGEST_NUMBER = 9


@get(PAGE, guards=MANAGE)
async def prompt_page(request: SignedRequest) -> Response[str]:
    """Show the text that speaks, all versions, and what the asked one changed."""
    return await _answer(request, done=request.query_params.get("done", ""))


@post(PAGE, guards=MANAGE)
async def save_prompt(request: SignedRequest) -> Response[str]:
    """Make a version of the text; 409 where somebody else did meanwhile."""
    form = await request.form()
    text, based_on = text_of(form, "text"), _number(text_of(form, "based_on"))
    try:
        await prompt_versions.save(desk_of(request).database, request.user, text, based_on=based_on)
    except (Invalid, Conflict) as error:
        sentence = translator(pages.locale(request)).sentence(error)
        return await _answer(request, error=sentence, typed=text, status_code=409 if isinstance(error, Conflict) else 422)
    return _done("saved")


@post(PAGE + "/restore", guards=MANAGE)
async def restore_prompt(request: SignedRequest) -> Response[str]:
    """Let an earlier version's text speak again, as a new version."""
    number = _number(text_of(await request.form(), "version"))
    await prompt_versions.restore(desk_of(request).database, request.user, number)
    return _done("restored")


HANDLERS: list[ControllerRouterHandler] = [prompt_page, save_prompt, restore_prompt]


def _done(what: str) -> Response[str]:
    return Response("", status_code=303, headers={"Location": f"{PAGE}?done={what}"}, media_type="text/html")


async def _answer(
    request: SignedRequest, *, done: str = "", error: str = "", typed: str | None = None, status_code: int = 200
) -> Response[str]:
    desk = desk_of(request)
    before = _number(request.query_params.get("before", "")) or None
    found = await prompt_versions.listed(desk.database, request.user, before=before, limit=prompt_versions.SHOWN + 1)
    newest = found[:1] if before is None else await prompt_versions.listed(desk.database, request.user, limit=1)
    shown, earlier = await _asked(request)
    versions = found[: prompt_versions.SHOWN]
    values: dict[str, Any] = {
        "versions": versions, "current": newest[0] if newest else None, "shown": shown, "before": before,
        "further": versions[-1].number if len(found) > len(versions) else None, "typed": typed, "done": done,
        "error": error, "diff": prompt_versions.compared(earlier, shown.text) if shown else [],
        "project": desk.settings.prompt_extension, "longest": prompt_versions.MOST_CHARS, "zone": request.user.time_zone,
    }  # fmt: skip
    return pages.page(request, "admin/prompt.html", status_code=status_code, **{**await frame_of(request), **values})


async def _asked(request: SignedRequest) -> tuple[Version | None, str]:
    """Return the version that the address asks for, None without any, and the text before it; raises `NotFound`."""
    text = request.query_params.get("version", "")
    if not text:
        return None, ""
    number = _number(text)
    found = await prompt_versions.listed(desk_of(request).database, request.user, before=number + 1, limit=2)
    if not found or found[0].number != number:
        raise NotFound("There is no such version.")
    return found[0], found[1].text if len(found) > 1 else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
