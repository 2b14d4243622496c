"""The place of a run in a trace: every attempt at it belongs to the request that asked."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Row

from app.agent.analysts import BI_ANALYST
from app.agent.spans import provider
from app.telemetry import tracing
from app.telemetry.tracing import Recorder, Span, Value


def attempting(recorder: Recorder, run: Row[Any], provider_name: str) -> AbstractContextManager[Span]:
    """Have what is done inside be an attempt at `run`; another request that set it off is linked."""
    here = tracing.current().traceparent
    asked = run.traceparent or here
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": provider(provider_name),
        "gen_ai.agent.name": BI_ANALYST, "gen_ai.conversation.id": str(run.session_id),
        "bichat.tenant.id": str(run.tenant_id), "bichat.run.id": str(run.id), "bichat.run.attempt": run.attempt,
    }  # fmt: skip
    link = "" if tracing.trace_of(here) == tracing.trace_of(asked) else here
    return tracing.within(recorder.begin(f"invoke_agent {BI_ANALYST}", "internal", attributes, parent=asked, link=link))
