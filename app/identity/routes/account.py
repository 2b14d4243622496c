"""The own account: the password, and the tokens by which programs act for the person."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.database import now
from app.errors import N_, BiChatError, Forbidden, Invalid, NotFound, RateLimited
from app.identity import login, tokens
from app.identity.guards import SignedRequest, client_address, requires
from app.identity.permissions import Permission
from app.identity.tokens import LIFETIMES, MAX_NAME, NewToken
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.limits import Allowance, Limit
from app.web.locale import translator

TOO_MANY = N_("You have made many tokens lately. Try again in %(seconds)s seconds.")
TOO_MANY_TOGETHER = N_("Too many tokens are being made by your company or network. Try again in %(seconds)s seconds.")
TOKENS_MADE = Allowance(
    Limit("tokens made", 20, 3600, TOO_MANY),
    Limit("tokens made:company", 400, 3600, TOO_MANY_TOGETHER),
    Limit("tokens made:address", 400, 3600, TOO_MANY_TOGETHER),
)
BY_HAND = N_("Tokens are made and revoked by people who signed in, not by programs.")
Refusal = Invalid | RateLimited


@get("/account")
async def account_page(request: SignedRequest) -> Response[str]:
    """Show who one is, the form for another password, and the own tokens."""
    return await _account(request)


@post("/account/password")
async def change_password(request: SignedRequest) -> Response[str]:
    """Change the own password; all other sessions of the person end."""
    form = await request.form()
    current, new = text_of(form, "current_password"), text_of(form, "new_password")
    state = request.app.state
    try:
        await login.change_password(state.database, state.limits, request.auth, current, new)
    except (Invalid, RateLimited) as error:
        return await _account(request, error=error)
    await state.watch.sweep()
    return await _account(request, changed=True)


@post("/account/tokens", guards=[requires(Permission.ACCESS)])
async def make_token(request: SignedRequest) -> Response[str]:
    """Make a token and show it, this once only."""
    _check_by_hand(request)
    form, state = await request.form(), request.app.state
    try:
        wanted = _wanted(form)
        tokens.check(request.user, wanted)
        await state.limits.spend(TOKENS_MADE, request.user, client_address(request))
        token = await tokens.mint(state.database, request.user, wanted)
    except (Invalid, RateLimited) as error:
        return await _account(request, token_error=error, typed=form)
    return await _account(request, token=token)


@post("/account/tokens/{token_id:uuid}/revoke", guards=[requires(Permission.ACCESS)])
async def revoke_token(request: SignedRequest, token_id: FromPath[uuid.UUID]) -> Response[str]:
    """End one of the own tokens, with the streams and runs that it has open."""
    _check_by_hand(request)
    state = request.app.state
    if not await tokens.revoke(state.database, request.user, token_id):
        raise NotFound(N_("There is no such token."))
    await state.watch.sweep()
    return htmx.go(request, "/account#tokens")


HANDLERS: list[ControllerRouterHandler] = [account_page, change_password, make_token, revoke_token]


def _check_by_hand(request: SignedRequest) -> None:
    """Refuse programs: a token that makes another one would outlive its own end."""
    if request.user.token_id:
        raise Forbidden(BY_HAND)


def _wanted(form: FormMultiDict) -> NewToken:
    days = text_of(form, "days")
    if days not in {"", *(str(lifetime) for lifetime in LIFETIMES)}:
        raise Invalid(N_("Choose how long the token is valid."))
    known = {permission.value: permission for permission in Permission}
    chosen = [known.get(value) for value in form.getall("permission", [])]
    if None in chosen:
        raise Invalid(N_("There is no such permission."))
    return NewToken(text_of(form, "name"), int(days) if days else None, frozenset(each for each in chosen if each))


async def _account(
    request: SignedRequest,
    *,
    error: Refusal | None = None,
    changed: bool = False,
    token: str = "",
    token_error: Refusal | None = None,
    typed: FormMultiDict | None = None,
) -> Response[str]:
    refused, state = error or token_error, request.app.state
    sentence = translator(pages.locale(request)).sentence
    values: dict[str, Any] = {
        "error": sentence(error) if error else None, "changed": changed, "shortest": login.SHORTEST_PASSWORD,
        "token": token, "token_error": sentence(token_error) if token_error else None,
        "tokens": await tokens.listed(state.database, request.user), "moment": now(), "lifetimes": LIFETIMES,
        "longest_name": MAX_NAME, "scopes": [each for each in Permission if request.user.may(each)],
        "typed_name": text_of(typed, "name") if typed else "",
        "typed_days": text_of(typed, "days") if typed else str(LIFETIMES[1]),
        "typed_scopes": typed.getall("permission", []) if typed else [Permission.ACCESS],
    }  # fmt: skip
    return pages.page(
        request, "identity/account.html", status_code=_status(refused), headers=_headers(refused), path="/account", **values
    )


def _status(refused: BiChatError | None) -> int:
    return 200 if refused is None else 422 if isinstance(refused, Invalid) else refused.status


def _headers(refused: BiChatError | None) -> dict[str, str]:
    return {"Retry-After": str(refused.retry_after)} if isinstance(refused, RateLimited) else {}
