"""The people of the company as a page: looked for, invited, given roles, shut out and let in again."""

import uuid
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.errors import BiChatError, Conflict, Invalid, NotFound
from app.identity import invitations, own_roles, people
from app.identity.guards import SignedRequest, requires
from app.identity.invitations import Link, NewMember
from app.identity.permissions import Names, Permission
from app.web import pages
from app.web.forms import text_of
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
PAGE = "/bi-chat/manage/people"
ONE = PAGE + "/{user_id:uuid}"
TYPED = ("email", "first_name", "last_name", "role")
PRIVATE = {"Cache-Control": "no-store"}
"""A page with a link that is shown once is not kept by the browser."""


@get(PAGE, guards=MANAGE)
async def people_page(request: SignedRequest) -> Response[str]:
    """Show the people that the address asks for."""
    return await _answer(request, request.query_params, done=request.query_params.get("done", ""))


@post(PAGE, guards=MANAGE)
async def invite(request: SignedRequest) -> Response[str]:
    """Add a person and show the link by which they choose a password."""
    form = await request.form()
    try:
        new = NewMember(text_of(form, "email"), text_of(form, "first_name"), text_of(form, "last_name"), _role(form))
        link = await invitations.invite(desk_of(request).database, request.user, new)
    except (Invalid, Conflict, NotFound) as error:
        return await _refused(request, form, error, typed={name: text_of(form, name) for name in TYPED})
    return await _answer(request, {}, link=link, status_code=201)


@post(ONE + "/link", guards=MANAGE)
async def make_link(request: SignedRequest, user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show a new link, in place of the one that was lost."""
    form = await request.form()
    try:
        link = await invitations.renew(desk_of(request).database, request.user, user_id)
    except Conflict as error:
        return await _refused(request, form, error, about=user_id)
    return await _answer(request, form, link=link)


@post(ONE + "/role", guards=MANAGE)
async def change_role(request: SignedRequest, user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Give a person another role; what is open for them and not permitted any more ends."""
    form = await request.form()
    try:
        await people.change_role(desk_of(request).database, request.user, user_id, _role(form), names=_names(request))
    except Conflict as error:
        return await _refused(request, form, error, about=user_id)
    return await _done(request, form, user_id, "role")


@post(ONE + "/deactivate", guards=MANAGE)
async def deactivate(request: SignedRequest, user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Shut a person out; their streams and runs end."""
    form = await request.form()
    try:
        await people.deactivate(desk_of(request).database, request.user, user_id, names=_names(request))
    except Conflict as error:
        return await _refused(request, form, error, about=user_id)
    return await _done(request, form, user_id, "deactivated")


@post(ONE + "/reactivate", guards=MANAGE)
async def reactivate(request: SignedRequest, user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Let a person in again."""
    form = await request.form()
    await people.reactivate(desk_of(request).database, request.user, user_id)
    return await _done(request, form, user_id, "reactivated")


HANDLERS: list[ControllerRouterHandler] = [people_page, invite, make_link, change_role, deactivate, reactivate]


async def _done(request: SignedRequest, form: FormMultiDict, user_id: uuid.UUID, what: str) -> Response[str]:
    """Lead back to the list as it was, and end what may be open no more."""
    await desk_of(request).watch.sweep()
    place = {"q": text_of(form, "q"), "page": text_of(form, "page"), "done": what}
    address = f"{PAGE}?{urlencode({name: value for name, value in place.items() if value})}#person-{user_id}"
    return Response("", status_code=303, headers={"Location": address}, media_type="text/html")


async def _refused(
    request: SignedRequest, form: FormMultiDict, error: BiChatError, *, about: uuid.UUID | None = None, typed: Any = None
) -> Response[str]:
    sentence = translator(pages.locale(request)).sentence(error)
    status = 422 if error.status == Invalid.status else error.status
    return await _answer(request, form, error=sentence, about=about, typed=typed, status_code=status)


async def _answer(
    request: SignedRequest,
    place: Any,
    *,
    done: str = "",
    error: str = "",
    about: uuid.UUID | None = None,
    typed: dict[str, str] | None = None,
    link: Link | None = None,
    status_code: int = 200,
) -> Response[str]:
    """Show the page with what came of a form: `about` whom `error` is, or what was `typed` for somebody new."""
    database, words, number = desk_of(request).database, str(place.get("q", "")).strip(), str(place.get("page", ""))[:6]
    found = await people.page(database, request.user, words=words, number=int(number) if number.isdecimal() else 1)
    values: dict[str, Any] = {
        "found": found, "words": words, "roles": await own_roles.listed(database, request.user, names=_names(request)),
        "done": done, "error": error, "about": about, "typed": typed, "link": link, "zone": request.user.time_zone,
        "site": _site(request),
    }  # fmt: skip
    shown = {**await frame_of(request), **values}
    return pages.page(request, "admin/people.html", status_code=status_code, headers=PRIVATE if link else None, **shown)


def _role(form: FormMultiDict) -> uuid.UUID | None:
    """Return the id of the chosen role, None for none; raises `Invalid`."""
    text = text_of(form, "role")
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Invalid("There is no such role in your company.") from error


def _site(request: SignedRequest) -> str:
    settings = desk_of(request).settings
    return settings.site if settings.is_production else str(request.base_url).rstrip("/")


def _names(request: SignedRequest) -> Names:
    names: Names = request.app.state.permissions
    return names
