"""Making what a model is sent of a conversation of 500 turns, each with a result: where it fits, and where it does not."""

import datetime as dt
import json
import statistics
import time
from pathlib import Path

from app.agent.context import blocks
from app.agent.context.compiling import Window, compiled
from app.agent.model import AssistantText, ModelMessage, ModelRequest, ToolCall, ToolOutput, UserText
from app.data.periods import Calendar
from tests.bench.figures import Figure

TURNS, ROUNDS = 500, 9
WIDE, NARROW = Window(2_000_000, model="gpt-5.2"), Window(192_000, model="gpt-5.2")


async def measure(_data_dir: Path) -> list[Figure]:
    """Compile where nothing is counted, then over the edge: at first, and again when another turn has come."""
    said = _said(TURNS)
    request = ModelRequest(
        "You are an analyst. " * 300, said, (), "en", dt.datetime(2026, 11, 22, tzinfo=dt.UTC), Calendar(), "USD"
    )  # fmt: skip
    far = statistics.median(_ms(request, WIDE) for _ in range(ROUNDS))
    compiled(request, len(said) - 1, NARROW)
    blocks._counted.clear()  # What is measured next is the first count, with the ranks loaded.
    first = _ms(request, NARROW)
    again = statistics.median(_ms(request, NARROW) for _ in range(ROUNDS))
    made = compiled(request, len(said) - 1, NARROW)
    shape = f"{made.tokens_before:,} tokens to {made.tokens:,}"
    return [
        Figure(f"context of {TURNS} turns, far from the edge", far, "ms", note="nothing is counted"),
        Figure("  over the edge, first time", first, "ms", note=shape),
        Figure("  over the edge, again", again, "ms", note="counts are kept by content"),
    ]


def _ms(request: ModelRequest, window: Window) -> float:
    started = time.perf_counter()
    compiled(request, len(request.messages) - 1, window)
    return (time.perf_counter() - started) * 1000


def _said(turns: int) -> list[ModelMessage]:
    said: list[ModelMessage] = []
    for number in range(turns):
        rows = [["Chilonzor", number, f"{number * 12.5:.2f}"], ["Юнусобод", number + 1, "98003.00"]] * 20
        output = json.dumps({"result_id": f"r{number}", "columns": ["branch", "orders", "revenue"], "rows": rows})
        call = ToolCall(f"c{number}", "sql_execute", json.dumps({"query": f"SELECT {number}, branch FROM orders GROUP BY 1, 2"}))
        said += [
            UserText(f"What was revenue by branch in week {number}?"), AssistantText("", (call,)),
            ToolOutput(call.id, call.name, output), AssistantText(f"In week {number} Chilonzor sold most. " * 5),
        ]  # fmt: skip
    return [*said, UserText("And now?")]
