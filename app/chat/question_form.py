"""The form of a question, with what its reader may learn of it."""

import datetime as dt
import uuid

from app.agent.tool import AskedQuestion
from app.chat.approving import told_to
from app.chat.claim_marks import UNCHECKED
from app.chat.event_log import QuestionOpened
from app.chat.view import AskView, OptionView, QuestionView
from app.data.reach import Reach


def opened(event: QuestionOpened, run_id: uuid.UUID, reach: Reach, *, is_asker: bool) -> QuestionView:
    """Return the form of an open question, with what a reader of the tables in `reach` may learn of it."""
    questions = [field_of(asked) for asked in told_to(event.asked.questions, reach, is_asker=is_asker)]
    expires_at = dt.datetime.fromtimestamp(event.expires_at_ms / 1000, tz=dt.UTC)
    return QuestionView(event.checkpoint_id, run_id, event.status, questions, expires_at, is_approval=event.asked.is_approval)


def field_of(asked: AskedQuestion) -> AskView:
    """Return an empty field of a form."""
    options = [OptionView(option.id, option.label, option.description) for option in asked.options]
    has_unfound = any(UNCHECKED in option.description for option in asked.options)
    return AskView(asked.id, asked.text, asked.header, asked.type, options, asked.tool, asked.arguments, has_unfound)
