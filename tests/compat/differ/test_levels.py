"""Levels follow from the law; what is published otherwise is known, and why."""

from typing import Final

import pytest

from compat.differ.effect import (
    Direction,
    Effect,
    Level,
    level_for_new_client,
    level_for_old_client,
    reverse,
)
from compat.differ.ledger import LEDGER
from tests.compat.differ.published import cases, rules

_SECURITY: Final = "who is not let in any more is worse off, whatever other tools call it"
_TURNED: Final = "below `not`, and where the server calls, what widens narrows"
_DRAFT: Final = "of a draft or an alpha nothing is promised"
_UNION: Final = "one more variant in an answer is one that an old client does not know"
_ALL_OF: Final = "what a part said may be said by another one now, in answers, too"
_IDLE: Final = "a limit that is not for values of this type, or not the tighter one, excludes none"
_FEWER: Final = "more fields have to be there, which is fewer answers"

LAWFUL: Final = {
    ("api-global-security-added", Level.ERR): _SECURITY,
    ("api-security-added", Level.ERR): _SECURITY,
    ("api-security-removed", Level.ERR): _SECURITY,
    ("api-security-scope-added", Level.ERR): _SECURITY,
    ("new-required-request-property", Level.INFO): _TURNED,
    ("request-body-became-required", Level.INFO): _TURNED,
    ("request-property-max-length-decreased", Level.INFO): _TURNED,
    ("request-property-removed", Level.INFO): _TURNED,
    ("request-parameter-removed", Level.INFO): _DRAFT,
    ("api-path-removed-without-deprecation", Level.INFO): _DRAFT,
    ("request-body-prefix-items-removed", Level.INFO): "fewer items are told what they must be",
    ("response-body-all-of-removed", Level.WARN): _ALL_OF,
    ("response-property-all-of-removed", Level.WARN): _ALL_OF,
    ("request-body-exclusive-min-set", Level.INFO): _IDLE,
    ("request-body-exclusive-max-set", Level.INFO): _IDLE,
    ("request-parameter-max-decreased", Level.INFO): _IDLE,
    ("response-body-min-decreased", Level.INFO): _IDLE,
    ("response-body-exclusive-min-decreased", Level.INFO): _IDLE,
    ("response-body-dependent-required-changed", Level.INFO): _FEWER,
    ("response-property-dependent-required-changed", Level.INFO): _FEWER,
    ("request-property-const-changed", Level.WARN): "below `if` it may widen or narrow",
    ("response-property-one-of-removed", Level.ERR): "the whole union went, and any value may come",
    ("response-body-any-of-added", Level.ERR): _UNION,
    ("response-property-any-of-added", Level.ERR): _UNION,
}
"""(rule, level by the law) that is published with another level -> why the law stands."""


@pytest.mark.parametrize(
    ("effect", "request_", "response"),
    [
        (Effect.SAME, Level.INFO, Level.INFO),
        (Effect.WIDER, Level.INFO, Level.ERR),
        (Effect.NARROWER, Level.ERR, Level.INFO),
        (Effect.OTHER, Level.ERR, Level.ERR),
        (Effect.STATED, Level.WARN, Level.INFO),
        (Effect.UNSTATED, Level.INFO, Level.WARN),
        (Effect.UNKNOWN, Level.WARN, Level.WARN),
    ],
)
def test_the_law(effect: Effect, request_: Level, response: Level) -> None:
    assert level_for_old_client(effect, Direction.REQUEST) is request_
    assert level_for_old_client(effect, Direction.RESPONSE) is response


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("direction", Direction)
def test_a_new_client_sees_the_opposite_change(effect: Effect, direction: Direction) -> None:
    seen = level_for_new_client(effect, direction)
    assert seen is level_for_old_client(reverse(effect), direction)
    assert seen is level_for_old_client(effect, direction.other)


def test_levels_are_those_published_but_for_what_is_argued() -> None:
    known = rules()
    other = {
        (change.id, change.level)
        for case in cases()
        for change in case.found()
        if change.id in known and known[change.id] is not change.level
    }
    assert other == LAWFUL.keys()


def test_the_ledger_has_the_published_levels_and_argues_for_each() -> None:
    known = rules()
    for rule, (level, reason) in LEDGER.items():
        assert known.get(rule, level) is level, rule
        assert reason
