"""The roles of the company as a page: the built-in ones to read, its own to make and change."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.errors import BiChatError, Conflict, Invalid
from app.identity import own_roles
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Names, Permission
from app.web import pages
from app.web.forms import text_of
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
PAGE = "/bi-chat/manage/roles"
ONE = PAGE + "/{role_id:uuid}"


@get(PAGE, guards=MANAGE)
async def roles_page(request: SignedRequest) -> Response[str]:
    """Show all roles and what they permit."""
    return await _answer(request, done=request.query_params.get("done", ""))


@post(PAGE, guards=MANAGE)
async def add_role(request: SignedRequest) -> Response[str]:
    """Add a role of the company's own."""
    form = await request.form()
    name, permissions = text_of(form, "name"), _permissions(form)
    try:
        await own_roles.add(desk_of(request).database, request.user, name, permissions, names=_names(request))
    except (Invalid, Conflict) as error:
        return await _refused(request, error, typed=name, chosen=permissions)
    return await _done(request, "added")


@post(ONE, guards=MANAGE)
async def change_role(request: SignedRequest, role_id: FromPath[uuid.UUID]) -> Response[str]:
    """Rename a role and change what it permits; what is open and not permitted any more ends."""
    form = await request.form()
    name, permissions = text_of(form, "name"), _permissions(form)
    try:
        await own_roles.change(desk_of(request).database, request.user, role_id, name, permissions, names=_names(request))
    except (Invalid, Conflict) as error:
        return await _refused(request, error, about=role_id, typed=name, chosen=permissions)
    return await _done(request, "changed")


@post(ONE + "/delete", guards=MANAGE)
async def delete_role(request: SignedRequest, role_id: FromPath[uuid.UUID]) -> Response[str]:
    """Delete a role that nobody has."""
    try:
        await own_roles.delete(desk_of(request).database, request.user, role_id)
    except Conflict as error:
        return await _refused(request, error)
    return await _done(request, "deleted")


HANDLERS: list[ControllerRouterHandler] = [roles_page, add_role, change_role, delete_role]


async def _done(request: SignedRequest, what: str) -> Response[str]:
    request.app.state.table_book.forget(request.user.tenant_id)
    await desk_of(request).watch.sweep()
    return Response("", status_code=303, headers={"Location": f"{PAGE}?done={what}"}, media_type="text/html")


async def _refused(request: SignedRequest, error: BiChatError, **values: Any) -> Response[str]:
    sentence = translator(pages.locale(request)).sentence(error)
    status = 422 if error.status == Invalid.status else error.status
    return await _answer(request, error=sentence, status_code=status, **values)


async def _answer(
    request: SignedRequest,
    *,
    done: str = "",
    error: str = "",
    about: uuid.UUID | None = None,
    typed: str = "",
    chosen: frozenset[Permission] | None = None,
    status_code: int = 200,
) -> Response[str]:
    """Show the page with what came of a form: `typed` and `chosen` for the role `about`, or for a new one."""
    names = _names(request)
    values: dict[str, Any] = {
        "roles": await own_roles.listed(desk_of(request).database, request.user, names=names),
        "permissions": [(permission, names.get(permission, permission.value)) for permission in Permission],
        "done": done, "error": error, "about": about, "typed": typed, "chosen": chosen,
        "longest": own_roles.LONGEST_NAME,
    }  # fmt: skip
    return pages.page(request, "admin/roles.html", status_code=status_code, **{**await frame_of(request), **values})


def _permissions(form: FormMultiDict) -> frozenset[Permission]:
    """Return the chosen permissions; others than ours are none."""
    sent = {str(value) for value in form.getall("permission", [])}
    return frozenset(permission for permission in Permission if permission.value in sent)


def _names(request: SignedRequest) -> Names:
    names: Names = request.app.state.permissions
    return names
