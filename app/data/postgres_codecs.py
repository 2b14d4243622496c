"""PostgreSQL's days, moments and lengths of time as they are: what Python's types cannot hold stays PostgreSQL's own text."""

import datetime as dt
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.web import durations, far_days

EPOCH = dt.date(2000, 1, 1).toordinal()
MIDNIGHT = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - PostgreSQL's timestamps have no zone
DAY = 86_400_000_000
"""In microseconds, as PostgreSQL counts."""
MICROSECOND = dt.timedelta(microseconds=1)
INFINITE_DAYS = {2**31 - 1: "infinity", -(2**31): "-infinity"}
INFINITE_MOMENTS = {2**63 - 1: "infinity", -(2**63): "-infinity"}
SINGLE = struct.Struct("!f")
SINGLE_DIGITS = range(6, 9)
"""With nine digits every figure of four bytes is read back as it was."""


def teach(settings: Any) -> None:
    """Have a connection read values by the functions below.

    What `Connection.set_type_codec` does once it has asked the server for each type's number; it takes "char" for another type.
    """
    for (number, name), (encode, decode, form) in CODECS.items():
        settings.add_python_codec(number, name, "pg_catalog", [], "scalar", encode, decode, form)


def _day(cell: tuple[int]) -> dt.date | str:
    ordinal = cell[0] + EPOCH
    if 1 <= ordinal <= dt.date.max.toordinal():
        return dt.date.fromordinal(ordinal)
    return INFINITE_DAYS.get(cell[0]) or far_days.written(ordinal)


def _moment(cell: tuple[int]) -> dt.datetime | str:
    try:
        return MIDNIGHT + cell[0] * MICROSECOND
    except OverflowError:
        return INFINITE_MOMENTS.get(cell[0]) or _far_moment(cell[0])


def _moment_of_zone(cell: tuple[int]) -> dt.datetime | str:
    moment = _moment(cell)
    if isinstance(moment, str):
        return moment if cell[0] in INFINITE_MOMENTS else _far_moment(cell[0], "+00")
    return moment.replace(tzinfo=dt.UTC)


def _far_moment(microseconds: int, zone: str = "") -> str:
    days, rest = divmod(microseconds, DAY)
    return far_days.written(days + EPOCH, f" {_time((rest,))}{zone}")


def _time(cell: tuple[int, ...]) -> str:
    """Write a time of day, of which 24:00:00 is one; of one with a zone the second part is what UTC is ahead, in seconds."""
    text = durations.clock(Decimal(cell[0]) / 1_000_000)
    if len(cell) == 1:
        return text
    ahead = durations.clock(Decimal(abs(cell[1]))).removesuffix(":00").removesuffix(":00")
    return f"{text}{'-' if cell[1] > 0 else '+'}{ahead}"


def _length(cell: tuple[int, int, int]) -> dt.timedelta | str:
    months, days, microseconds = cell
    if microseconds in INFINITE_MOMENTS and days in INFINITE_DAYS:
        return INFINITE_DAYS[days]
    if months == 0:
        try:
            return dt.timedelta(days=days, microseconds=microseconds)
        except OverflowError:
            pass
    return durations.iso(months, days, microseconds)


def _single(cell: bytes) -> float:
    """Return the shortest figure that four bytes read back as the same: what was written, not the digits in between."""
    (figure,) = SINGLE.unpack(cell)
    for digits in SINGLE_DIGITS:
        short = float(format(figure, f".{digits}g"))
        try:
            if SINGLE.pack(short) == bytes(cell):
                return short
        except OverflowError:
            continue
    return float(format(figure, ".9g"))


def _letter(cell: bytes) -> str:
    return bytes(cell).rstrip(b"\0").decode("utf-8", "backslashreplace")


def _of_day(value: Any) -> tuple[int]:
    return (_expected(value, dt.date).toordinal() - EPOCH,)


def _of_moment(value: Any) -> tuple[int]:
    if not isinstance(value, dt.datetime):
        return ((_expected(value, dt.date).toordinal() - EPOCH) * DAY,)
    return ((value - MIDNIGHT) // MICROSECOND,)


def _of_moment_of_zone(value: Any) -> tuple[int]:
    moment = _expected(value, dt.datetime)
    return _of_moment(moment.astimezone(dt.UTC).replace(tzinfo=None))


def _of_time(value: Any) -> tuple[int]:
    time = dt.time.fromisoformat(value) if isinstance(value, str) else _expected(value, dt.time)
    return (((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond,)


def _of_time_of_zone(value: Any) -> tuple[int, int]:
    time = dt.time.fromisoformat(value) if isinstance(value, str) else _expected(value, dt.time)
    offset = time.utcoffset() or dt.timedelta()
    return (*_of_time(time), -int(offset.total_seconds()))


def _of_length(value: Any) -> tuple[int, int, int]:
    length = _expected(value, dt.timedelta)
    return 0, length.days, length // MICROSECOND - length.days * DAY


def _expected(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        message = f"expected a {kind.__name__}"
        raise TypeError(message)
    return value


CODECS: dict[tuple[int, str], tuple[Callable[[Any], Any], Callable[[Any], Any], str]] = {
    (1082, "date"): (_of_day, _day, "tuple"),
    (1114, "timestamp"): (_of_moment, _moment, "tuple"),
    (1184, "timestamptz"): (_of_moment_of_zone, _moment_of_zone, "tuple"),
    (1083, "time"): (_of_time, _time, "tuple"),
    (1266, "timetz"): (_of_time_of_zone, _time, "tuple"),
    (1186, "interval"): (_of_length, _length, "tuple"),
    (700, "float4"): (SINGLE.pack, _single, "binary"),
    (18, "char"): (str.encode, _letter, "binary"),
}
"""How values are written and read, by the types' numbers in pg_type, which never change."""
