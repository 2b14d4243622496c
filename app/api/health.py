"""Is this process well? For load balancers, monitors and people on the machine itself."""

import ipaddress
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, UnsetType

from app.api.description import Answer, Described
from app.identity.guards import PUBLIC, allows
from app.identity.permissions import Permission
from app.telemetry.health import Health

ANONYMOUS = {"anonymous": True, "public": True}


class HealthReport(msgspec.Struct, kw_only=True):
    """How well BiChat is; each check only for whoever manages it, or is on the machine."""

    status: Literal["healthy", "degraded", "unhealthy"]
    checks: dict[str, Any] | UnsetType = UNSET
    details: dict[str, str] | UnsetType = UNSET


class ProcessState(msgspec.Struct):
    """Where the process is."""

    status: Literal["live", "ready", "not ready"]


WHOLE = Described(
    group="Health", refused=(429,),
    answers={200: Answer(HealthReport, "It works, or most of it."), 503: Answer(HealthReport, "Its database is gone.")},
)  # fmt: skip
LIVE = Described(group="Health", refused=(), answers={200: Answer(ProcessState, "The process serves.")})
READY = Described(
    group="Health", refused=(),
    answers={200: Answer(ProcessState, "Requests may come."), 503: Answer(ProcessState, "Not yet, or not any more.")},
)  # fmt: skip


@get("/health", opt={**PUBLIC, "described": WHOLE})
async def health(request: Request[Any, Any, State]) -> Response[dict[str, Any]]:
    """Tell whether everything works; who manages BiChat, and whoever is on the machine, sees each check."""
    source: Health = request.app.state.health
    detailed = _is_loopback(request) or allows(request, Permission.MANAGE)
    report = await source.report(detailed=detailed)
    status = HTTP_503_SERVICE_UNAVAILABLE if report["status"] == "unhealthy" else HTTP_200_OK
    return Response(report, status_code=status, headers={"Cache-Control": "no-store"})


@get("/health/live", opt={**ANONYMOUS, "described": LIVE})
async def live() -> ProcessState:
    """Answer while the process serves."""
    return ProcessState("live")


@get("/health/ready", opt={**ANONYMOUS, "described": READY})
async def ready(state: State) -> Response[ProcessState]:
    """Answer 200 when requests may come, 503 before that and while the process ends."""
    if state.health.is_ready():
        return Response(ProcessState("ready"))
    return Response(ProcessState("not ready"), status_code=HTTP_503_SERVICE_UNAVAILABLE)


def _is_loopback(request: Request[Any, Any, State]) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


HANDLERS: list[ControllerRouterHandler] = [health, live, ready]
