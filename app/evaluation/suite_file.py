"""Read a suite's file; everything that is wrong with it is told at once, with its place."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.evaluation import dataset_file
from app.evaluation.suite import Conversation, Dataset, Fact, Person, Suite, Turn, question_in

T = TypeVar("T")
HEADING = re.compile(
    r"\s*(\[\[conversations\]\]|\[\[conversations\.turns\]\]|\[\[dataset\.people\]\]|\[facts\.[^\]]+\]|\[dataset(?:\.csv)?\])"
)
IN_TOML = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column \d+\)")
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2100, 12, 31)
Faults = list[str]


class FaultySuite(Exception):
    """A suite cannot be held: each of `faults` names the file, the line and what is wrong there."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class Places:
    """Where in a file things begin."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines: dict[str, int] = {}
        conversation = turn = person = -1
        for number, line in enumerate(text.splitlines(), 1):
            found = HEADING.match(line)
            if found is None:
                continue
            if found[1] == "[[conversations]]":
                conversation, turn = conversation + 1, -1
                self._lines[f"conversations[{conversation}]"] = number
            elif found[1] == "[[conversations.turns]]":
                turn += 1
                self._lines[f"conversations[{conversation}].turns[{turn}]"] = number
            elif found[1] == "[[dataset.people]]":
                person += 1
                self._lines[f"dataset.people[{person}]"] = number
            else:
                self._lines[found[1][1:-1].replace('"', "")] = number

    def fault(self, place: str, what: str) -> str:
        """Return a line that tells what is wrong at a place such as `conversations[0].turns[1]`."""
        known = place
        while known and known not in self._lines:
            known = known.rpartition(".")[0]
        return f"{self._path}:{self._lines.get(known, 1)}: {place}: {what}"


def load(path: Path) -> tuple[Suite, Places]:
    """Return a suite and the places in its file; raises `FaultySuite`."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = IN_TOML.fullmatch(str(error))
        raise FaultySuite([f"{path}:{found['line']}: {found['what']}" if found else f"{path}: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FaultySuite([f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}"]) from error
    places = Places(path, text)
    faults: Faults = []
    suite = _read(content, places, faults)
    if suite and suite.dataset:
        dataset, wrong = dataset_file.located(suite.dataset, path.parent)
        faults += [places.fault("dataset", what) for what in wrong]
        suite = msgspec.structs.replace(suite, dataset=dataset)
    if suite is None or faults:
        raise FaultySuite(faults)
    return suite, places


def _read(content: dict[str, Any], places: Places, faults: Faults) -> Suite | None:
    """Convert each part by itself, so that one fault does not hide another."""
    rest = dict(content)
    listed, named = rest.pop("conversations", []), rest.pop("facts", {})
    dataset = _dataset(rest.pop("dataset", None), places, faults)
    head = _converted({**rest, "conversations": []}, Suite, "suite", places, faults)
    if not isinstance(listed, list) or not listed or not isinstance(named, dict):
        faults.append(places.fault("suite", "there must be [[conversations]], and facts as [facts.NAME]"))
        return None
    facts = {name: _converted(fact, Fact, f"facts.{name}", places, faults) for name, fact in named.items()}
    conversations = [_conversation(each, f"conversations[{at}]", places, faults) for at, each in enumerate(listed)]
    if faults or head is None:
        return None
    known = {name: fact for name, fact in facts.items() if fact}
    asked = tuple(each for each in conversations if each)
    suite = msgspec.structs.replace(head, conversations=asked, facts=known, dataset=dataset)
    faults += _inconsistent(suite, places)
    faults += _strangers(suite, places)
    return suite


def _dataset(content: Any, places: Places, faults: Faults) -> Dataset | None:
    if not isinstance(content, dict):
        if content is not None:
            faults.append(places.fault("dataset", "must be a table: [dataset]"))
        return None
    listed = content.get("people", [])
    if not isinstance(listed, list) or not listed:
        faults.append(places.fault("dataset", "there must be [[dataset.people]]"))
        return None
    people = [_converted(each, Person, f"dataset.people[{at}]", places, faults) for at, each in enumerate(listed)]
    dataset = _converted({**content, "people": []}, Dataset, "dataset", places, faults)
    if dataset and dataset.today and not FIRST_DAY <= dataset.today <= LAST_DAY:
        faults.append(places.fault("dataset", f"today: the day must be from {FIRST_DAY} to {LAST_DAY}"))
    return dataset and msgspec.structs.replace(dataset, people=tuple(each for each in people if each))


def _conversation(content: Any, place: str, places: Places, faults: Faults) -> Conversation | None:
    if not isinstance(content, dict) or not isinstance(content.get("turns", []), list):
        faults.append(places.fault(place, "must be a table with [[conversations.turns]]"))
        return None
    turns = [_converted(turn, Turn, f"{place}.turns[{at}]", places, faults) for at, turn in enumerate(content.get("turns", []))]
    held = _converted({**content, "turns": []}, Conversation, place, places, faults)
    return held and msgspec.structs.replace(held, turns=tuple(turn for turn in turns if turn))


def _converted(content: Any, kind: type[T], place: str, places: Places, faults: Faults) -> T | None:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        faults.append(places.fault(place, f"{where.rstrip('`').lstrip('.')}: {what}" if where else what))
        return None


def _inconsistent(suite: Suite, places: Places) -> Iterator[str]:
    names = [conversation.name for conversation in suite.conversations]
    for at, conversation in enumerate(suite.conversations):
        place = f"conversations[{at}]"
        if names.index(conversation.name) != at:
            yield places.fault(place, f"there is another conversation {conversation.name!r}")
        if not conversation.turns or not conversation.languages:
            yield places.fault(place, "there must be at least one turn and one language")
        for number, turn in enumerate(conversation.turns):
            for what in _of_turn(suite, conversation, turn):
                yield places.fault(f"{place}.turns[{number}]", what)


def _strangers(suite: Suite, places: Places) -> Iterator[str]:
    """Yield who is to ask and is nobody of the dataset; who is somebody of the demo is looked up there."""
    if suite.dataset is None:
        return
    known = {person.email for person in suite.dataset.people}
    named = [("suite", suite.person), *((f"conversations[{at}]", each.person) for at, each in enumerate(suite.conversations))]
    named += [(f"facts.{name}", fact.person) for name, fact in suite.facts.items()]
    for place, email in named:
        if email and email not in known:
            yield places.fault(place, f"there is nobody with the address {email!r}")


def _of_turn(suite: Suite, conversation: Conversation, turn: Turn) -> Iterator[str]:
    for language in conversation.languages:
        if not question_in(language, turn):
            yield f"ask: there is no question in {language}"
    for name in (*turn.facts, *turn.absent, *turn.offers):
        if name not in suite.facts:
            yield f"there is no [facts.{name}]"
    if turn.refuses and turn.facts:
        yield "what is refused cannot hold facts"
    if turn.offers and not turn.answers:
        yield "what is offered is only read of a question: give it answers"
    if not (turn.facts or turn.absent or turn.must or turn.must_not or turn.refuses or turn.answers):
        yield "nothing is expected without a judge: name facts, absent, must, must_not, refuses or answers"
