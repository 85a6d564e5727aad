"""Who may do what: tokens, of which only a digest is kept, and their roles."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each may what the one before it may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who has a token; `digest` is that of the token, `expires_ns` None if it does not."""

    name: str
    role: Role
    digest: bytes
    expires_ns: int | None = None


def digest_of(token: str) -> bytes:
    """What is kept of a token. It is long and random, so that a plain hash tells nothing of it."""
    return hashlib.sha256(token.encode()).digest()


def holder_of(token: str, holders: Iterable[Holder], *, now_ns: int) -> Holder | None:
    """Whose token this is; how long that takes does not depend on which, or on whether."""
    presented = digest_of(token)
    found = None
    for each in holders:
        is_it = hmac.compare_digest(presented, each.digest)
        if is_it and (each.expires_ns is None or now_ns < each.expires_ns):
            found = each
    return found


def bearer(header: str) -> str | None:
    """The token in an `Authorization` header; None where there is none."""
    scheme, _, token = header.partition(" ")
    token = token.strip(" ")
    return token if scheme.lower() == "bearer" and token else None
