"""The pages of the web that an answer names: numbered once each, and where in its text they are named."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.agent.events import AssistantStep, LoopEvent
from app.agent.hosted import Citation
from app.chat.claims import Checked

DETAIL = "citations"


class Cited(msgspec.Struct, frozen=True):
    """The sources of an answer by the places that name them, in the order of the text."""

    citations: tuple[Citation, ...] = ()

    @property
    def numbered(self) -> list[Citation]:
        """Return each page once; its number is its place here, counted from one."""
        found: dict[str, Citation] = {}
        for citation in self.citations:
            found.setdefault(citation.url, citation)
        return list(found.values())

    @property
    def marks(self) -> list[tuple[int, int]]:
        """Return behind which character of the answer which number stands."""
        numbers = {citation.url: number for number, citation in enumerate(self.numbered, 1)}
        return list(dict.fromkeys((citation.end, numbers[citation.url]) for citation in self.citations))


def cited(citations: Sequence[Citation]) -> Cited | None:
    """Return the sources of an answer, None where it names none."""
    return Cited(tuple(sorted(citations, key=lambda citation: (citation.end, citation.start)))) if citations else None


def cited_from(details: Mapping[str, Any] | None) -> Cited | None:
    """Return the sources that were stored with an answer."""
    kept = (details or {}).get(DETAIL)
    return cited(msgspec.convert(kept, tuple[Citation, ...])) if kept else None


def marks(event: LoopEvent, checked: Checked | None) -> list[Cited | Checked]:
    """Return what readers are told of a final answer besides its text; nothing where the event is none."""
    if not (isinstance(event, AssistantStep) and event.is_final and event.within is None):
        return []
    found = cited(event.response.citations)
    return [*([found] if found else []), *([checked] if checked and checked.unmatched else [])]
