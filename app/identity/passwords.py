"""Argon2id password hashes, made and checked in threads so that a sign-in never holds up a stream."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argon2

CONCURRENT_HASHES = 2
"""Each hash takes 64 MiB and a whole core for a moment; more at once would only wait for each other."""

_threads = ThreadPoolExecutor(CONCURRENT_HASHES, "passwords")


async def hash_password(text: str) -> str:
    """Return the Argon2id hash of `text` with its parameters and a salt of its own."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hash, text)


async def verify_password(password_hash: str | None, text: str) -> bool:
    """Tell whether `text` is the password behind the hash; None, for nobody, takes as long and is never right."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password_hash, text)


def _hash(text: str) -> str:
    return _hasher().hash(text)


def _verify(password_hash: str | None, text: str) -> bool:
    import argon2  # noqa: PLC0415 - loaded at the first sign-in, not at start

    try:
        return _hasher().verify(password_hash or _nobody(), text) and password_hash is not None
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@functools.cache
def _hasher() -> "argon2.PasswordHasher":
    import argon2  # noqa: PLC0415 - loaded at the first sign-in, not at start

    return argon2.PasswordHasher()


@functools.cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
