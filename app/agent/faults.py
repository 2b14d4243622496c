"""The ways in which a provider of language models fails: a closed family, and what helps against each."""

import random
from collections.abc import Mapping
from typing import Literal

import msgspec

Code = Literal[
    "rate_limited", "overloaded", "unavailable", "network", "timeout", "bad_response", "internal", "quota", "model_auth",
    "fallback_auth", "validation", "context_length", "question_length", "content_filter",
]  # fmt: skip

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
JITTER = 0.25


class Help(msgspec.Struct, frozen=True):
    """What helps: the same provider asked `again` in a moment, a provider `elsewhere`."""

    again: bool
    elsewhere: bool


PASSING = Help(again=True, elsewhere=True)
THEIRS = Help(again=False, elsewhere=True)
OURS = Help(again=False, elsewhere=False)

FAULTS: Mapping[Code, Help] = {
    "rate_limited": PASSING,
    "overloaded": PASSING,
    "unavailable": PASSING,
    "network": PASSING,
    "timeout": PASSING,
    "bad_response": THEIRS,
    "internal": THEIRS,
    "quota": THEIRS,
    "model_auth": THEIRS,
    "fallback_auth": THEIRS,
    # A request that is malformed here is malformed anywhere, and a mistake of ours must not hide behind another bill.
    "validation": OURS,
    # What is too long is made shorter and asked again by whoever asked.
    "context_length": OURS,
    "question_length": OURS,
    # What one provider will not say is not shopped around for.
    "content_filter": OURS,
}


def pause(code: Code, retry_after: float | None, attempt: int, patience: float) -> float | None:
    """Return the seconds to wait before the same provider is asked again, None where that does not help within `patience`.

    `attempt` counts from 0. Never sooner than the provider asks for, and never at the same moment as everybody else.
    """
    if not FAULTS[code].again or (retry_after or 0) > patience:
        return None
    if retry_after is not None and retry_after > 0:
        seconds = retry_after * random.uniform(1, 1 + JITTER)  # noqa: S311 - spreads requests, keeps no secret
    else:
        seconds = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) * random.uniform(1 - JITTER, 1)  # noqa: S311 - as above
    return seconds if seconds <= patience else None
