"""The pages of the catalogue: tables and their columns, and for managers their descriptions and who may read them."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.data import shelf
from app.data.addresses import table_name
from app.data.catalogue import Catalogue
from app.data.errors import QueryError
from app.data.shelf import Shelved
from app.data.table_book import COLUMN_LENGTH, TABLE_LENGTH, TableBook
from app.errors import N_, Invalid, NotFound, Unavailable
from app.identity.guards import SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
MANAGE = [requires(Permission.MANAGE)]
LONGEST_SEARCH = 100
NOBODY = N_("Nothing was changed: say whether everybody may read the table, or only some roles.")
NO_ROLE = N_("Nothing was changed: choose at least one role.")
NO_DATABASE = N_("The business database does not answer now. Its tables will be listed here again as soon as it does.")


@get("/bi-chat/catalogue", guards=ACCESS)
async def tables_page(request: SignedRequest) -> Response[str]:
    """List the tables within the reader's reach, those that hold the words of `q`."""
    words, manages = request.query_params.get("q", "")[:LONGEST_SEARCH].strip(), _manages(request)
    try:
        found = await shelf.listed(_catalogue(request), request.user, words, pages.locale(request), manages=manages)
    except QueryError:
        return await _page(request, "data/catalogue.html", status_code=503, words=words, tables=(), error=_sentence(request))
    values: dict[str, Any] = {"words": words, "tables": found, "error": "", "can_manage": manages}
    if htmx.is_htmx(request) and htmx.target(request).endswith("#catalogue-tables"):
        return pages.page(request, "data/_tables.html", **values)
    return await _page(request, "data/catalogue.html", **values)


@get("/bi-chat/catalogue/tables/{table:str}", guards=ACCESS)
async def table_page(request: SignedRequest, table: FromPath[str]) -> Response[str]:
    """Show one table with its columns."""
    try:
        shelved = await _one(request, table, manages=_manages(request))
    except QueryError:
        return await _page(request, "data/catalogue.html", status_code=503, words="", tables=(), error=_sentence(request))
    return await _page(request, "data/table.html", **await _table_values(request, shelved))


@post("/bi-chat/catalogue/tables/{table:str}/description", guards=MANAGE)
async def describe(request: SignedRequest, table: FromPath[str]) -> Response[str]:
    """Keep another description of a table, or of the column `column`; `action` "reset" takes that of the files again."""
    form = await request.form()
    column, text = text_of(form, "column"), text_of(form, "text")
    shelved = await _found(request, table)
    if column and column not in {known.name for known in shelved.table.columns}:
        raise NotFound(N_("There is no such column."))
    try:
        kept = "" if text_of(form, "action") == "reset" else text
        await _book(request).describe(request.user, shelved.table.name, column, kept)
    except Invalid as error:
        said = translator(pages.locale(request)).sentence(error)
        return await _changed(request, table, edited=column, text=text, error=said)
    return await _changed(request, table)


@post("/bi-chat/catalogue/tables/{table:str}/readers", guards=MANAGE)
async def restrict(request: SignedRequest, table: FromPath[str]) -> Response[str]:
    """Let everybody read a table (`who` is "everybody"), or only the roles named by `role` (`who` is "chosen").

    Anything else, or no role, changes nothing: a form that lost its fields must not open a table.
    """
    form = await request.form()
    shelved = await _found(request, table)
    who, roles = form.getall("who", []), form.getall("role", [])
    if who not in (["everybody"], ["chosen"]) or (who == ["chosen"] and not roles):
        message = NO_ROLE if who == ["chosen"] else NOBODY
        return await _changed(request, table, readers_error=translator(pages.locale(request)).gettext(message))
    try:
        chosen = None if who == ["everybody"] else [uuid.UUID(str(role)) for role in roles]
    except ValueError as error:
        raise Invalid(N_("There is no such role in your company.")) from error
    await _book(request).restrict(request.user, shelved.table.name, chosen)
    return await _changed(request, table)


@post("/bi-chat/catalogue/refresh", guards=MANAGE)
async def refresh(request: SignedRequest) -> Response[str]:
    """Look at the database, the files and the descriptions anew."""
    await _catalogue(request).refresh(request.user)
    return htmx.go(request, "/bi-chat/catalogue")


HANDLERS: list[ControllerRouterHandler] = [tables_page, table_page, describe, restrict, refresh]


async def _one(request: SignedRequest, name: str, *, manages: bool) -> Shelved:
    return await shelf.one(_catalogue(request), request.user, table_name(name), pages.locale(request), manages=manages)


async def _found(request: SignedRequest, name: str) -> Shelved:
    try:
        return await _one(request, name, manages=True)
    except QueryError as error:
        raise Unavailable(NO_DATABASE) from error


async def _changed(request: SignedRequest, name: str, **refused: str) -> Response[str]:
    """Answer a form: with the table for htmx, else by going to its page; what was `refused` is shown in its form, 422."""
    if not refused and not htmx.is_htmx(request):
        return htmx.go(request, pages.here(request).rpartition("/")[0])
    values = await _table_values(request, await _found(request, name), **refused)
    values["saved"] = not refused
    status = 422 if refused else 200
    if htmx.is_htmx(request):
        return pages.page(request, "data/_table.html", status_code=status, **values)
    return await _page(request, "data/table.html", status_code=status, **values)


async def _table_values(request: SignedRequest, shelved: Shelved, **refused: str) -> dict[str, Any]:
    manages = _manages(request)
    roles = await _book(request).roles(request.user) if manages else ()
    lengths = {"table_length": TABLE_LENGTH, "column_length": COLUMN_LENGTH, "zone": request.user.time_zone}
    form = {"edited": None, "text": "", "error": "", "readers_error": "", "saved": False, **refused}
    return {"shelved": shelved, "roles": roles, "can_manage": manages, **lengths, **form}


async def _page(request: SignedRequest, name: str, *, status_code: int = 200, **values: Any) -> Response[str]:
    """Return a whole page, in the frame that the application gives its pages."""
    frame = await request.app.state.frame_of(request)
    given: dict[str, Any] = {**frame, "can_manage": _manages(request), **values}
    return pages.page(request, name, status_code=status_code, **given)


def _manages(request: SignedRequest) -> bool:
    return allows(request, Permission.MANAGE)


def _catalogue(request: SignedRequest) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


def _book(request: SignedRequest) -> TableBook:
    book: TableBook = request.app.state.table_book
    return book


def _sentence(request: SignedRequest) -> str:
    return translator(pages.locale(request)).gettext(NO_DATABASE)
