"""Rules have their twins: of answers for requests, and of what is undone for what is done."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from compat.differ.catalogue.example import run
from compat.differ.rules import examples

RULES = frozenset(examples())

_ENDS: Final = (
    *(("added", "removed"), ("set", "unset"), ("increased", "decreased")),
    *(("widened", "narrowed"), ("generalized", "specialized"), ("allowed", "restricted")),
    *(("deprecated", "reactivated"), ("became-required", "became-optional")),
    *(("became-nullable", "became-not-nullable"), ("added-annotation-only",) * 2),
)
_PUBLISHED: Final = "published under another name"
_PRESENCE: Final = "whether it must be there is told of what is there, by names of its own"
_LONE: Final = "only one of the two has it (OpenAPI 3.1, 4.8)"

OF_ONE_DIRECTION: Final[Mapping[str, str]] = {
    r"new-.*-request-(?:default-)?parameter.*": "an answer has response-header-added",
    "new-request-path-parameter": "an answer has no path",
    "response-header-added": "a request has new-...-request-parameter",
    "(?:optional|required)-response-header-removed": "a request has request-parameter-removed",
    "request-parameter-removed": "an answer has ...-response-header-removed",
    "request-parameter-removed-.*": "no end of a header is announced: it is deprecated or not",
    "request-parameter-(?:deprecated-)?sunset-.*": "no end of a header is announced",
    "request-header-property-became-required": "of a header of requests; see request-parameter",
    "request-parameter-allow-.*": "only what stands in a URL has reserved characters or no value",
    "new-.*-request-property.*": "an answer has response-...-property-added",
    "request-property-(?:removed|became-required-with-default)": _PRESENCE,
    r"response-(?:required|optional)-(?:write-only-)?property-(?:added|removed)": _PRESENCE,
    r"response-write-only-property-became-(?:required|optional)": (
        "of a field that is not in requests nothing is asked, and so nothing is told there"
    ),
    "request-body-(?:added-.*|removed|became-(?:required|optional))": (
        "an answer has a body by its status, and media types tell of it"
    ),
    "re(?:quest-body|sponse)-media-type-(?:added|removed)": _PUBLISHED,
    "re(?:quest-body|sponse-mediatype)-enum-value-removed": _PUBLISHED,
    "request-.*-pattern-generalized": "an answer has ...-pattern-changed, as it is published",
    "response-link-.*": _LONE,
    "response-(?:non-)?success-status-.*": _LONE,
}
"""Rule -> why the other direction has none of that name."""

UNDONE_BY_ANOTHER_NAME: Final[Mapping[str, str]] = {
    "endpoint-added": "goes as api-removed-... or api-path-removed-...",
    "response-header-added": "goes as required-... or optional-response-header-removed",
    "(?:optional|required)-response-header-removed": "comes as response-header-added",
    "request-body-removed": "comes as request-body-added-required or -optional",
    "request-(?:parameter|property)-removed": "comes as new-...-request-...",
    ".*-discriminator-mapping-added": "goes as -deleted, as it is published",
    ".*-pattern-generalized": "comes back as -pattern-changed",
    ".*-enum-removed": "comes as -became-enum, as it is published",
    "response-mediatype-enum-value-removed": "comes as response-body-enum-value-added",
    "response-body-enum-value-added": "goes as response-mediatype-enum-value-removed",
    "request-header-property-became-required": "goes as request-parameter-became-optional",
    "api-schema-removed": "what nothing refers to is on no wire, and not told as it comes",
    "api-version-decreased": "a version is to increase",
}
"""Rule -> what its opposite is called instead."""

NOT_UNDONE: Final[Mapping[str, str]] = {
    "api-schema-removed": "what nothing refers to is on no wire, and not told as it comes",
    "(?:request-parameter-)?sunset-deleted": "that an end is announced later on harms nobody",
    ".*-sunset-date-changed-too-small": "that an end is put off harms nobody",
    "api-version-decreased": "a version is to increase",
}
"""Rule -> why the opposite of its example is not told at all."""


def of_other_direction(rule: str) -> str:
    """The name in the other direction; that of a rule of none is the same."""
    if "request-parameter" in rule or "response-header" in rule:
        return exchanged(rule, "request-parameter", "response-header")
    if re.match("(?:request-read|response-write)-only-property", rule):
        rule = exchanged(rule, "read-only-property", "write-only-property")
    return exchanged(rule, "request", "response")


def exchanged(text: str, one: str, other: str) -> str:
    return re.sub(f"{one}|{other}", lambda found: other if found[0] == one else one, text)


def opposite(rule: str) -> str:
    """The name of what undoes it, where names are regular; else the rule's own."""
    if "wrapped-" in rule:
        return exchanged(rule, "unwrapped-from", "wrapped-in")
    for one, other in (("became-not-read", "became-read"), ("became-not-write", "became-write")):
        if one in rule or other in rule:
            return exchanged(rule, one, other)
    for pair in _ENDS:
        for end, undone in (pair, pair[::-1]):
            if rule.endswith(f"-{end}"):
                return f"{rule.removesuffix(end)}{undone}"
    return rule


def unexcused(lonely: Iterable[str], excuses: Mapping[str, str]) -> list[str]:
    """What is lonely without a reason, and reasons that are of nothing lonely."""
    left = [*lonely]
    stale = [each for each in excuses if not any(re.fullmatch(each, rule) for rule in left)]
    excused = re.compile("|".join(f"(?:{each})" for each in excuses))
    return [*(rule for rule in left if not excused.fullmatch(rule)), *stale]


def lonely(twin: Callable[[str], str]) -> list[str]:
    return [rule for rule in sorted(RULES) if twin(rule) not in RULES]


def test_a_rule_of_requests_has_its_twin_in_responses_and_the_other_way() -> None:
    assert unexcused(lonely(of_other_direction), OF_ONE_DIRECTION) == []


def test_what_is_done_may_be_undone_by_a_rule_of_the_name() -> None:
    assert unexcused(lonely(opposite), UNDONE_BY_ANOTHER_NAME) == []


def test_the_opposite_of_an_example_is_told_by_the_twin() -> None:
    told = {
        rule: {change.id for change in run(example.back("")).changes}
        for rule, example in examples().items()
    }
    assert {rule for given in told.values() for rule in given} - RULES == set()
    assert unexcused([rule for rule, given in told.items() if not given], NOT_UNDONE) == []
    named = {rule: opposite(rule) for rule in RULES if opposite(rule) in RULES - {rule}}
    assert [rule for rule, twin in named.items() if twin not in told[rule]] == []


def test_names_of_twins() -> None:
    for one, other in (
        ("request-body-max-set", "response-body-max-set"),
        ("request-parameter-max-set", "response-header-max-set"),
        ("request-read-only-property-not-added", "response-write-only-property-not-added"),
        (
            "request-optional-property-became-read-only",
            "response-optional-property-became-read-only",
        ),
        ("endpoint-added", "endpoint-added"),
    ):
        assert (of_other_direction(one), of_other_direction(other)) == (other, one)
    for one, other in (
        ("request-body-max-set", "request-body-max-unset"),
        ("request-body-wrapped-in-any-of", "request-body-unwrapped-from-any-of"),
        ("request-body-became-nullable", "request-body-became-not-nullable"),
        (
            "request-optional-property-became-read-only",
            "request-optional-property-became-not-read-only",
        ),
    ):
        assert (opposite(one), opposite(other)) == (other, one)


def test_a_rule_without_its_twin_is_found_and_so_is_an_excuse_for_none() -> None:
    assert unexcused(["a-added", "b-added"], {"a-.*": "", "c": ""}) == ["b-added", "c"]
