"""Whether the servers of language models answer, and which of them answers the next question."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

import msgspec

from app.agent.breaker import State
from app.settings import ANTHROPIC, Settings
from app.telemetry.health import Finding

SECONDS = 3.0
KEPT_SECONDS = 60.0
OPENAI = "https://api.openai.com/v1"
APIS = {"responses": "Responses API", "chat": "Chat Completions"}
OFFLINE = "the built-in offline analyst answers; set OPENAI_API_KEY for a language model"


class Endpoint(msgspec.Struct, frozen=True):
    """A server of models, the API it is asked by, and the variables that name it and its key."""

    name: str
    base_url: str
    api_key: str
    model: str
    api: str
    place: str
    key: str


class Endpoints:
    """What the settings' servers answer; remembered for a while, because they are somebody else's.

    `states` returns how the calls to each of them have gone, where any are made in this process.
    """

    def __init__(self, settings: Settings, states: Callable[[], Sequence[State]] = tuple) -> None:
        self._is_offline = settings.uses_offline_model
        self._has_fallback = settings.has_fallback
        self._states = states
        self._usual = Endpoint(
            "model", settings.openai_base_url or OPENAI, settings.openai_api_key, settings.openai_model,
            settings.usual_api, "OPENAI_BASE_URL", "OPENAI_API_KEY",
        )  # fmt: skip
        self._fallback = Endpoint(
            "fallback", settings.fallback_base_url, settings.fallback_api_key, settings.fallback_model,
            settings.fallback_api or "chat", "BICHAT_FALLBACK_BASE_URL",
            "ANTHROPIC_API_KEY" if settings.anthropic_api_key else "BICHAT_FALLBACK_API_KEY",
        )  # fmt: skip
        self._found: dict[str, tuple[float, Finding]] = {}

    async def usual(self) -> Finding:
        """Return whether the provider answers that is asked first."""
        return Finding("model", "ok", OFFLINE) if self._is_offline else await self._ask(self._usual)

    async def fallback(self) -> Finding:
        """Return whether the provider answers that is asked next."""
        return await self._ask(self._fallback)

    async def answering(self) -> Finding:
        """Return which provider answers the next question."""
        if self._is_offline or not self._has_fallback:
            return await self.usual()
        usual, other = await asyncio.gather(self.usual(), self.fallback())
        usual, other = (
            _with_state(finding, state) for finding, state in zip((usual, other), self._states() or ("closed",) * 2, strict=True)
        )
        if usual.state == "ok":
            return Finding("model", other.state, f"{usual.what} answers, {other.what} next", other.remedy)
        if other.state == "ok":
            return Finding("model", "warn", f"{other.what} answers, as {usual.what}", usual.remedy)
        return Finding("model", "fail", f"{usual.what}, {other.what}", usual.remedy)

    async def _ask(self, endpoint: Endpoint) -> Finding:
        found = self._found.get(endpoint.name)
        if found is None or time.monotonic() - found[0] > KEPT_SECONDS:
            found = self._found[endpoint.name] = (time.monotonic(), await asyncio.to_thread(_reach, endpoint))
        return found[1]


def _with_state(finding: Finding, state: State) -> Finding:
    if finding.state != "ok" or state == "closed":
        return finding
    return Finding(finding.name, "warn", f"{finding.what} has failed several times in a row", "wait, or look at the log")


def headers(endpoint: Endpoint) -> dict[str, str]:
    """Return what a list of models is asked for with: Anthropic takes bearers for conversations only."""
    if endpoint.base_url.startswith(f"{ANTHROPIC}/") or endpoint.base_url == ANTHROPIC:
        return {"x-api-key": endpoint.api_key, "anthropic-version": "2023-06-01"}
    return {"Authorization": f"Bearer {endpoint.api_key}"}


def _reach(endpoint: Endpoint) -> Finding:
    base = endpoint.base_url.rstrip("/")
    request = urllib.request.Request(f"{base}/models", headers=headers(endpoint))  # noqa: S310 - the operator's own setting
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - as above
            return Finding(endpoint.name, "ok", f"{endpoint.model} at {base} ({APIS[endpoint.api]})")
    except urllib.error.HTTPError as error:
        if error.code in {401, 403}:
            return Finding(endpoint.name, "fail", f"{base} refuses the key (HTTP {error.code})", f"correct {endpoint.key}")
        if error.code >= 500:
            return Finding(endpoint.name, "warn", f"{base} answers HTTP {error.code}", f"wait, or name another {endpoint.place}")
        return Finding(endpoint.name, "ok", f"{endpoint.model} at {base} ({APIS[endpoint.api]})")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding(endpoint.name, "fail", f"{base} cannot be reached ({reason})", f"check {endpoint.place} and the network")
