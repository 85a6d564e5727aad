"""Tokens and roles."""

import pytest

from core.site.access import Holder, Role, bearer, digest_of, holder_of


def holder(name: str, token: str, expires_ns: int | None = None) -> Holder:
    return Holder(name=name, role=Role.VIEWER, digest=digest_of(token), expires_ns=expires_ns)


def test_a_token_is_known_until_it_expires() -> None:
    holders = (holder("a", "one"), holder("b", "two", 10))
    assert holder_of("one", holders, now_ns=5) is holders[0]
    assert holder_of("two", holders, now_ns=9) is holders[1]
    assert holder_of("two", holders, now_ns=10) is None
    assert holder_of("", holders, now_ns=5) is None
    assert holder_of("one ", holders, now_ns=5) is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_a_header_has_a_token_or_none(header: str, token: str | None) -> None:
    assert bearer(header) == token


def test_each_role_may_what_the_one_before_it_may() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.ADMIN
