"""Read the figures of a passage: digits with groups and decimals as English, Russian and Uzbek write them, signs, magnitudes."""

import bisect
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from app.agent.claims.figure import Figure, Reading
from app.agent.claims.not_figures import spans

BLANKS = " \u00a0\u202f\u2009"
GROUP = 3
DIGITS = re.compile(rf"[0-9]+(?:[.,'’{BLANKS}][0-9]+)*")
BLANK = re.compile(f"[{BLANKS}]")
CHUNKS = re.compile(r"[0-9]+")
MINUS = "-−‑"
CURRENCY = "$€£¥₽₸₩₴₹"
SIGN = re.compile(rf"(?P<sign>[{MINUS}–+])?(?:[{CURRENCY}][{BLANKS}]?)?(?P<late>[{MINUS}+])?$")
PERCENT = re.compile(
    rf"[{BLANKS}]?(?:%|percent\b|per cent\b|percentage points?\b|pp\b|p\.p\.|процент\w*|п\.[{BLANKS}]?п\.|пп\b|foiz\w*)",
    re.IGNORECASE,
)
WORDS: tuple[tuple[int, str], ...] = (
    (3, r"thousand|тыс(?:\.|яч\w*)?|ming(?:ta)?|минг"),
    (6, r"million|mln\.?|mn|млн\.?|миллион\w*"),
    (9, r"billion|bn|mlrd\.?|milliard\w*|млрд\.?|миллиард\w*"),
    (12, r"trillion|trln\.?|tn|трлн\.?|триллион\w*"),
)
MAGNITUDES = [(power, re.compile(rf"[{BLANKS}]?-?(?:{words})(?!\w)", re.IGNORECASE)) for power, words in WORDS]
LETTERS = {"K": 3, "k": 3, "M": 6, "B": 9, "T": 12}
LETTER = re.compile(r"[\u00a0\u202f]?(?P<letter>[KkMBT])(?!\w)")
UNITS = re.compile(r"(?:[kc]g|g|km|m|cm|l|pcs|x|s|ms|h|шт|кг|км|г|м|л|х|сум|руб|ta|dona|soʻm|so'm|sum|kun)(?!\w)")
COMPOUND = re.compile(r"[-‑][^\W\d_]")
HEDGE = re.compile(
    r"(?:about|around|approximately|approx\.|roughly|nearly|almost|over|more than|less than|under|above|below|at least|up to|some"
    r"|~|≈|около|примерно|приблизительно|почти|более|больше|менее|меньше|свыше|порядка|до|taxminan|qariyb|deyarli)"
    rf"[{BLANKS}]*[{CURRENCY}]?[{BLANKS}]*$",
    re.IGNORECASE,
)
LATER_HEDGE = re.compile(rf"[{BLANKS}]?(?:dan (?:ortiq|koʻp|ko'p|kam)|ga yaqin|atrofida)\b", re.IGNORECASE)
LOOK_BACK, LOOK_ON = 30, 40
LONGEST_NAME = 2
"""So many digits before other letters make a name, such as `4G`."""
LONGEST_ORDINAL = 4
LONGEST = 40
"""More digits than these are no figure of a business."""


def figures(text: str, locale: str) -> list[Figure]:
    """Return the figures of a text in order, as readers of `locale` read them."""
    blocked = list(spans(text))
    ends = [end for _, end in blocked]

    def is_blocked(figure: Figure) -> bool:
        at = bisect.bisect_right(ends, figure.start)
        return at < len(blocked) and blocked[at][0] < figure.end

    return [
        figure
        for found in DIGITS.finditer(text)
        for figure in _in_run(text, found.start(), found[0], locale)
        if not is_blocked(figure)
    ]


def _in_run(text: str, offset: int, run: str, locale: str) -> Iterator[Figure]:
    """Yield the figures of digits that nothing but separators divides."""
    chunks = [(found.start(), found.end()) for found in CHUNKS.finditer(run)]
    gaps = [BLANK.sub(" ", run[end:start]) for (_, end), (start, _) in pairwise(chunks)]
    if len(chunks) > LONGEST:
        return
    at = 0
    while at < len(chunks):
        count = _grouped(run, chunks[at:], gaps[at:])
        first, last = chunks[at], chunks[at + count - 1]
        fraction = ""
        after = gaps[at + count - 1] if at + count <= len(gaps) else ""
        is_listed = at > 0 and gaps[at - 1] in {".", ","}
        if after in {".", ","} and after != (gaps[at] if count > 1 else "") and not is_listed and _ends(gaps, at + count):
            fraction, last = run[slice(*chunks[at + count])], chunks[at + count]
        whole = [run[slice(*chunk)] for chunk in chunks[at : at + count]]
        start, end = offset + first[0], offset + last[1]
        ways = _ways(whole, run[first[1]] if count > 1 else "", fraction, after, locale)
        figure = _in_context(text, start, end, ways)
        if figure is not None:
            yield figure
        at += count + bool(fraction)


def _ends(gaps: Sequence[str], at: int) -> bool:
    """Tell whether a number ends with the chunk before the gap at `at`: `1,2,3` is a list."""
    return at >= len(gaps) or gaps[at] not in {".", ","}


def _grouped(run: str, chunks: Sequence[tuple[int, int]], gaps: Sequence[str]) -> int:
    """Return how many chunks from the first on are the groups of one number."""
    first, count = run[slice(*chunks[0])], 1
    if len(first) > GROUP or first.startswith("0"):
        return 1
    while count < len(chunks) and gaps[count - 1] == gaps[0] and chunks[count][1] - chunks[count][0] == GROUP:
        count += 1
    return count


def _ways(whole: Sequence[str], gap: str, fraction: str, point: str, locale: str) -> tuple[tuple[Reading, ...], ...]:
    if fraction:
        amount = Decimal(f"{''.join(whole)}.{fraction}")
        read = (Reading(amount, Decimal(1).scaleb(-len(fraction))),)
        is_group = locale != "en" and point in ".," and len(fraction) == GROUP and len(whole) == 1 and whole[0].strip("0")
        return (read, (_whole(whole[0] + fraction),)) if is_group and len(whole[0]) <= GROUP else (read,)
    if len(whole) == 1 and len(whole[0]) > 1 and whole[0].startswith("0"):
        return ()
    together = (_whole("".join(whole)),)
    if gap == " ":
        return together, tuple(_whole(chunk) for chunk in whole)
    if len(whole) == 2 and (gap == "." or (gap == "," and locale != "en")):
        decimal = (Reading(Decimal(f"{whole[0]}.{whole[1]}"), Decimal("0.001")),)
        return (decimal,) if locale == "en" else (together, decimal)
    return (together,)


def _whole(digits: str) -> Reading:
    return Reading(Decimal(digits), Decimal(1))


def _in_context(text: str, start: int, end: int, ways: tuple[tuple[Reading, ...], ...]) -> Figure | None:
    """Return the figure with what stands around it; None where that makes it a name or an ordinal."""
    before, after = text[max(0, start - LOOK_BACK) : start], text[end : end + LOOK_ON]
    written = text[start:end]
    sign, is_name = _sign(before)
    digits = len(written.translate(NO_MARKS).lstrip("0")) or 1
    if is_name or _is_name_or_ordinal(after, written, digits):
        return None
    power, rest = _magnitude(after)
    is_percent = PERCENT.match(rest) is not None
    if power:
        ways = tuple(tuple(Reading(each.value.scaleb(power), each.quantum.scaleb(power)) for each in way) for way in ways)
    elif HEDGE.search(before) or LATER_HEDGE.match(after):
        ways = tuple(tuple(_roughly(each) for each in way) for way in ways)
    return Figure(start, end, ways, sign, is_percent, digits)


NO_MARKS = str.maketrans("", "", f".,'’{BLANKS}")


def _sign(before: str) -> tuple[int, bool]:
    """Return the sign that is written before a number, and whether letters there make it part of a name."""
    found = SIGN.search(before)
    assert found is not None
    lead = before[: found.start()]
    mark = found["sign"] or found["late"] or ""
    if lead[-1:].isalpha() or lead[-1:] == "_":
        return 0, not (found.group() and not mark)
    if not mark or lead[-1:].isdigit() or lead[-1:] == ")":
        return 0, False
    return (1 if mark == "+" else -1), False


def _is_name_or_ordinal(after: str, written: str, digits: int) -> bool:
    if PERCENT.match(after) or _magnitude(after)[0] or UNITS.match(after):
        return False
    if COMPOUND.match(after):
        return written.isdigit() and digits <= LONGEST_ORDINAL
    return after[:1].isalpha() and digits <= LONGEST_NAME


def _magnitude(after: str) -> tuple[int, str]:
    """Return by which power of ten a number is multiplied, and what follows."""
    for power, words in MAGNITUDES:
        if found := words.match(after):
            return power, after[found.end() :]
    found = LETTER.match(after)
    return (LETTERS[found["letter"]], after[found.end() :]) if found else (0, after)


def _roughly(reading: Reading) -> Reading:
    """Return a number that is said to be about so much: exact only to its last digit that is not zero."""
    tuple_ = reading.value.normalize().as_tuple()
    exponent = int(tuple_.exponent)
    if not reading.value or exponent <= 0:
        return reading
    return Reading(reading.value, Decimal(1).scaleb(exponent))
