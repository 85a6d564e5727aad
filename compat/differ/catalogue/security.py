"""Rules of what callers have to show."""

from collections.abc import Iterator
from typing import Any, Final

from compat.differ.catalogue.example import Document, Example, document

_KEY: Final = {"type": "apiKey", "in": "header", "name": "X-Key"}
_URL: Final = "https://auth.example/"
_RULE: Final = "api-security-component"


def security_examples() -> Iterator[tuple[str, Example]]:
    """All of them by their rules."""
    yield from _demands()
    yield from _schemes()
    yield from _oauth()


def _demands() -> Iterator[tuple[str, Example]]:
    schemes = {"securitySchemes": {"key": _KEY, "login": _login()}}
    for rule, what, is_own in (
        ("api-security", "An operation", True),
        ("api-global-security", "The interface", False),
    ):

        def asking(*demands: Document, is_own: bool = is_own) -> Document:
            asked: Document = {"security": [*demands]} if demands else {}
            if is_own:
                return document(asked, components=schemes)
            return document(components=schemes, **asked)

        more = Example(
            meaning=f"{what} asks for a way to show who calls, or accepts one more.",
            old=asking(),
            new=asking({"key": []}),
        )
        yield f"{rule}-added", more
        yield (
            f"{rule}-removed",
            more.back(f"{what} does not accept or ask for a way to show who calls any more."),
        )
        scope = Example(
            meaning=f"{what} asks for one more scope.",
            old=asking({"login": ["read"]}),
            new=asking({"login": ["read", "write"]}),
        )
        yield f"{rule}-scope-added", scope
        yield f"{rule}-scope-removed", scope.back(f"{what} asks for a scope less.")


def _login(scopes: Document | None = None, **said: str) -> Document:
    named = {"read": "Look."} if scopes is None else scopes
    flow = {"authorizationUrl": f"{_URL}in", "tokenUrl": f"{_URL}token", **said, "scopes": named}
    return {"type": "oauth2", "flows": {"authorizationCode": flow}}


def _with(**schemes: Any) -> Document:
    return document(components={"securitySchemes": schemes})


def _schemes() -> Iterator[tuple[str, Example]]:
    more = Example(
        meaning="There is one more way to show who calls, which operations may ask for.",
        old=_with(login=_login()),
        new=_with(key=_KEY, login=_login()),
    )
    yield f"{_RULE}-added", more
    yield f"{_RULE}-removed", more.back("There is a way less to show who calls.")
    yield (
        f"{_RULE}-type-changed",
        Example(
            meaning="A way to show who calls is of another type.",
            old=_with(key=_KEY),
            new=_with(key={"type": "http", "scheme": "bearer"}),
        ),
    )


def _oauth() -> Iterator[tuple[str, Example]]:
    old = _with(login=_login())
    for word, keyword, what in (
        ("url", "authorizationUrl", "allow access"),
        ("token-url", "tokenUrl", "get tokens"),
        ("refresh-url", "refreshUrl", "renew tokens"),
    ):
        yield (
            f"{_RULE}-oauth-{word}-changed",
            Example(
                meaning=f"The URL at which to {what} is another one.",
                old=old,
                new=_with(login=_login(None, **{keyword: f"{_URL}other"})),
            ),
        )
    more = Example(
        meaning="A way to show who calls has one more scope.",
        old=old,
        new=_with(login=_login({"read": "Look.", "write": "Change."})),
    )
    yield f"{_RULE}-oauth-scope-added", more
    yield f"{_RULE}-oauth-scope-removed", more.back("A way to show who calls has a scope less.")
    yield (
        f"{_RULE}-oauth-scope-changed",
        Example(
            meaning="A scope is described in other words.",
            old=old,
            new=_with(login=_login({"read": "See."})),
        ),
    )
