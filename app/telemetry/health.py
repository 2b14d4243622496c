"""Is everything there that BiChat depends on? The same checks answer `/health` and `bichat doctor`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import structlog

log = structlog.get_logger()

State = Literal["ok", "warn", "fail"]
CHECK_SECONDS = 5.0
KEPT_SECONDS = 5.0
"""Asking for the health often must not weigh on what is asked after."""
ESSENTIAL = "database"
"""Without it nothing works at all; without anything else the pages still open."""
WORDS: Mapping[State, str] = {"ok": "ok", "warn": "degraded", "fail": "failed"}


class Finding(msgspec.Struct, frozen=True):
    """What one check found; `remedy` is empty where nothing is to be done."""

    name: str
    state: State
    what: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """Return the finding as `bichat doctor` prints it."""
        return f"{self.state} {self.name}: {self.what}" + (f", {self.remedy}" if self.remedy else "")


class Check(msgspec.Struct, frozen=True):
    """A question about one dependency; `remedy` is for when it fails in a way that it does not explain itself."""

    name: str
    ask: Callable[[], Awaitable[Finding]]
    remedy: str


NOT_CONFIGURED = "not configured"


async def examine(checks: Sequence[Check]) -> list[Finding]:
    """Ask everything at once, each for a few seconds at most."""
    return list(await asyncio.gather(*(_asked(check) for check in checks)))


async def _asked(check: Check) -> Finding:
    try:
        return await asyncio.wait_for(check.ask(), CHECK_SECONDS)
    except TimeoutError:
        return Finding(check.name, "fail", f"no answer in {CHECK_SECONDS:.0f} s", check.remedy)
    except Exception as error:  # noqa: BLE001 - whatever a dependency throws is what is wrong with it
        log.warning("health check failed", check=check.name, error=type(error).__name__)
        reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        return Finding(check.name, "fail", reason.splitlines()[0], check.remedy)


class Health:
    """The health of a serving process.

    `figures` returns what to tell about runs and sessions, `is_ready` whether the process takes requests.
    """

    def __init__(
        self, checks: Sequence[Check], *, figures: Callable[[], Awaitable[dict[str, Any]]], is_ready: Callable[[], bool]
    ) -> None:
        self.is_ready = is_ready
        self._checks = checks
        self._figures = figures
        self._found: tuple[float, list[Finding]] = (-KEPT_SECONDS, [])
        self._asking = asyncio.Lock()

    async def findings(self) -> list[Finding]:
        """Return what the checks find, or found some seconds ago."""
        async with self._asking:
            if time.monotonic() - self._found[0] >= KEPT_SECONDS:
                findings = await examine(self._checks)
                self._found = (time.monotonic(), findings)
        return self._found[1]

    async def report(self, *, detailed: bool) -> dict[str, Any]:
        """Return the contract's JSON; only `detailed` tells more than the status."""
        findings = await self.findings()
        status = _overall(findings)
        if not detailed:
            return {"status": status}
        checks: dict[str, Any] = {finding.name: _word(finding) for finding in findings}
        if status != "unhealthy":
            checks |= await self._figures()
        return {"status": status, "checks": checks, "details": {finding.name: finding.line for finding in findings}}


def _overall(findings: Sequence[Finding]) -> str:
    if any(finding.state == "fail" and finding.name == ESSENTIAL for finding in findings):
        return "unhealthy"
    return "healthy" if all(finding.state == "ok" for finding in findings) else "degraded"


def _word(finding: Finding) -> str:
    return NOT_CONFIGURED if finding.what == NOT_CONFIGURED else WORDS[finding.state]
