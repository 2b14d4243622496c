"""Rank validated queries by how well a question says what one of their known phrasings says."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.data import words
from app.knowledge.concepts import STRONG, WEAK, Concepts
from app.knowledge.loading import LOCALES, Query
from app.knowledge.terms import PLACEHOLDER, Term, terms, without_periods

UNKNOWN_WEIGHT = 1.8
NAME_WEIGHT = 1.0
WEAK_WEIGHT = 0.35
ELSEWHERE = 0.8
"""What a word counts that the query knows from another of its phrasings."""
UNCOVERED = 0.55
"""What remains of a score for each word that the query knows nothing of."""

UNNAMED = 0.9
"""What remains of a score where the query needs a name that the question does not have."""
LITERAL = 0.94
"""What a score keeps when the words themselves are all different: of two that say the same, the one written so comes first."""


class Ranked(msgspec.Struct, frozen=True):
    """A query, its score between 0 and 1, and the words of the question that it knows nothing of."""

    query: Query
    score: float
    unmatched: tuple[str, ...]


class _Known(msgspec.Struct, frozen=True):
    """A query's phrasings: the concepts of each with the words it was written in."""

    query: Query
    phrasings: Mapping[frozenset[str], Sequence[frozenset[str]]]
    all: frozenset[str]
    names: Mapping[str, bool]
    """The text parameters by whether they are needed."""


class Ranking:
    """The phrasings of all queries, read once."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self.concepts = Concepts()
        phrasings = [(query, locale, without_periods(text)) for query in queries for locale, text in _texts(query)]
        asked = [text for query in queries for texts in query.questions.values() for text in texts]
        names = {token.text for text in asked for token in words.tokens(text) if _is_name(text, token)}
        for _, locale, text in phrasings:
            for token in words.tokens(text):
                if len(token.text) > 2 and token.text.isalpha():
                    self.concepts.learn(token.text, locale)
        learned = [entry for name in names if (entry := self.concepts.find(name)) and entry.is_learned]
        self._examples = {concept for entry in learned for concept in entry.concepts}
        self._labels = self._label_concepts(queries)
        self._strengths: dict[str, str] = {}
        read: dict[str, dict[frozenset[str], list[frozenset[str]]]] = {query.name: {} for query in queries}
        for query, _, text in phrasings:
            if said := self._concepts_of(terms(text, self.concepts, {})):
                read[query.name].setdefault(said, []).append(_words(text))
        self._known = [self._query(query, read[query.name]) for query in queries]
        self._weights = self._weigh()

    def terms(self, text: str) -> list[Term]:
        """Return what `text` says."""
        return terms(text, self.concepts, self._labels)

    def is_example(self, term: Term) -> bool:
        """Tell whether the word is a form of a name that known questions have as an example."""
        return any(concept in self._examples for concept in term.concepts)

    def rank(self, text: str) -> list[Ranked]:
        """Return the queries that have anything to do with `text`, best first."""
        asked = self.terms(text)
        if not any(term.strength == STRONG for term in asked):
            return []
        written = _words(without_periods(text))
        ranked = [self._rated(known, asked, written) for known in self._known]
        return sorted((found for found in ranked if found.score > 0), key=lambda found: -found.score)

    def _rated(self, known: _Known, asked: Sequence[Term], written: frozenset[str]) -> Ranked:
        said = frozenset(concept for term in asked for concept in term.concepts)
        missing = [term for term in asked if term.strength != WEAK and not self._covers(known, term)]
        names = {concept[1:-1] for concept in said if concept.startswith("{")}
        implied = {concept for name in names & set(known.names) for concept in self._labels.get(name, ())}
        best = max(
            self._likeness(known, phrasing, said, implied)
            * max(LITERAL + (1 - LITERAL) * _alike(written, form) for form in forms)
            for phrasing, forms in known.phrasings.items()
        )
        score = best * UNCOVERED ** len(missing)
        for name, is_needed in known.names.items():
            if is_needed and name not in names:
                score *= UNNAMED
        return Ranked(known.query, round(score, 4), tuple(dict.fromkeys(term.text for term in missing)))

    def _covers(self, known: _Known, term: Term) -> bool:
        if term.strength == "name":
            return term.text[1:-1] in known.names
        return set(term.concepts) <= known.all

    def _likeness(self, known: _Known, phrasing: frozenset[str], said: frozenset[str], implied: set[str]) -> float:
        asked = covered = 0.0
        for concept in said:
            weight = self._weight(concept)
            asked += weight
            if concept in phrasing or concept[1:-1] in known.names:
                covered += weight
            elif concept in known.all:
                covered += weight * ELSEWHERE
        meant = sum(map(self._weight, phrasing))
        spoken = sum(self._weight(concept) for concept in phrasing if concept in said or concept in implied)
        if not covered or not spoken:
            return 0.0
        likeness: float = (covered / asked) ** 1.2 * (spoken / meant) ** 0.7
        return likeness

    def _weight(self, concept: str) -> float:
        if concept.startswith("{"):
            return NAME_WEIGHT
        if concept.startswith("?"):
            return UNKNOWN_WEIGHT
        return self._weights.get(concept, UNKNOWN_WEIGHT)

    def _concepts_of(self, read: Iterable[Term]) -> frozenset[str]:
        for term in read:
            for concept in term.concepts:
                self._strengths.setdefault(concept, term.strength)
        return frozenset(concept for term in read for concept in term.concepts)

    def _query(self, query: Query, phrasings: Mapping[frozenset[str], Sequence[frozenset[str]]]) -> _Known:
        everything: frozenset[str] = frozenset().union(*phrasings)
        names = {parameter.name: parameter.is_needed for parameter in query.parameters if parameter.kind == "text"}
        return _Known(query, phrasings, everything, names)

    def _weigh(self) -> dict[str, float]:
        holding = Counter(concept for known in self._known for concept in known.all)
        most = math.log(max(len(self._known), 2))
        rarity = {concept: math.log(max(len(self._known), 2) / count) / most for concept, count in holding.items()}
        return {
            concept: 0.7 + 1.1 * rare if self._strengths[concept] == STRONG else WEAK_WEIGHT * (0.5 + rare)
            for concept, rare in rarity.items()
        }

    def _label_concepts(self, queries: Sequence[Query]) -> dict[str, frozenset[str]]:
        labels: dict[str, set[str]] = {}
        for query in queries:
            for parameter in query.parameters:
                if parameter.kind == "text":
                    found = [term for text in parameter.labels.values() for term in terms(text, self.concepts, {})]
                    labels.setdefault(parameter.name, set()).update(c for term in found for c in term.concepts)
        return {name: frozenset(found) for name, found in labels.items()}


def _texts(query: Query) -> Iterable[tuple[str, str]]:
    for locale in LOCALES:
        yield locale, PLACEHOLDER.sub(" ", query.titles[locale])
        for text in query.questions[locale]:
            yield locale, text


def _is_name(text: str, token: words.Token) -> bool:
    """Tell whether a word of a question is a name: they are written without capitals otherwise, unlike titles."""
    return text[token.start : token.end].istitle()


def _words(text: str) -> frozenset[str]:
    return frozenset(token.text for token in words.tokens(text))


def _alike(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / max(len(some | others), 1)
