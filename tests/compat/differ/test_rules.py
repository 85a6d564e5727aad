"""Every change has a rule that is listed, and every rule that is listed can be told."""

import json
from itertools import permutations

import pytest

from compat.differ.catalogue.edits import Edit
from compat.differ.catalogue.example import Example, body, run
from compat.differ.catalogue.spots import SPOTS, Spot
from compat.differ.ledger import LEDGER
from compat.differ.rules import examples
from compat.load import load
from tests.compat.differ.published import cases
from tests.compat.differ.space import FAMILIES

RULES = frozenset(examples())


def told(example: Example) -> set[str]:
    return {change.id for change in run(example).changes}


def test_what_the_published_cases_give_is_listed() -> None:
    assert {change.id for case in cases() for change in case.found()} - RULES == set()


@pytest.mark.parametrize("spot", SPOTS, ids=lambda spot: spot.called)
def test_what_an_edit_of_a_schema_gives_is_listed(spot: Spot) -> None:
    given: set[str] = set()
    for family in FAMILIES:
        schemas = [each for each in family.schemas if isinstance(each, dict)]
        for old, new in permutations(schemas, 2) if "3.1" in family.dialects else ():
            given |= told(spot.example(Edit(meaning="", old=old, new=new)))
    assert given
    assert given - RULES == set()


def test_a_rule_is_told_of_its_example_and_nothing_else_but_what_is_said_to_be() -> None:
    wrong = {
        rule: given
        for rule, example in examples().items()
        if (given := told(example)) != {rule} | example.beside
    }
    assert wrong == {}


def test_an_example_that_is_told_by_another_rule_proves_nothing() -> None:
    example = Example(meaning="", old=body({"maxLength": 3}), new=body({"maxLength": 4}))
    assert told(example) == {"request-body-max-length-increased"}


def test_what_nothing_can_be_told_by_is_not_listed() -> None:
    for rule in (
        "request-body-min-length-set",  # where none is written it is nought: it is increased
        "request-body-min-contains-unset",  # it is one
        "request-parameter-xml-changed",  # parameters are never written in XML
        "response-header-type-compatible",  # nor is a header the text of a body
        "response-body-enum-value-removed",  # published as response-mediatype-...
        "response-body-pattern-generalized",  # published as response-body-pattern-changed
        "request-body-format-changed",  # a format belongs to the type: type-changed
        "request-property-removed-with-default",  # what is gone has no default
    ):
        assert rule not in RULES, rule


def test_the_documents_of_an_example_keep_their_standard() -> None:
    seen = {
        json.dumps(document)
        for example in examples().values()
        for document in (example.old, example.new)
        if document
    }
    assert [problem for text in seen for problem in problems(text)] == []


def problems(text: str) -> list[str]:
    return [str(each) for each in load("spec.json", lambda _: text.encode()).problems]


def test_a_meaning_is_a_sentence_of_its_own() -> None:
    meanings = {rule: example.meaning for rule, example in examples().items()}
    assert [rule for rule, meaning in meanings.items() if not is_sentence(meaning)] == []
    assert len(set(meanings.values())) == len(meanings)


def is_sentence(text: str) -> bool:
    return text.endswith(".") and not text[0].islower() and "{" not in text


def test_examples_are_told_the_same_on_any_day(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {rule: told(example) for rule, example in examples().items()}
    monkeypatch.setattr("compat.differ.catalogue.example.TODAY", "2099-12-31")
    assert {rule: told(example) for rule, example in examples().items()} == before


def test_the_ledger_argues_about_rules() -> None:
    assert LEDGER.keys() - RULES == set()
