"""The conversations of the offline analyst, whose answers are checked."""

from tests.agent.offline.conftest import knowledge, now, queries, talk

__all__ = ("knowledge", "now", "queries", "talk")
