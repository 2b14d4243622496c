"""Pictures that were made elsewhere: decoded and written anew, so that nothing but their pixels is kept."""

import io
import warnings
from typing import Literal, NamedTuple

MOST_PIXELS = 16_000_000
FORMS: dict[str, Literal["png", "jpeg"]] = {"PNG": "png", "JPEG": "jpeg"}


class Picture(NamedTuple):
    """A picture that every browser shows."""

    form: Literal["png", "jpeg"]
    data: bytes
    width: int
    height: int


def decoded(data: bytes) -> Picture | None:
    """Return the picture that `data` is, None for what is no PNG or JPEG, is damaged or has too many pixels."""
    from PIL import Image  # noqa: PLC0415 - for answers with pictures only

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=tuple(FORMS)) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            width, height = image.size
            form = FORMS[image.format or ""]
            if not 0 < width * height <= MOST_PIXELS:
                return None
            image.load()
            written = io.BytesIO()
            plain = image.convert("RGBA" if form == "png" and image.has_transparency_data else "RGB")
            plain.info = {}
            plain.save(written, image.format, **({"quality": 90} if form == "jpeg" else {}))
    except (OSError, ValueError, KeyError, SyntaxError, EOFError, MemoryError, OverflowError):
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return Picture(form, written.getvalue(), width, height)
