"""The page that Prometheus reads."""

import hmac
import ipaddress
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.types import ControllerRouterHandler

from app.errors import N_, Forbidden, Unauthorized
from app.identity.guards import bearer, client_address
from app.settings import LOOPBACK_HOSTS
from app.telemetry.metrics import Metrics
from app.web.security import host_pattern

LOOPBACK_NAMES = host_pattern(LOOPBACK_HOSTS)
FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")
"""With one of these, or one that begins with `x-forwarded`, a request came through a proxy, whoever asked it."""
CLOSED = N_("Only this machine may read the metrics. Set BICHAT_METRICS_TOKEN for others.")
WANTED = N_("The metrics need the token of BICHAT_METRICS_TOKEN.")


@get("/metrics", opt={"anonymous": True, "public": True})
async def metrics(request: Request[Any, Any, State]) -> Response[bytes]:
    """Tell how much was asked, answered and spent in this process."""
    if not await _has_token(request) and not is_local(request):
        raise Unauthorized(WANTED) if request.app.state.settings.metrics_token else Forbidden(CLOSED)
    source: Metrics = request.app.state.metrics
    page, content_type = await source.page(request.headers.get("accept", ""))
    return Response(page, headers={"Content-Type": content_type})


async def _has_token(request: Request[Any, Any, State]) -> bool:
    state, given = request.app.state, bearer(request)
    token = state.settings.metrics_token
    if given is None:
        return False
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    await state.limits.hit(state.allowances.strangers, client_address(request))
    return False


def is_local(request: Request[Any, Any, State]) -> bool:
    """Tell whether a program of this machine asks this process itself, by a name of the machine's own."""
    if any(name in FORWARDED or name.startswith("x-forwarded") for name in request.headers):
        return False
    if not LOOPBACK_NAMES.fullmatch(request.headers.get("host", "")):
        return False
    try:
        return ipaddress.ip_address(client_address(request)).is_loopback
    except ValueError:
        return False


HANDLERS: list[ControllerRouterHandler] = [metrics]
