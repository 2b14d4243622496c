"""How well the analyst answers: the suite that comes with BiChat, held over the demo by the command."""

import asyncio
import subprocess
import sys
from pathlib import Path

from app.evaluation import scores
from tests.bench.figures import Figure
from tests.servers import BICHAT, ROOT, environment


async def measure(data_dir: Path) -> list[Figure]:
    return await asyncio.to_thread(_measure, data_dir.parent / "evaluation")


def _measure(folder: Path) -> list[Figure]:
    command = [*BICHAT, "eval", "run", "--report", str(folder)]
    held = subprocess.run(command, env=environment(folder), cwd=ROOT, capture_output=True, text=True, check=False)
    print(held.stdout, file=sys.stderr)
    file = folder / "scores.json"
    if not file.exists():
        return [Figure("evaluation, passed", float("nan"), "%", 100, at_least=True, note=held.stderr.strip()[-200:])]
    return [figure for name, score in scores.load(file).languages.items() for figure in _figures(name, score)]


def _figures(name: str, score: scores.Score) -> list[Figure]:
    note = (
        f"{score.passed} of {score.turns} turns, {score.missed} of {score.facts} facts missed, {score.wrong_claims} wrong claims"
    )
    return [
        Figure(f"evaluation, {name}, passed", 100 * score.passed / score.turns, "%", 100, at_least=True, note=note),
        Figure(f"  {name}, tool calls a turn", score.tool_calls / score.turns, "calls"),
        Figure(f"  {name}, work a turn", score.seconds / score.turns, "s"),
    ]
