"""Is this process well? For load balancers, monitors and people on the machine itself."""

import ipaddress
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from litestar.types import ControllerRouterHandler

from app.identity.guards import PUBLIC, allows
from app.identity.permissions import Permission
from app.telemetry.health import Health


@get("/health", opt=PUBLIC)
async def health(request: Request[Any, Any, State]) -> Response[dict[str, Any]]:
    """Tell whether everything works; who manages BiChat, and whoever is on the machine, sees each check."""
    source: Health = request.app.state.health
    detailed = _is_loopback(request) or allows(request, Permission.MANAGE)
    report = await source.report(detailed=detailed)
    status = HTTP_503_SERVICE_UNAVAILABLE if report["status"] == "unhealthy" else HTTP_200_OK
    return Response(report, status_code=status, headers={"Cache-Control": "no-store"})


@get("/health/live", opt={"anonymous": True, "public": True})
async def live() -> dict[str, str]:
    """Answer while the process serves."""
    return {"status": "live"}


@get("/health/ready", opt={"anonymous": True, "public": True})
async def ready(state: State) -> Response[dict[str, str]]:
    """Answer 200 when requests may come, 503 before that and while the process ends."""
    if state.health.is_ready():
        return Response({"status": "ready"})
    return Response({"status": "not ready"}, status_code=HTTP_503_SERVICE_UNAVAILABLE)


def _is_loopback(request: Request[Any, Any, State]) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


HANDLERS: list[ControllerRouterHandler] = [health, live, ready]
