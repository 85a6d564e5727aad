"""Rules of operations and of the whole interface, but for security."""

from collections.abc import Iterator
from typing import Any, Final

from compat.differ.bump import Bump
from compat.differ.catalogue.example import DONE, FAR, PAST, Document, Example, document
from compat.differ.lifecycle import STABILITY, SUNSET

_BARE: Final = document()


def operation_examples() -> Iterator[tuple[str, Example]]:
    """All of them by their rules."""
    yield from _existence()
    yield from _ends()
    yield from _said()
    yield from _called()
    yield from _dialects()
    yield from _servers()
    yield from _versions()


def _other(path: str, **said: Any) -> Document:
    """A spec with one more operation, below the same path or another one."""
    operation = {**said, "responses": DONE}
    paths = {"/things": {"post": {"responses": DONE}}}
    paths[path] = {**paths.get(path, {}), "delete": operation}
    return document(paths=paths)


def _existence() -> Iterator[tuple[str, Example]]:
    come = Example(meaning="A folder has one more spec.", old={}, new=_BARE)
    yield "api-document-added", come
    yield "api-document-removed", come.back("A spec is not in the folder any more.")
    yield (
        "endpoint-added",
        Example(meaning="There is a new operation.", old=_BARE, new=_other("/things")),
    )
    named = {"post": {"operationId": "addThing", "responses": DONE}}
    one, other = (document(paths={path: named}) for path in ("/things", "/rooms"))
    yield (
        "endpoint-path-changed",
        Example(
            meaning="An operation is at another path, known by its name or but for a version.",
            old=one,
            new=other,
        ),
    )
    for rule, what, path in (
        ("api", "An operation", "/things"),
        ("api-path", "A path, with its last operation,", "/rooms"),
    ):
        for how, told, said in (
            ("without-deprecation", "without having been deprecated", {}),
            ("with-deprecation", "after it was deprecated", {"deprecated": True}),
            (
                "before-sunset",
                "before the day that was announced",
                {"deprecated": True, SUNSET: FAR},
            ),
        ):
            yield (
                f"{rule}-removed-{how}",
                Example(meaning=f"{what} was removed {told}.", old=_other(path, **said), new=_BARE),
            )


def _ends() -> Iterator[tuple[str, Example]]:
    def ends(day: str = "") -> Document:
        return document({"deprecated": True, **({SUNSET: day} if day else {})})

    deprecated = Example(meaning="An operation is deprecated now.", old=_BARE, new=ends())
    yield "endpoint-deprecated", deprecated
    yield "endpoint-reactivated", deprecated.back("An operation is not deprecated any more.")
    for rule, told, old, new, days in (
        (
            "endpoint-deprecated-with-sunset",
            "is deprecated now, with the day of its end",
            _BARE,
            ends(FAR),
            0,
        ),
        (
            "api-deprecated-sunset-missing",
            "is deprecated now, without the day of its end",
            _BARE,
            ends(),
            90,
        ),
        (
            "api-deprecated-sunset-parse",
            "is deprecated now, and the day of its end is no date",
            _BARE,
            ends("soon"),
            0,
        ),
        (
            "api-sunset-date-too-small",
            "is deprecated now, and ends earlier than it may",
            _BARE,
            ends(PAST),
            90,
        ),
        ("api-path-sunset-parse", "has an end that is no date", ends(FAR), ends("soon"), 0),
        (
            "api-sunset-date-changed-too-small",
            "ends earlier than was announced, and than it may",
            ends(FAR),
            ends(PAST),
            0,
        ),
        ("sunset-deleted", "lacks the day of its end, which it had", ends(FAR), ends(), 0),
    ):
        yield (
            rule,
            Example(meaning=f"An operation {told}.", old=old, new=new, stable_days=days),
        )
    beta, stable = (document({STABILITY: level}) for level in ("beta", "stable"))
    more = Example(meaning="More is promised of an operation.", old=beta, new=stable)
    yield "api-stability-increased", more
    yield "api-stability-decreased", more.back("Less is promised of an operation.")
    yield (
        "api-invalid-stability-level",
        Example(
            meaning="`x-stability-level` of an operation is none of the levels.",
            old=_BARE,
            new=document({STABILITY: "firm"}),
        ),
    )


def _said() -> Iterator[tuple[str, Example]]:
    named = Example(
        meaning="An operation has a name now, or another one.",
        old=_BARE,
        new=document({"operationId": "addThing"}),
    )
    yield "api-operation-id-added", named
    yield (
        "api-operation-id-removed",
        named.back("An operation lacks the name that it had, or has another one."),
    )
    tagged = Example(
        meaning="An operation has one more tag.", old=_BARE, new=document({"tags": ["things"]})
    )
    yield "api-tag-added", tagged
    yield "api-tag-removed", tagged.back("An operation lacks a tag that it had.")
    schemas = {"components": {"schemas": {"Room": {"type": "string"}}}}
    yield (
        "api-schema-removed",
        Example(meaning="A named schema is gone.", old=document(**schemas), new=_BARE),
    )


def _called() -> Iterator[tuple[str, Example]]:
    item = {"post": {"responses": DONE}}
    callback = Example(
        meaning="The server may call back in one more way.",
        old=_BARE,
        new=document({"callbacks": {"done": {"{$request.query.url}": item}}}),
    )
    yield "callback-added", callback
    yield "callback-removed", callback.back("The server does not call back in a way it did.")
    webhook = Example(
        meaning="The server may send one more webhook.",
        old=_BARE,
        new=document(webhooks={"done": item}),
    )
    yield "webhook-added", webhook
    yield "webhook-removed", webhook.back("The server does not send a webhook that it sent.")


def _dialects() -> Iterator[tuple[str, Example]]:
    yield (
        "api-schema-dialect-changed",
        Example(
            meaning="All schemas are of another JSON Schema, whose keywords may mean other things.",
            old=_BARE,
            new=document(jsonSchemaDialect="https://json-schema.org/draft/2019-09/schema"),
        ),
    )


def _servers() -> Iterator[tuple[str, Example]]:
    def at(*urls: str) -> Document:
        return document(servers=[{"url": url} for url in urls])

    one, other = "https://a.example/v1", "https://b.example/v1"
    more = Example(meaning="The interface names one more server.", old=at(one), new=at(one, other))
    yield "api-server-added", more
    yield "api-server-removed", more.back("The interface names a server less.")
    yield (
        "api-base-path-changed",
        Example(
            meaning="Every path begins in another way.",
            old=at(one),
            new=at("https://a.example/v2"),
            beside=frozenset({"api-server-added", "api-server-removed"}),
        ),
    )
    own = {"servers": [{"url": "https://a.example/v2"}]}
    yield (
        "api-operation-server-changed",
        Example(
            meaning="An operation is below another base path than it was.",
            old=at(one),
            new=document(own, servers=[{"url": one}]),
            beside=frozenset({"api-server-added"}),
        ),
    )


def _versions() -> Iterator[tuple[str, Example]]:
    def of(version: str, *parameters: Document) -> Document:
        info = {"title": "Things", "version": version}
        return document({"parameters": [*parameters]} if parameters else None, info=info)

    yield (
        "api-version-decreased",
        Example(
            meaning="`info.version` is a lower one than it was.", old=of("1.1.0"), new=of("1.0.0")
        ),
    )
    asked: Document = {"name": "room", "in": "query", "schema": {"type": "string"}}
    policy = Bump()
    beside = "new-required-request-parameter"
    yield (
        "api-major-version-not-bumped",
        Example(
            meaning="A client may break, and the first number of `info.version` is what it was.",
            old=of("1.4.2"),
            new=of("1.5.0", {**asked, "required": True}),
            beside=frozenset({beside}),
            bump=policy,
        ),
    )
    yield (
        "api-minor-version-not-bumped",
        Example(
            meaning="Something is new or deprecated, and `info.version` has a new patch at most.",
            old=of("1.4.2"),
            new=of("1.4.3", asked),
            beside=frozenset({"new-optional-request-parameter"}),
            bump=policy,
        ),
    )
    yield (
        "api-version-not-bumped",
        Example(
            meaning="The interface has changed, and `info.version` is not above what it was.",
            old=of("1.4.2"),
            new=document({"tags": ["things"]}, info=of("1.4.2")["info"]),
            beside=frozenset({"api-tag-added"}),
            bump=policy,
        ),
    )
    yield (
        "api-version-not-semver",
        Example(
            meaning="`info.version` is no version of Semantic Versioning 2.0.0.",
            old=of("1.4.2"),
            new=of("2026-11"),
            beside=frozenset(),
            bump=policy,
        ),
    )
