"""`make bench`: what BiChat adds to a language model, in one table. It never fails on a figure.

Figures of streams are what is added to calling the same server directly from the same load process.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.bench import bed as beds
from tests.bench import charts, exports, pages, starts, streams
from tests.bench.figures import Figure, table

Measure = Callable[[beds.Path], Awaitable[list[Figure]]]
MEASURES: dict[str, Measure] = {
    "streams": streams.measure,
    "tools": streams.measure_tools,
    "pages": pages.measure,
    "starts": starts.measure,
    "exports": exports.measure,
    "charts": charts.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"of {', '.join(MEASURES)}; all without one")
    chosen = parser.parse_args().only or list(MEASURES)
    figures: list[Figure] = []
    with beds.demo() as data_dir:
        for name in chosen:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            figures += asyncio.run(MEASURES[name](data_dir))
    print(table(figures))


if __name__ == "__main__":
    main()
