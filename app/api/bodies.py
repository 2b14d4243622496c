"""What programs send, read into types: JSON bodies and queries; and how JSON is written for them."""

import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec

from app.errors import N_, BiChatError, Invalid

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Writes JSON; decimals are numbers in it, with all their places."""


class InvalidRequest(BiChatError):
    """What was sent is no request at all."""

    code = "invalid_request"
    status = 400


def decoded(body: bytes | msgspec.Raw, kind: Any, sentence: str) -> Any:
    """Return a JSON text as `kind`; raises `Invalid` with `sentence`, which may use `%(reason)s`, or `InvalidRequest`.

    A field that is null is one that was left out: many clients write those so.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(_without_nulls(body, kind), type=kind)
        raise Invalid(sentence, reason=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(N_("The request's body is not valid JSON.")) from error


def _without_nulls(body: bytes | msgspec.Raw, kind: Any) -> bytes:
    """Return an object's text without the known fields that are null."""
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    given = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({name: value for name, value in given.items() if bytes(value) != b"null" or name not in known})


def from_query(given: Mapping[str, str], kind: Any) -> Any:
    """Return the parameters of an address as `kind`; raises `Invalid`. What `kind` does not know is left alone."""
    try:
        return msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(N_("The address does not fit: %(reason)s"), reason=str(error)) from error
