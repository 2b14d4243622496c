"""JSON bodies of programs, read into types."""

from typing import Any

import msgspec

from app.errors import N_, BiChatError, Invalid


class InvalidRequest(BiChatError):
    """What was sent is no request at all."""

    code = "invalid_request"
    status = 400


def decoded(body: bytes | msgspec.Raw, kind: Any, sentence: str) -> Any:
    """Return a JSON text as `kind`; raises `Invalid` with `sentence`, which may use `%(reason)s`, or `InvalidRequest`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(sentence, reason=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(N_("The request's body is not valid JSON.")) from error
