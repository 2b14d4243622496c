"""Periods of a tenant's calendar: "last month" is resolved here, once, to a half-open interval of days."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec


class Calendar(msgspec.Struct, frozen=True):
    """A tenant's conventions: an IANA zone and the first day of the week (0 is Monday)."""

    time_zone: str = "Asia/Tashkent"
    first_weekday: int = 0

    def today(self, now: dt.datetime) -> dt.date:
        """Return the date at the tenant's place at the moment `now`, which is aware."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()
