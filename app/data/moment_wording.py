"""Moments counted from the one in which a query runs, in the reader's words."""

from app.data.asked import Moment
from app.errors import N_
from app.web.formats import formats_of
from app.web.locale import translator

STARTS = {
    # Translators: a moment that something is compared with: “Order date ≥ the start of this month”.
    "week": N_("the start of this week"),
    "month": N_("the start of this month"),
    "quarter": N_("the start of this quarter"),
    "year": N_("the start of this year"),
}
STARTS_BEFORE = {
    "week": N_("the start of last week"),
    "month": N_("the start of last month"),
    "year": N_("the start of last year"),
}


def moment_text(moment: Moment, locale: str) -> str:
    """Return a moment, fit to stand after a sign of comparison."""
    texts = translator(locale)
    if moment.start:
        return texts.gettext((STARTS_BEFORE if moment.steps else STARTS)[moment.start])
    if not moment.steps:
        return texts.gettext(N_("today") if moment.base == "today" else N_("now"))
    count, n = formats_of(locale).number(moment.steps), moment.steps
    match moment.unit:
        case "week":
            return texts.ngettext("%(count)s week ago", "%(count)s weeks ago", n, count=count)
        case "month":
            return texts.ngettext("%(count)s month ago", "%(count)s months ago", n, count=count)
        case "year":
            return texts.ngettext("%(count)s year ago", "%(count)s years ago", n, count=count)
    return texts.ngettext("%(count)s day ago", "%(count)s days ago", n, count=count)


def last_text(moment: Moment, locale: str) -> str:
    """Return the time from a moment until the query runs."""
    texts = translator(locale)
    count, n = formats_of(locale).number(moment.steps), moment.steps
    match moment.unit:
        case "week":
            return texts.ngettext("last %(count)s week", "last %(count)s weeks", n, count=count)
        case "month":
            return texts.ngettext("last %(count)s month", "last %(count)s months", n, count=count)
        case "year":
            return texts.ngettext("last %(count)s year", "last %(count)s years", n, count=count)
    return texts.ngettext("last %(count)s day", "last %(count)s days", n, count=count)
