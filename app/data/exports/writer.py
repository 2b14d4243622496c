"""The process that writes one file and ends: `python -m app.data.exports.writer`. It imports little and may be killed."""

import contextlib
import os
import resource
import signal
import sys
from typing import IO, TYPE_CHECKING

import msgspec

from app.data.exports.messages import HEADER, Batch, DocumentWork, End, TableWork, Written, framed

if TYPE_CHECKING:
    from app.data.exports.csv_file import CsvFile
    from app.data.exports.excel import ExcelFile

NICENESS = 5
"""Writing gives way to the application, which serves everyone else."""
MEMORY_BYTES = 2_000_000_000


def write(source: IO[bytes]) -> Written:
    """Do the work that comes in, to its end."""
    work = _next(source)
    if isinstance(work, DocumentWork):
        from app.data.exports import pdf  # noqa: PLC0415 - only one of the writers is loaded

        return pdf.write(work)
    assert isinstance(work, TableWork)
    file = _opened(work)
    while not isinstance(message := _next(source), End):
        assert isinstance(message, Batch)
        file.add(message.rows)
    return file.end(message.receipt)


def _opened(work: TableWork) -> "ExcelFile | CsvFile":
    if work.format == "csv":
        from app.data.exports.csv_file import CsvFile  # noqa: PLC0415 - only one of the writers is loaded

        return CsvFile(work)
    from app.data.exports.excel import ExcelFile  # noqa: PLC0415 - only one of the writers is loaded

    return ExcelFile(work)


def _next(source: IO[bytes]) -> TableWork | DocumentWork | Batch | End:
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    return msgspec.msgpack.decode(source.read(HEADER.unpack(header)[0]), type=TableWork | DocumentWork | Batch | End)


def bound_process() -> None:
    """Put limits on this process, and leave its end to the application."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(NICENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    bound_process()
    with contextlib.suppress(BrokenPipeError, EOFError):
        sys.stdout.buffer.write(framed(write(sys.stdin.buffer)))
        sys.stdout.buffer.flush()
        os._exit(0)
    os._exit(1)
