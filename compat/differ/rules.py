"""All rules by their ids: what may be given a level of one's own.

An id is made of the place and a stem, so a rule for a body has its twins for fields, parameters and
headers, and a rule for requests has one for answers.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final

_LIMITS: Final = (
    *("max", "min", "exclusive-max", "exclusive-min", "max-length", "min-length", "max-items"),
    *("min-items", "max-properties", "min-properties", "max-contains", "min-contains"),
)
_HELD: Final = (
    *("if", "then", "else", "not", "contains", "content-schema", "pattern-property"),
    *("property-names", "dependent-schema", "unevaluated-properties", "unevaluated-items"),
    *("items", "prefix-items", "unique-items", "all-of", "any-of", "one-of", "discriminator"),
)
STEMS: Final = (
    *(f"{limit}-{verb}" for limit in _LIMITS for verb in ("increased", "decreased")),
    *(f"{limit}-{verb}" for limit in _LIMITS for verb in ("set", "unset")),
    *(f"{held}-{verb}" for held in _HELD for verb in ("added", "removed")),
    *(f"pattern-{verb}" for verb in ("added", "removed", "changed", "generalized")),
    *(f"multiple-of-{verb}" for verb in ("added", "removed", "changed")),
    *(f"const-{verb}" for verb in ("added", "removed", "changed")),
    *(f"default-value-{verb}" for verb in ("added", "removed", "changed")),
    *(f"dependent-required-{verb}" for verb in ("added", "removed", "changed")),
    *(f"discriminator-mapping-{verb}" for verb in ("added", "deleted", "changed")),
    *(f"all-of-{verb}-annotation-only" for verb in ("added", "removed")),
    *(f"additional-properties-{verb}" for verb in ("allowed", "restricted")),
    *(
        f"{verb}-{union}"
        for verb in ("wrapped-in", "unwrapped-from")
        for union in ("any-of", "one-of")
    ),
    *("became-enum", "enum-removed", "enum-value-added", "enum-value-removed"),
    *("became-nullable", "became-not-nullable", "discriminator-property-name-changed"),
    *("type-changed", "type-generalized", "type-specialized", "type-compatible"),
    *("list-of-types-widened", "list-of-types-narrowed", "x-extensible-enum-value-removed"),
    *("content-encoding-changed", "content-media-type-changed", "xml-changed", "format-changed"),
    "dialect-changed",
)
"""What may happen to any schema."""

_PLACES: Final = (
    *("request-body", "request-property", "request-parameter", "request-parameter-property"),
    *("request-read-only-property", "response-body", "response-property"),
    *("response-write-only-property", "response-header", "response-header-property"),
)
_FIELDS: Final = (
    *("deprecated", "deprecated-with-sunset", "deprecated-sunset-missing"),
    *("deprecated-sunset-invalid", "reactivated", "sunset-date-too-small"),
    *("stability-increased", "stability-decreased"),
)
_OTHERS: Final = frozenset(
    [
        "endpoint-added",
        "endpoint-deprecated",
        "endpoint-deprecated-with-sunset",
        "endpoint-reactivated",
        "endpoint-path-changed",
        "api-removed-without-deprecation",
        "api-removed-with-deprecation",
        "api-removed-before-sunset",
        "api-path-removed-without-deprecation",
        "api-path-removed-with-deprecation",
        "api-path-removed-before-sunset",
        "api-path-sunset-parse",
        "api-deprecated-sunset-parse",
        "api-deprecated-sunset-missing",
        "api-sunset-date-too-small",
        "api-sunset-date-changed-too-small",
        "sunset-deleted",
        "api-invalid-stability-level",
        "api-stability-increased",
        "api-stability-decreased",
        "api-operation-id-added",
        "api-operation-id-removed",
        "api-tag-added",
        "api-tag-removed",
        "api-schema-removed",
        "api-schema-dialect-changed",
        "api-version-decreased",
        "api-server-added",
        "api-server-removed",
        "api-base-path-changed",
        "api-operation-server-changed",
        "api-security-added",
        "api-security-removed",
        "api-security-scope-added",
        "api-security-scope-removed",
        "api-global-security-added",
        "api-global-security-removed",
        "api-global-security-scope-added",
        "api-global-security-scope-removed",
        "api-security-component-added",
        "api-security-component-removed",
        "api-security-component-type-changed",
        "api-security-component-oauth-url-changed",
        "api-security-component-oauth-token-url-changed",
        "api-security-component-oauth-refresh-url-changed",
        "api-security-component-oauth-scope-added",
        "api-security-component-oauth-scope-removed",
        "api-security-component-oauth-scope-changed",
        "callback-added",
        "callback-removed",
        "webhook-added",
        "webhook-removed",
        "new-required-request-property",
        "new-required-request-property-with-default",
        "new-optional-request-property",
        "request-property-removed",
        "request-property-became-required",
        "request-property-became-required-with-default",
        "request-property-became-optional",
        "response-property-became-required",
        "response-property-became-optional",
        "response-write-only-property-became-required",
        "response-write-only-property-became-optional",
        "new-request-path-parameter",
        "new-required-request-parameter",
        "new-optional-request-parameter",
        "new-required-request-default-parameter-to-existing-path",
        "new-optional-request-default-parameter-to-existing-path",
        "request-parameter-removed",
        "request-parameter-removed-with-deprecation",
        "request-parameter-removed-before-sunset",
        "request-parameter-became-required",
        "request-parameter-became-optional",
        "request-header-property-became-required",
        "request-parameter-deprecated",
        "request-parameter-reactivated",
        "request-parameter-deprecated-sunset-missing",
        "request-parameter-sunset-parse",
        "request-parameter-sunset-date-too-small",
        "request-parameter-sunset-deleted",
        "request-parameter-sunset-date-changed-too-small",
        "request-parameter-style-changed",
        "request-parameter-media-type-changed",
        "request-parameter-allow-reserved-added",
        "request-parameter-allow-reserved-removed",
        "request-parameter-allow-empty-value-added",
        "request-parameter-allow-empty-value-removed",
        "request-body-added-required",
        "request-body-added-optional",
        "request-body-removed",
        "request-body-became-required",
        "request-body-became-optional",
        "request-body-media-type-added",
        "request-body-media-type-removed",
        "request-body-media-type-schema-added",
        "request-body-media-type-schema-removed",
        "response-body-media-type-schema-added",
        "response-body-media-type-schema-removed",
        "request-body-encoding-changed",
        "response-body-encoding-changed",
        "response-media-type-added",
        "response-media-type-removed",
        "response-mediatype-enum-value-removed",
        "response-success-status-added",
        "response-success-status-removed",
        "response-non-success-status-added",
        "response-non-success-status-removed",
        "response-header-added",
        "required-response-header-removed",
        "optional-response-header-removed",
        "response-header-became-required",
        "response-header-became-optional",
        "response-header-deprecated",
        "response-header-reactivated",
        "response-header-style-changed",
        "response-header-media-type-changed",
        "response-link-added",
        "response-link-removed",
        "response-link-changed",
    ]
)


@cache
def rules() -> frozenset[str]:
    """The id of every rule."""
    return frozenset((*_OTHERS, *_of_schemas(), *_of_fields()))


def _of_schemas() -> Iterator[str]:
    for place, stem in product(_PLACES, STEMS):
        yield f"{place}-{stem}"


def _of_fields() -> Iterator[str]:
    for direction, what in product(("request", "response"), _FIELDS):
        yield f"{direction}-property-{what}"
    for direction, presence, became in product(
        ("request", "response"), ("required", "optional"), ("became", "became-not")
    ):
        for mark in ("read-only", "write-only"):
            yield f"{direction}-{presence}-property-{became}-{mark}"
    for presence, shown, verb in product(
        ("required", "optional"), ("", "-write-only"), ("added", "removed")
    ):
        yield f"response-{presence}{shown}-property-{verb}"
