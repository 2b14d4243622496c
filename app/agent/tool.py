"""What a tool is: typed arguments in, an outcome or a typed error out, never a session or a request."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Self

import msgspec

from app.agent.model import ToolSpec
from app.agent.skill_files import Skill
from app.data.exports.exporter import Document, Exporter
from app.data.exports.receipt import Origin
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.data.queries import Queries
from app.data.results import QueryResult
from app.files.artifacts import ArtifactReader
from app.identity.actor import Actor
from app.identity.permissions import Permission
from app.knowledge.library import Library
from app.knowledge.validated_queries import ValidatedQueries


class ToolError(Exception):
    """A failure that goes back to the model and never ends the run.

    `code` is one of `syntax_error`, `unknown_table`, `unknown_column`, `type_mismatch`, `policy_violation`, `timeout`,
    `permission_denied`, `too_many_rows`, `invalid_arguments`, `not_found`, `agent_failed` or `failed`; `hint` tells the model
    what to do instead.
    `sql` is the statement that failed, where SQL was involved, and `reads` the tables that it names; `is_refusal` tells that
    the person did not allow the call.
    """

    def __init__(
        self, code: str, message: str, hint: str = "", sql: str = "", *, reads: Sequence[str] = (), is_refusal: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.sql = sql
        self.reads = reads
        self.is_refusal = is_refusal


class Option(msgspec.Struct, frozen=True):
    """A choice in a question."""

    id: str
    label: str
    description: str = ""


class Argument(msgspec.Struct, frozen=True):
    """Something that a tool is to be used with, as people read it."""

    name: str
    value: str


class AskedQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question to the person; `type` is `single_choice` or `multiple_choice`."""

    id: str
    text: str
    header: str
    type: str
    options: tuple[Option, ...]
    tool: str = ""
    """The tool that is to be used, where the question asks for approval."""
    arguments: tuple[Argument, ...] = ()


class NewArtifact(msgspec.Struct, frozen=True):
    """A stored outcome, committed together with the result of the call that made it. `kind` is one of `Artifact`'s."""

    id: uuid.UUID
    kind: str
    name: str
    details: dict[str, Any]
    result: QueryResult | None = None


class ToolOutcome(msgspec.Struct, frozen=True):
    """What a tool did.

    `content` goes to the model as JSON; `details` is what the page shows of it (plain JSON values); `questions` pauses
    the run until the person has answered.
    """

    content: dict[str, Any]
    details: dict[str, Any] = {}
    artifacts: tuple[NewArtifact, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()


class Exports(msgspec.Struct, frozen=True):
    """What the tools that export work with.

    `document` returns what a PDF is made of: the present answer with the closing text that is given, or the whole
    conversation.
    """

    exporter: Exporter
    origin: Origin
    document: Callable[[Literal["answer", "conversation"], str, str], Awaitable[Document]]


class ToolContext(msgspec.Struct, frozen=True):
    """All that a tool may use. `now` is aware; `locale` is the reader's."""

    actor: Actor
    queries: Queries
    knowledge: ValidatedQueries
    artifacts: ArtifactReader
    locale: str
    now: dt.datetime
    calendar: Calendar
    exports: Exports | None = None
    """What files are made with; None where nobody may take any away."""
    is_own: bool = True
    """Whether the conversation is the actor's own, and so what is stored in it was read for them."""
    library: Library | None = None
    """What the company knows; None where there is no knowledge base."""
    skills: Mapping[str, Skill] = {}
    """Ways of working that are written down, by name."""

    def noting(self, ledger: Ledger) -> Self:
        """Return the same, with all that is begun on the business database noted in `ledger`."""
        exports = self.exports
        if exports:
            exports = msgspec.structs.replace(exports, exporter=exports.exporter.noting(ledger))
        return msgspec.structs.replace(self, queries=self.queries.noting(ledger), exports=exports)


class Tool(msgspec.Struct, frozen=True):
    """A tool: its name and description for the model, the struct its arguments decode into, and what runs it."""

    name: str
    description: str
    arguments: type[msgspec.Struct]
    run: Callable[[ToolContext, Any], Awaitable[ToolOutcome]]
    permission: Permission | None = None
    """Without it the tool is not offered, and refuses."""
    reads_the_answer: bool = False
    """Whether it works with what the other calls of its step make: it begins when these have ended and are committed."""
    delegates: bool = False
    """Whether an agent works on the call; then `run` is never asked."""

    is_sensitive: bool = False
    """Whether the person is asked before each call, unless their company decided otherwise."""

    def allows(self, actor: Actor) -> bool:
        """Tell whether `actor` may use the tool."""
        return self.permission is None or actor.may(self.permission)

    def spec(self) -> ToolSpec:
        """Return the tool as the model sees it."""
        return ToolSpec(self.name, self.description, _inline_schema(self.arguments))


@cache
def _inline_schema(arguments: type[msgspec.Struct]) -> dict[str, Any]:
    (schema,), definitions = msgspec.json.schema_components([arguments], ref_template="#/$defs/{name}")
    own = definitions.pop(schema["$ref"].rsplit("/", 1)[-1])
    own.pop("title", None)
    return {**own, "$defs": definitions} if definitions else own
