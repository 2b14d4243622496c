"""Coming in by the link that a manager made: choosing a password."""

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.errors import Invalid
from app.identity import invitations, login, login_sessions
from app.identity.guards import PUBLIC, send_key
from app.identity.routes.signing_in import AnyRequest
from app.web import htmx, pages
from app.web.locale import translator

HOME = "/bi-chat"


@get("/invitation", opt=PUBLIC)
async def invitation_page(request: AnyRequest) -> Response[str]:
    """Show the form by which an invited person chooses a password."""
    return await _form(request)


@post("/invitation", opt=PUBLIC)
async def accept_invitation(request: AnyRequest) -> Response[str]:
    """Keep the chosen password and sign the person in; the link works no more."""
    form = await request.form()
    password, old_key = form.get("new_password"), request.cookies.get(login_sessions.COOKIE)
    chosen = password if isinstance(password, str) else ""
    try:
        entered = await invitations.accept(request.app.state.database, _key(request), chosen, old_key)
    except Invalid as error:
        return await _form(request, error, status_code=422)
    await request.app.state.watch.sweep()
    send_key(request, entered.key)
    return htmx.redirect(HOME) if htmx.is_htmx(request) else htmx.go(request, HOME)


HANDLERS: list[ControllerRouterHandler] = [invitation_page, accept_invitation]


async def _form(request: AnyRequest, error: Invalid | None = None, *, status_code: int = 200) -> Response[str]:
    return pages.page(
        request,
        "identity/invitation.html",
        status_code=status_code,
        headers={"Cache-Control": "no-store"},
        invited=await invitations.holder(request.app.state.database, _key(request)),
        error=translator(pages.locale(request)).sentence(error) if error else None,
        shortest=login.SHORTEST_PASSWORD,
    )


def _key(request: AnyRequest) -> str:
    """Return the key of a link; it is in the query, which no log keeps."""
    return str(request.query_params.get("key", ""))
