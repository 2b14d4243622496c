"""How much people, companies and network addresses may do a minute; everything follows from BICHAT_RATE_MESSAGES."""

from dataclasses import dataclass

from app.errors import N_
from app.web.limits import Allowance, Limit

SECONDS = 60
TOGETHER = 20
"""How many people's worth a company, or an office behind one address, has."""
CALLS = 30
"""Calls of programs to a message: they also read, list and follow."""

MESSAGES = N_("You are sending messages too fast. Your text is kept; send it again in %(seconds)s seconds.")
MESSAGES_TOGETHER = N_(
    "Too many messages come from your company or network at once. Your text is kept; send it again in %(seconds)s seconds."
)
FILES = N_("You are making files too fast. Try again in %(seconds)s seconds.")
FILES_TOGETHER = N_("Too many files are being made by your company or network. Try again in %(seconds)s seconds.")
BRIEFS = N_("You are asking for titles and summaries too fast. Try again in %(seconds)s seconds.")
BRIEFS_TOGETHER = N_("Your company is asking for too many titles and summaries at once. Try again in %(seconds)s seconds.")
TOO_MANY_CALLS = N_("Too many calls. Try again in %(seconds)s seconds.")
TOO_MANY_TOKENS = N_("Too many unknown tokens. Try again in %(seconds)s seconds.")


@dataclass(frozen=True, slots=True)
class Allowances:
    """What is limited: messages sent, files and short texts made, calls of programs, and unknown tokens by address."""

    messages: Allowance
    files: Allowance
    briefs: Allowance
    calls: Allowance
    strangers: Limit


def allowances(rate_messages: int) -> Allowances:
    """Return what an installation allows whose people may send `rate_messages` a minute."""
    return Allowances(
        messages=_allowance("messages", rate_messages, MESSAGES, MESSAGES_TOGETHER),
        files=_allowance("files", rate_messages, FILES, FILES_TOGETHER),
        briefs=_allowance("briefs", rate_messages, BRIEFS, BRIEFS_TOGETHER),
        calls=_allowance("calls", rate_messages * CALLS, TOO_MANY_CALLS, TOO_MANY_CALLS),
        strangers=Limit("strangers", rate_messages * CALLS, SECONDS, TOO_MANY_TOKENS),
    )


def _allowance(name: str, amount: int, sentence: str, together: str) -> Allowance:
    return Allowance(
        Limit(name, amount, SECONDS, sentence),
        Limit(f"{name}:company", amount * TOGETHER, SECONDS, together),
        Limit(f"{name}:address", amount * TOGETHER, SECONDS, together),
    )
