"""Where a word stands, as bytes, and how well chunks answer a question by BM25. It brings numpy, so it is loaded when needed.

One record a chunk: its position, how often the word stands in it, whether it may be found, and how many words it has. Scores
are computed here and not by the databases, which each have a formula of their own: so both give the same results.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from app.knowledge.occurrences import Posting, Sought

RECORD = np.dtype([("position", "<u4"), ("count", "u1"), ("is_found", "u1"), ("length", "<u2")])
Array = np.ndarray[Any, Any]
MOST_COUNT, MOST_LENGTH = 255, 65_535
SATURATION, LENGTH_WEIGHT = 1.2, 0.75
"""k1 and b of BM25 (Robertson and Zaragoza, 2009)."""
ALIKE = 0.7
"""What a word counts that only sounds the same in another alphabet."""


def merged(held: bytes, gone: Collection[int], added: Sequence[Posting]) -> bytes:
    """Return postings without the chunks `gone`, and with others."""
    records: Array = np.frombuffer(held, RECORD)
    if gone:
        records = records[~np.isin(records["position"], list(gone))]
    rows = [(each.position, min(each.count, MOST_COUNT), each.is_found, min(each.length, MOST_LENGTH)) for each in added]
    return bytes(np.concatenate([records, np.array(rows, RECORD)]).tobytes())


def best(
    sought: Sequence[Sought], held: Mapping[str, bytes], *, chunks: int, words: int, most: int, found_only: bool = True
) -> dict[int, float]:
    """Return the scores of the best chunks by position, of equals the first; `chunks` and `words` are how many there are."""
    totals: dict[str, list[Array]] = {"position": [], "score": []}
    mean = max(words / max(chunks, 1), 1.0)
    for word in sought:
        positions, counts, lengths = _occurrences(word, held, found_only=found_only)
        if not len(positions):
            continue
        rarity = math.log(1 + (max(chunks - len(positions), 0) + 0.5) / (len(positions) + 0.5))
        norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths / mean)
        totals["position"].append(positions)
        totals["score"].append(rarity * counts * (SATURATION + 1) / (counts + norm))
    if not totals["position"]:
        return {}
    positions, places = np.unique(np.concatenate(totals["position"]), return_inverse=True)
    scores = np.round(np.bincount(places, np.concatenate(totals["score"])), 6)
    kept = np.lexsort((positions, -scores))[:most]
    return dict(zip(positions[kept].tolist(), scores[kept].tolist(), strict=True))


def nearest(question: Sequence[float], vectors: Mapping[int, bytes], most: int) -> list[int]:
    """Return the positions whose vectors point the same way as the question's, best first."""
    fitting = {position: vector for position, vector in vectors.items() if len(vector) == len(question) * 4}
    if not fitting:
        return []
    positions = sorted(fitting)
    matrix = np.frombuffer(b"".join(fitting[position] for position in positions), "<f4").reshape(len(positions), -1)
    asked = np.asarray(question, "<f4")
    lengths = np.linalg.norm(matrix, axis=1) * (np.linalg.norm(asked) or 1.0)
    scores = np.round(matrix @ asked / np.where(lengths == 0, 1.0, lengths), 5)
    order = np.lexsort((np.arange(len(positions)), -scores))[:most]
    return [positions[place] for place in order.tolist()]


def packed(vector: Sequence[float]) -> bytes:
    """Return a vector as it is stored."""
    return bytes(np.asarray(vector, "<f4").tobytes())


def _occurrences(word: Sought, held: Mapping[str, bytes], *, found_only: bool) -> tuple[Array, Array, Array]:
    """Return the chunks that have a word in any of its forms, how often, and how long they are."""
    parts = [(form, 1.0) for form in word.forms] + [(sound, ALIKE) for sound in word.sounds]
    records: list[tuple[Array, float]] = [(np.frombuffer(held[form], RECORD), weight) for form, weight in parts if form in held]
    if not records:
        return np.empty(0), np.empty(0), np.empty(0)
    together: Array = np.concatenate([found for found, _ in records])
    counts: Array = np.concatenate([found["count"] * weight for found, weight in records])
    if found_only:
        together, counts = together[together["is_found"] == 1], counts[together["is_found"] == 1]
    order = np.lexsort((-counts, together["position"]))
    positions, first = np.unique(together["position"][order], return_index=True)
    return positions, counts[order][first], together["length"][order][first].astype(float)
