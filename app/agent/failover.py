"""One model made of several: another provider is asked when one fails, and what was written is gone on with."""

import contextlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence

import msgspec
import structlog

from app.agent.breaker import Breaker, State
from app.agent.faults import FAULTS
from app.agent.model import Abandoned, Model, ModelError, ModelEvent, ModelRequest, TurnedTo
from app.agent.unfinished import Unfinished

log = structlog.get_logger()

MOST_BREAKS = 3
"""So often an answer is gone on with that broke off."""


class Provider(msgspec.Struct, frozen=True):
    """A model that may be asked, its usual name there, and whether it does well."""

    model: Model
    name: str
    breaker: Breaker = msgspec.field(default_factory=Breaker)


class Failover:
    """A `Model` that asks the first of `providers`, and the next ones when that one fails.

    A request names a model of the first; the others answer with their own. One that has failed several times in a row is
    passed over, unless all have.
    """

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.providers = providers
        self.provider = providers[0].model.provider

    def states(self) -> Sequence[State]:
        """Return how the calls to each provider have gone."""
        return [provider.breaker.state for provider in self.providers]

    def open_by_name(self) -> Mapping[tuple[str, str], bool]:
        """Return whether each is left alone now, by its provider and model."""
        return {(one.model.provider, one.name): one.breaker.state == "open" for one in self.providers}

    async def warm_up(self) -> None:
        """Load the first provider's client; the others' are loaded when they are needed."""
        if warm_up := getattr(self.providers[0].model, "warm_up", None):
            await warm_up()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield what the providers say as if it were one answer, `TurnedTo` where another one is asked, and what was spent."""
        unfinished, breaks, providers = Unfinished(request), 0, self._allowed(request)
        asked, failed, failures = self.providers[0], list[Provider](), list[ModelError]()
        while True:
            provider = _chosen(providers, asked, failed)
            if provider is not asked:
                log.warning("turned to another provider", provider=provider.model.provider, model=provider.name)
                yield TurnedTo(provider.model.provider, provider.name)
                asked = provider
            started = time.perf_counter()
            try:
                async with contextlib.aclosing(self._call(provider, unfinished)) as events:
                    async for event in events:
                        yield event
            except ModelError as error:
                failure = error if provider is self.providers[0] else _of_another(error)
            else:
                return
            if failure.spent:
                yield Abandoned(failure.spent, (time.perf_counter() - started) * 1000, request.agent_name)
            if unfinished.has_begun:
                failed, failures, breaks = [], [failure], breaks + 1
                unfinished.break_off()
            else:
                failed.append(provider)
                failures.append(failure)
            if not FAULTS[failure.code].elsewhere or len(failed) == len(providers) or breaks > MOST_BREAKS:
                raise _most_hopeful(failures) if FAULTS[failure.code].elsewhere else failure
            log.warning("going on after a failure", code=failure.code, provider=provider.model.provider, breaks=breaks)

    async def close(self) -> None:
        """Release the connections to all."""
        for provider in self.providers:
            await provider.model.close()

    async def _call(self, provider: Provider, unfinished: Unfinished) -> AsyncGenerator[ModelEvent, None]:
        request = unfinished.request()
        if provider is not self.providers[0]:
            # The tools of the usual provider are what the company agreed to.
            request = msgspec.structs.replace(request, model=None, hosted=())
        with provider.breaker.watching():
            async with contextlib.aclosing(provider.model.stream(request)) as events:
                async for event in events:
                    for told in unfinished.take(event):
                        yield told

    def _allowed(self, request: ModelRequest) -> Sequence[Provider]:
        """Return who may answer: the first, whose model the request names, and those whose own model the company allows."""
        first, *others = self.providers
        return [first, *(each for each in others if not request.models_allowed or each.name in request.models_allowed)]


def _chosen(providers: Sequence[Provider], asked: Provider, failed: Sequence[Provider]) -> Provider:
    order = [provider for provider in (asked, *providers) if provider not in failed]
    return next((provider for provider in order if provider.breaker.lets_through), order[0])


def _of_another(error: ModelError) -> ModelError:
    """Return a failure of a provider that stands in: which key is refused is for whoever sets them right."""
    if error.code != "model_auth":
        return error
    failure = ModelError("fallback_auth", str(error))
    failure.spent = error.spent
    return failure


def _most_hopeful(failures: Sequence[ModelError]) -> ModelError:
    """Return the failure that people are told: one that passes, of whomever, or the first."""
    return next((failure for failure in failures if FAULTS[failure.code].again), failures[0])
