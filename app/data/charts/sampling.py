"""Which points of a long line are drawn: few enough to be quick, chosen so that its shape stays."""

from collections.abc import Sequence
from typing import Any

from app.data.charts.spec import LINE_POINTS


def kept(xs: Sequence[float], ys: Sequence[float | None], most: int = LINE_POINTS) -> list[int]:
    """Return the numbers of the points to draw, in order and at most `most`: first and last are among them, gaps stay gaps."""
    if len(xs) <= most:
        return list(range(len(xs)))
    solid = [number for number, y in enumerate(ys) if y is not None]
    gaps = [number for number, y in enumerate(ys) if y is None and number and ys[number - 1] is not None]
    if len(gaps) > most // 4:
        gaps = []
    room = most - len(gaps)
    if len(solid) > room:
        solid = [solid[number] for number in _largest_triangles([xs[n] for n in solid], [ys[n] or 0.0 for n in solid], room)]
    return sorted({*solid, *gaps})


def _largest_triangles(xs: Sequence[float], ys: Sequence[float], most: int) -> list[int]:
    import numpy as np  # noqa: PLC0415 - brings numpy's 30 MB, for lines of more than 500 points only
    from tsdownsample import LTTBDownsampler  # noqa: PLC0415 - needs numpy

    make: Any = LTTBDownsampler
    chosen = make().downsample(np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64), n_out=most)
    return sorted({int(number) for number in chosen})
