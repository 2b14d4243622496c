"""What a suite says: conversations to hold with the analyst, and what has to be true of its answers."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

Language = Literal["en", "ru", "uz"]
Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]
Texts = tuple[Text, ...]
Role = Literal["Viewer", "Analyst", "Auditor", "Admin"]
LANGUAGES: tuple[Language, ...] = ("en", "ru", "uz")


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the data say: each cell that `sql` gives on the business database.

    `sql` may name the ends of periods, such as `:last_month_from` and `:last_month_to`. It runs as `person`, or as whoever
    asks. `tolerance` is the share by which a figure may differ, 0.01 for a hundredth.
    """

    sql: Text
    person: str = ""
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and what is expected: by language where words differ.

    `facts` must be in the answer or in a result that it shows, `absent` ones in neither. Of each of `must`, which may be
    alternatives with `|` between, one must be in the answer; none of `must_not`. With `refuses` no result may be shown or told.
    `answers` are given to the analyst's questions one after another: options by id or label, or own words; it has to ask. The
    options have to tell the `offers`, facts again. The `checklist` says in words what else has to be true; it is read where a
    model judges, beside the above.
    """

    ask: Text | dict[Language, Text]
    facts: Texts = ()
    absent: Texts = ()
    must: Texts | dict[Language, Texts] = ()
    must_not: Texts | dict[Language, Texts] = ()
    refuses: bool = False
    answers: Texts | dict[Language, Texts] = ()
    offers: Texts = ()
    checklist: Texts | dict[Language, Texts] = ()


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Turns that follow each other, held once in each of `languages`."""

    name: Text
    turns: tuple[Turn, ...]
    person: str = ""
    languages: tuple[Language, ...] = LANGUAGES


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of the company whose data are asked."""

    email: Annotated[str, msgspec.Meta(pattern=r"^[^A-Z\s@]+@[^A-Z\s@]+$")]
    role: Role = "Analyst"


class Dataset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business database of the suite's own, with its company: paths are beside the suite's file.

    `sqlite` is copied, then the scripts in `sql` run one after another, then each file of `csv` goes into the table of its name,
    which is made where there is none. `knowledge` is a folder as `bichat knowledge load` takes it. With `today` the analyst
    takes that day for the present one; only statements that ask the database itself for the date hear the real one.
    """

    sqlite: str = ""
    sql: Texts = ()
    csv: dict[Text, Text] = {}
    knowledge: str = ""
    company: str = ""
    time_zone: Text = "Asia/Tashkent"
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "UZS"
    today: dt.date | None = None
    people: tuple[Person, ...] = ()


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of a file. `person` is the e-mail address of who asks where a conversation names nobody.

    Without a `dataset` the demo is asked.
    """

    name: Text
    person: Text
    conversations: tuple[Conversation, ...]
    facts: dict[str, Fact] = {}
    dataset: Dataset | None = None

    @property
    def asked(self) -> int:
        """Return how many turns are held, each language counted."""
        return sum(len(conversation.turns) * len(conversation.languages) for conversation in self.conversations)


def question_in(language: Language, turn: Turn) -> str:
    """Return the question in a language; empty where there is none."""
    return turn.ask.get(language, "") if isinstance(turn.ask, dict) else turn.ask


def texts_in(language: Language, words: Texts | dict[Language, Texts]) -> Texts:
    """Return the texts for a language."""
    return words.get(language, ()) if isinstance(words, dict) else words
