"""Make the files that a question wishes for, and say what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.agent.offline.answers import CHART, TABLE, titled
from app.agent.offline.binding import period_before
from app.agent.offline.earlier import EXECUTE, Asked, last_asked
from app.agent.offline.turn import REFUSED, ToolFailed, Turn
from app.agent.offline.wishes import Kind
from app.data.period_wording import period_text
from app.errors import N_
from app.web.locale import translator

EXCEL, PDF = "export_data_to_excel", "export_to_pdf"
READY: Mapping[Kind, str] = {"excel": N_("The Excel file is ready."), "pdf": N_("The PDF file is ready.")}
NOT_ALLOWED = N_("There is no file: making files is not allowed to you here.")
NOT_WANTED = N_("There is no file, since you did not allow it.")
FAILED = N_("The file could not be made. Try again later.")
NOTHING = N_("There is no result yet that could be put into a file. Ask for figures first.")
Shown = Mapping[str, Any]
"""A result by its `result_id` and `title`."""


def with_files(turn: Turn, text: str, shown: Sequence[Shown], locale: str) -> str:
    """Return an answer with the files that it was wished to have; raises `Needed`."""
    told = [_made(turn, kind, text, shown, locale) for kind in turn.files] if shown else []
    return "\n\n".join([text, *dict.fromkeys(told)])


def of_earlier(turn: Turn, locale: str) -> str:
    """Put the last result of the conversation into a file, or all of it; raises `Needed`."""
    before = last_asked(turn.earlier)
    ran = next((made for made in reversed(turn.earlier) if made.name == EXECUTE and made.content.get("result_id")), None)
    if before is None or ran is None:
        return translator(locale).gettext(NOTHING)
    shown = {"result_id": ran.content["result_id"], "title": _title(turn, before, ran.content["result_id"], locale)}
    return "\n\n".join(dict.fromkeys(_made(turn, kind, "", [shown], locale) for kind in turn.files))


def _title(turn: Turn, before: Asked, result_id: str, locale: str) -> str:
    """Return the title under which a result of before was shown; one that was only told has that of its query and period."""
    for made in reversed(turn.earlier):
        if made.name in (TABLE, CHART) and made.arguments.get("result_id") == result_id and made.arguments.get("title"):
            return str(made.arguments["title"])
    period = period_before(before, "period")
    return titled(before.query, {"period": period_text(period, locale)} if period else {})


def _made(turn: Turn, kind: Kind, text: str, shown: Sequence[Shown], locale: str) -> str:
    _ = translator(locale).gettext
    tool = EXCEL if kind == "excel" else PDF
    if not turn.has(tool):
        return _(NOT_ALLOWED)
    scope = "answer" if text else "conversation"
    document = [(PDF, {"scope": scope, "title": shown[0]["title"], "text": text})]
    try:
        turn.all_of([(EXCEL, dict(each)) for each in shown] if kind == "excel" else document)
    except ToolFailed as failure:
        return _(NOT_WANTED if failure.code == REFUSED else FAILED)
    return _(READY[kind])
