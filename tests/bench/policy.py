"""The SQL policy: how long each statement of the corpus that must pass is looked at, without a database."""

import json
import statistics
import time
from pathlib import Path
from typing import Any

from app.data.sql_policy import check
from tests.bench.bed import percentile
from tests.bench.figures import Figure
from tests.servers import ROOT

CASES = ROOT.parent / "shared" / "sql_guard" / "dev_cases.jsonl"
SCHEMAS = {"sqlite": ["main"], "postgres": ["analytics"]}
CHECKS = 5


async def measure(_data_dir: Path) -> list[Figure]:
    """Check everything once to warm up, then several times over; a statement's figure is the median of its checks."""
    if not CASES.exists():
        return [Figure("policy check, median", float("nan"), "ms", 1, note="the corpus is not there")]
    cases = [case for case in map(json.loads, CASES.read_text(encoding="utf-8").splitlines()) if _must_pass(case)]
    _milliseconds(cases)
    rounds = [_milliseconds(cases) for _ in range(CHECKS)]
    times = [statistics.median(found) for found in zip(*rounds, strict=True)]
    figures = _figures("policy check", times)
    for dialect in SCHEMAS:
        ours = [spent for case, spent in zip(cases, times, strict=True) if case["dialect"] == dialect]
        figures += _figures(f"  {dialect}", ours)
    return figures


def _must_pass(case: dict[str, Any]) -> bool:
    return case["label"] == "allow" and not case.get("parser_gap")


def _milliseconds(cases: list[dict[str, Any]]) -> list[float]:
    times = []
    for case in cases:
        started = time.perf_counter()
        check(case["sql"], case["dialect"], SCHEMAS[case["dialect"]])
        times.append((time.perf_counter() - started) * 1000)
    return times


def _figures(name: str, times: list[float]) -> list[Figure]:
    return [
        Figure(f"{name}, median", statistics.median(times), "ms", 1, note=f"{len(times)} statements"),
        Figure(f"{name}, p95", percentile(times, 95), "ms"),
    ]
