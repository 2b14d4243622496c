"""The library alone: a table of an SQLite file as a workbook, row by row in constant memory and with nothing of ours.

`python -m tests.bench.bare_excel FILE WORKBOOK` prints its peak memory in MiB. As patient as our own writing process.
"""

import os
import re
import sqlite3
import sys
from pathlib import Path

import xlsxwriter

NICENESS = 5


def main() -> None:
    source, path = sys.argv[1:]
    os.nice(NICENESS)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(sqlite3.connect(source).execute("SELECT * FROM sales")):
            sheet.write_row(number, 0, row)
    peak = re.search(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert peak
    print(int(peak[1]) / 1024)


if __name__ == "__main__":
    main()
