"""Tell the model what time it is where the company works."""

from zoneinfo import ZoneInfo

import msgspec

from app.agent.tool import Tool, ToolContext, ToolOutcome

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """Takes nothing."""


async def run(context: ToolContext, _arguments: Arguments) -> ToolOutcome:
    """Return the moment, the date and the weekday in the tenant's zone."""
    moment = context.now.astimezone(ZoneInfo(context.actor.time_zone))
    content = {
        "now": moment.isoformat(timespec="seconds"),
        "date": moment.date().isoformat(),
        "weekday": WEEKDAYS[moment.weekday()],
        "time_zone": context.actor.time_zone,
        "first_day_of_week": WEEKDAYS[context.actor.first_weekday],
    }
    return ToolOutcome(content, details=content)


GET_CURRENT_TIME = Tool(
    "get_current_time",
    "Return the present date, time and weekday in the company's time zone. Call it before resolving words such as `today`.",
    Arguments,
    run,
)
