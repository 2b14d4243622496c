"""What the templates of a conversation are given: plain values, already checked, not yet in a language."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from app.agent.tool import Argument
from app.chat.artifact_view import ArtifactView, ChartView, TableView
from app.chat.claims import Checked
from app.chat.debugging import DebugView
from app.chat.excerpts import Piece
from app.chat.opinions import Opinion
from app.chat.sentences import attempt, purpose
from app.chat.settled import Settled
from app.chat.sources import Cited
from app.chat.verifiable import EXECUTE, SHOWN, Ran, has_result, rested_on
from app.data.results import Column

GroupKind = Literal["pinned", "today", "yesterday", "this_month", "month"]


@dataclass(slots=True)
class LostView:
    """A file that a program wrote and that is not kept; `reason` is the msgid of a sentence that names it by `name`."""

    name: str
    reason: str


@dataclass(slots=True)
class StepView:
    """One step of the agent: a tool call, a `note` (text that the model wrote before calling tools) or a `thought`.

    The last two have their text as HTML blocks, a thought while it grows with an `open_block` behind them.

    `facts` are short plain values for the summary line (table names, the looked-up words); `rows` is a preview of at most
    ten rows; `sql_html` is highlighted, `sql` plain. `duration_ms` is None while it runs.
    """

    key: str
    tool: str
    state: Literal["running", "ok", "error", "refused", "cancelled"] = "running"
    facts: list[str] = field(default_factory=list)
    duration_ms: float | None = None
    sql: str = ""
    sql_html: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    row_count: int | None = None
    truncated: bool = False
    error: str = ""
    reason: str = ""
    """The code of what went wrong, as the model was told it; `error` are the words beside it."""
    code: str = ""
    """The program that ran, `code_html` the same highlighted; `logs` is what it printed, the beginning where `is_cut`."""
    code_html: str = ""
    logs: str = ""
    is_cut: bool = False
    blocks: list[str] = field(default_factory=list)
    open_block: str = ""
    verified: str = ""
    """The title of the verified query whose statement ran."""
    agent: str = ""
    """On `task`: the agent that works on it, whose own `steps` stand below."""
    steps: list["StepView"] = field(default_factory=list)
    within: str = ""
    """The key of the step that this one stands below, empty at the top."""
    answers: list[Settled] = field(default_factory=list)
    """On `ask_user_question`: what became of the questions; empty when they were dismissed."""

    @property
    def attempt(self) -> str:
        """Return the English msgid of what it was to do where it came to nothing."""
        return attempt(self.tool)


@dataclass(slots=True)
class OptionView:
    """A choice; `chosen` after a rejected submit."""

    id: str
    label: str
    description: str
    chosen: bool = False


@dataclass(slots=True)
class AskView:
    """One question of a form; `type` is `single_choice` or `multiple_choice`, `error` is set after a rejected submit."""

    id: str
    text: str
    header: str
    type: str
    options: list[OptionView]
    tool: str = ""
    """The tool that is to be allowed, where the question asks for that."""
    arguments: tuple[Argument, ...] = ()
    has_unfound: bool = False
    """Whether a figure is marked that was found in no result."""
    other: str = ""
    error: str = ""

    @property
    def purpose(self) -> str:
        """Return the English msgid of what the tool is for."""
        return purpose(self.tool)


@dataclass(slots=True)
class QuestionView:
    """A checkpoint's form, or what became of it."""

    checkpoint_id: uuid.UUID
    run_id: uuid.UUID
    status: Literal["open", "answered", "dismissed", "expired", "cancelled"]
    questions: list[AskView]
    expires_at: dt.datetime
    is_approval: bool = False
    asker: str = ""
    """On an approval: the name of who asked and alone may allow it, where that is not the reader."""


@dataclass(slots=True)
class ErrorView:
    """Why a run failed: a code of the contract, a sentence in the reader's language and whether a retry helps."""

    code: str
    message: str
    retryable: bool


@dataclass(slots=True)
class RunView:
    """The work on one question as the page shows it.

    `blocks` are finished Markdown blocks of the answer as safe HTML, `open_block` the one still growing. `progress` is
    what is going on now: `thinking`, `writing` or a tool's name. `can_write` is false for people who only read along.
    `question_id` is the message that it answers.
    """

    id: uuid.UUID
    session_id: uuid.UUID
    status: str
    steps: list[StepView] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    open_block: str = ""
    artifacts: list[ArtifactView] = field(default_factory=list)
    question: QuestionView | None = None
    error: ErrorView | None = None
    progress: str = "thinking"
    is_by_another: bool = False
    """Whether another provider than the usual one wrote any of it or is asked now; never where the run failed."""
    finish_reason: str | None = None
    stopped_by: str = ""
    """The name of who stopped it, where that was not its asker."""
    worked_ms: float = 0.0
    model: str = ""
    """The language model that answered."""
    answer_markdown: str = ""
    can_write: bool = True
    question_id: uuid.UUID | None = None
    feedback: Opinion | None = None
    """What the reader said of it."""
    debug: DebugView | None = None
    cited: Cited | None = None
    """The pages of the web that the answer names, None where it names none."""
    lost: list[LostView] = field(default_factory=list)
    """Files that programs wrote and that are not kept."""
    checked: Checked | None = None
    """Figures of the answer that were found in no result, None where there are none or the reader may not learn of them."""

    @property
    def every_step(self) -> list[StepView]:
        """Return the steps with those of other agents behind the task."""
        return [each for step in self.steps for each in (step, *step.steps)]

    @property
    def is_live(self) -> bool:
        """Tell whether the page should follow the run's stream."""
        return self.status in {"queued", "running", "waiting"}

    @property
    def verified(self) -> str:
        """Return the title of the verified query that the answer rests on, its last one; empty where it is none."""
        return next((step.verified for step in reversed(self.every_step) if step.tool == EXECUTE and step.state == "ok"), "")

    @property
    def has_query(self) -> bool:
        """Tell whether there is a statement that could be verified: one that the answer has its result from."""
        ran = [Ran(step.sql, step.columns, step.rows) for step in self.every_step if step.tool == EXECUTE and step.state == "ok"]
        is_shown = any(each.kind in SHOWN for each in self.artifacts)
        return has_result(rested_on(ran[::-1]), self.answer_markdown, is_shown=is_shown)

    @property
    def refreshed(self) -> TableView | ChartView | None:
        """Return what was refreshed last of what the text was written about, None while it shows the text's own figures."""
        found = [shown for shown in self.artifacts if isinstance(shown, TableView | ChartView) and shown.written_at]
        return max(found, key=_read_at, default=None)


def _read_at(shown: TableView | ChartView) -> float:
    return shown.executed_at.timestamp() if shown.executed_at else 0.0


@dataclass(slots=True)
class TurnView:
    """A question and the work on it. `id` is the user message's; `html` is the whole turn where its rendering was kept."""

    id: uuid.UUID
    session_id: uuid.UUID
    content: str
    created_at: dt.datetime
    author: str
    author_initials: str
    run: RunView | None
    run_id: uuid.UUID | None = None
    html: str = ""
    versions: tuple[uuid.UUID, ...] = ()
    """The ids of the questions that this one is a version of, itself among them, oldest first; empty where it is the only one."""
    can_write: bool = False

    @property
    def version(self) -> int:
        """Return which version this is, counted from one."""
        return self.versions.index(self.id) + 1

    @property
    def before(self) -> uuid.UUID | None:
        """Return the version before this one."""
        return self.versions[self.version - 2] if self.version > 1 else None

    @property
    def after(self) -> uuid.UUID | None:
        """Return the version after this one."""
        return self.versions[self.version] if self.version < len(self.versions) else None


@dataclass(slots=True)
class SessionItem:
    """A line of the session list; `state` is `running`, `waiting`, `failed` or empty, `html` the line where it was rendered.

    `owner` is the name of whose conversation it is, empty for one's own.
    """

    id: uuid.UUID
    title: str
    pinned: bool
    active_at: dt.datetime
    state: str = ""
    html: str = ""
    owner: str = ""


@dataclass(slots=True)
class SessionGroup:
    """A group of the list; `day` is in the reader's tenant zone, None for the pinned ones."""

    kind: GroupKind
    day: dt.date | None
    items: list[SessionItem]
    goes_on: bool = False
    """Whether it goes on with the last group of the page before."""


@dataclass(slots=True)
class SearchHit:
    """What a search found: a turn, or a session by its title, where `message_id` is None.

    The excerpt is empty where the title says the same; `owner` is the name of whoever shares the session, empty for one's own.
    """

    session_id: uuid.UUID
    message_id: uuid.UUID | None
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    is_archived: bool
    at: dt.datetime
    owner: str


@dataclass(slots=True)
class SearchHits:
    """A page of hits; `after` leads to the next one, None at the end."""

    hits: list[SearchHit]
    after: str | None
