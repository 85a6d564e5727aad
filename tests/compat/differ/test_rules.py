"""Every change has a rule that is listed, and rules have their twins."""

from compat.differ.rules import STEMS, rules
from tests.compat.differ.published import cases


def test_what_the_published_cases_give_is_listed() -> None:
    assert {change.id for case in cases() for change in case.found()} - rules() == set()


def test_a_rule_of_requests_has_its_twin_in_responses() -> None:
    for stem in STEMS:
        for place in ("body", "property"):
            assert {f"request-{place}-{stem}", f"response-{place}-{stem}"} <= rules()


def test_what_is_added_may_be_removed() -> None:
    lonely = {
        rule
        for rule in rules()
        if rule.endswith("-added") and f"{rule.removesuffix('added')}removed" not in rules()
    }
    assert lonely == {
        "endpoint-added",  # goes as api-removed-... or api-path-removed-...
        "response-header-added",  # goes as required-... or optional-response-header-removed
        *(rule for rule in lonely if "discriminator-mapping" in rule),  # goes as -deleted
    }
