"""`make bench`: what BiChat costs, in a table for each part, figures beside their aims. It never fails on a figure.

`streams` is what is added to every token of the model, `tools` a round through a tool, `pages` long conversations and lists,
`search` finding, listing and opening where there is very much, on both engines,
`knowledge` searching 20,000 pieces of it on both engines, taking them in and changing one,
`starts` starting and idling, `policy` the look at a statement, `tables` a result until it is painted and worked with,
`charts` drawing one, `exports` 100,000 rows as a file, `neighbours` a page and a light query beside heavy ones,
`events` how many events the bus takes beside a handler that hangs, and how fast tokens are counted and estimated,
`evaluation` how many questions of the suite that comes with BiChat are answered right, in each language,
`context` fitting what a model is sent of 500 turns,
`crowd` many people who read and write, and what a follower of a stream costs.
Figures of streams are what is added to calling the same server directly from the same load process.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.bench import bed as beds
from tests.bench import (
    charts,
    context,
    crowd,
    evaluation,
    events,
    exports,
    knowledge,
    neighbours,
    pages,
    policy,
    search,
    starts,
    streams,
    tables,
)
from tests.bench.figures import Figure, table

Measure = Callable[[beds.Path], Awaitable[list[Figure]]]
MEASURES: dict[str, Measure] = {
    "streams": streams.measure,
    "tools": streams.measure_tools,
    "pages": pages.measure,
    "search": search.measure,
    "knowledge": knowledge.measure,
    "starts": starts.measure,
    "policy": policy.measure,
    "tables": tables.measure,
    "charts": charts.measure,
    "exports": exports.measure,
    "neighbours": neighbours.measure,
    "events": events.measure,
    "evaluation": evaluation.measure,
    "context": context.measure,
    "crowd": crowd.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help=f"of {', '.join(MEASURES)}; all without one")
    chosen = parser.parse_args().only or list(MEASURES)
    with beds.demo() as data_dir:
        for name in chosen:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            print(table(asyncio.run(MEASURES[name](data_dir))), flush=True)


if __name__ == "__main__":
    main()
