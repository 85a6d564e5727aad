"""What a page says of its rule is what the differ and the planner do with its example."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import pytest
import yaml
from jsonschema import Draft202012Validator

from compat.bridging.bridging import Bridging
from compat.bridging.examples import transition_examples
from compat.bridging.rules import rules
from compat.bridging.transitions import TRANSITIONS, gathered
from compat.differ.bump import Bump
from compat.differ.catalogue.example import TODAY
from compat.differ.catalogue.example import Document as Text
from compat.differ.change import Change
from compat.differ.documents import Document, document_changes, documents_bumped
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.rules import examples
from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.load import load
from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.report.rules.document import entry_document, rule_document
from compat.report.rules.markdown import list_markdown, rule_markdown
from compat.report.rules.rule import Rule, described
from compat.report.rules.text import list_text, rule_text
from compat.report.rules.words import NO_BRIDGE
from compat.report.text import ROLES
from tests.compat.bridging.test_bridging import appliance
from tests.compat.cli.schemas import REGISTRY, SCHEMAS

EVERY: Final = described(sorted(rules()))
INTENT: Final = re.compile(r"The intent of the example: `(.*)`\.")
FENCED: Final = re.compile(r"```diff\n(.*?)```", re.DOTALL)


def read(text: str) -> Interface | None:
    """None for a document that is not there."""
    if text.strip() in ("", "{}"):
        return None
    return load("spec.yaml", lambda _: text.encode(), validate=False).interface


Specs: TypeAlias = tuple[Interface | None, Interface | None]


def printed(rule: Rule) -> Specs:
    """The two specs as a reader of the page has them."""
    found = FENCED.search("\n".join(rule_markdown(rule)))
    assert found is not None
    lines = found[1].splitlines()
    old, new = ("\n".join(line[1:] for line in lines if line[:1] in sign) for sign in (" -", " +"))
    return read(old), read(new)


def told(rule: Rule, old: Interface | None, new: Interface | None) -> Iterator[Change]:
    document, days = Document(old=old, new=new), rule.example.stable_days
    found = [*document_changes(document, Policy(today=TODAY, stable_days=days))]
    if rule.id not in examples():
        found = [*gathered(found, Bridging.of(planned(rule, old, new)))]
    yield from found
    if rule.settings == ("version-bump = {}",):
        yield from documents_bumped(found, [document], Bump())


def levels(rule: Rule, old: Interface | None, new: Interface | None) -> set[tuple[str, str]]:
    """Those of the rule's changes, for an old client and for a new one."""
    return {
        (each.level.name, each.level_for_new_client.name)
        for each in told(rule, old, new)
        if each.id == rule.id
    }


def planned(rule: Rule, old: Interface | None, new: Interface | None) -> BridgePlan:
    assert old is not None
    assert new is not None
    told = INTENT.search("\n".join(rule_text(rule)))
    intent = read_intent("intent.yaml", told[1].encode()) if told else NO_INTENT
    return plan(old, new, intent, today=TODAY)


def bridged(rule: Rule, old: Interface | None, new: Interface | None) -> list[str]:
    """What the planner says, in the words of a rule."""
    if old is None or new is None:
        return []
    return [
        line
        for each in planned(rule, old, new).differences
        for line in (
            each.told,
            *(
                f"{words}: {each.judgements[role].verdict.label}: {each.judgements[role].treatment}"
                for role, words in ROLES.items()
            ),
        )
    ]


def test_what_is_printed_gives_the_levels_and_is_bridged_as_is_printed() -> None:
    wrong: dict[str, Any] = {}
    for rule in EVERY:
        old, new = printed(rule)
        said = [line.strip() for line in rule_text(rule)]
        head, tail = (
            said.index(f) + 1 for f in ("Who breaks", "What a shim does about the example")
        )
        shown = {tuple(line.split(": ")[1] for line in said[head : head + 2])}
        found = levels(rule, old, new), bridged(rule, old, new) or [NO_BRIDGE]
        if found != (shown, said[tail:]):
            wrong[rule.id] = found
    assert wrong == {}


@pytest.mark.parametrize("role", Role)
def test_every_level_has_a_reason(role: Role) -> None:
    assert [rule.id for rule in EVERY if not rule.reason(role)] == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "request-property-max-length-decreased",
            "it may send what the server does not accept",
            "all that it may send is accepted",
        ),
        (
            "response-property-max-length-increased",
            "it may get what it does not expect",
            "all that it may get is what it expects",
        ),
        (
            "response-property-enum-value-added",
            "clients have to expect values that they do not know",
            "all that it may get is what it expects",
        ),
        (
            "api-deprecated-sunset-missing",
            "no message changes, but what is promised of how long things stay",
            "what it may send is the same",
        ),
        (
            "endpoint-deprecated",
            "no message changes, and it is only told",
            "what it may send is the same",
        ),
        (
            "api-removed-without-deprecation",
            "what was promised is gone",
            "all that it may send is accepted",
        ),
        (
            "api-removed-with-deprecation",
            "it may go, as was announced",
            "all that it may send is accepted",
        ),
        ("api-version-not-semver", "settings ask for it", "settings ask for it"),
    ],
)
def test_reasons_are_those_of_the_law_or_of_what_overrules_it(
    name: str, old: str, new: str
) -> None:
    [rule] = described([name])
    assert [rule.reason(role) for role in (Role.OLD_CLIENT, Role.NEW_CLIENT)] == [old, new]


def test_a_page_on_a_terminal() -> None:
    [rule] = described(["response-property-became-not-nullable"])
    assert [*rule_text(rule)] == [
        "response-property-became-not-nullable",
        "  A property of a response body may not be null any more.",
        "",
        "Who breaks",
        "  old client → new server: INFO: all that it may get is what it expects",
        "  new client → old server: ERR: it may get what it does not expect",
        "",
        "Example (- before, + after)",
        *(
            "   openapi: 3.1.0",
            "   info:",
            "     title: Things",
            "     version: 1.0.0",
            "   paths:",
        ),
        *("     /things:", "       post:", "         responses:", "           '200':"),
        *("             description: A thing.", "             content:"),
        *("               application/json:", "                 schema:"),
        *("                   type: object", "                   properties:"),
        "                     colour:",
        "  -                    type:",
        "  -                    - string",
        "  -                    - 'null'",
        "  +                    type: string",
        "",
        "What a shim does about the example",
        "  POST /things response 200.colour: colour may be null in the old version alone",
        "    old client → new server: none: nothing to do",
        "    new client → old server: lossy: null becomes a missing field",
    ]


def test_settings_and_other_rules_that_an_example_needs_are_told() -> None:
    [rule] = described(["api-minor-version-not-bumped"])
    said = [*rule_text(rule)]
    assert said[said.index("What a shim does about the example") - 3 :][:2] == [
        "  It is told with these settings of `check`: `version-bump = {}`.",
        "  The example is told by `new-optional-request-parameter`, too.",
    ]


def test_a_list_has_both_levels_and_the_meaning_of_each() -> None:
    found = described(["endpoint-added", "request-body-max-decreased"])
    assert [*list_text(found)] == [
        "old   new   rule",
        "INFO  ERR   endpoint-added  There is a new operation.",
        "ERR   INFO  request-body-max-decreased  The maximum of a request body was lowered.",
    ]
    assert [*list_markdown(found, "./")][2:] == [
        "| [`endpoint-added`](./endpoint-added.md) | INFO | ERR | There is a new operation. |",
        "| [`request-body-max-decreased`](./request-body-max-decreased.md) | ERR | INFO "
        "| The maximum of a request body was lowered. |",
    ]


def test_documents_are_as_their_schema_says() -> None:
    Draft202012Validator.check_schema(SCHEMAS["rules"])
    validator = Draft202012Validator(SCHEMAS["rules"], registry=REGISTRY)
    for rule in EVERY[::10]:
        validator.validate(json.loads(json.dumps(rule_document(rule))))
    validator.validate([dict(entry_document(rule)) for rule in EVERY])


def test_a_document_holds_both_specs_as_they_are() -> None:
    [rule] = described(["response-header-added"])
    example: Any = rule_document(rule)["example"]
    specs: list[Text] = [example["old"], example["new"]]
    assert all(read(yaml.safe_dump(each)) for each in specs)
    assert [specs[0], specs[1]] == [rule.example.old, rule.example.new]


def test_every_transition_has_a_page() -> None:
    for kind, transition in TRANSITIONS.items():
        assert [rule for rule in rules() - examples().keys() if rule.endswith(transition.stem)], (
            kind
        )


def test_no_rule_is_both_a_change_and_a_transition() -> None:
    assert not transition_examples().keys() & examples().keys()


def test_what_is_gathered_of_two_versions_has_described() -> None:
    made = appliance()
    found = changes(made.old, made.new, Policy(today=TODAY))
    told = gathered([*found], Bridging.of(made))
    assert {each.id for each in told} - rules() == set()
