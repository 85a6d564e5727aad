"""What the changes ask of `info.version`."""

from typing import Any

import pytest

from compat.differ.bump import ADDED, VERSION_RULES, Bump
from compat.differ.catalogue.example import Document as Text
from compat.differ.catalogue.example import Example, document, run
from compat.differ.change import Change
from compat.differ.documents import Document, documents_bumped
from compat.differ.effect import Level
from compat.differ.rules import examples
from compat.differ.semver import Step

RULES = frozenset(examples())

BREAKS: Text = {"parameters": [{"name": "a", "in": "query", "required": True}]}
ADDS: Text = {"parameters": [{"name": "a", "in": "query"}]}
ENDS: Text = {"deprecated": True}
NOTES: Text = {"tags": ["a"]}


def asked(versions: str, new: Text, old: Text | None = None, **bump: Step) -> list[tuple[str, str]]:
    """The rules about the version, and what would do, of "old new" versions."""
    return [(each.id, each.remedy) for each in found(versions, new, old, **bump)]


def found(versions: str, new: Text, old: Text | None = None, **bump: Step) -> list[Change]:
    before, after = (
        spec(said, each) for said, each in zip(versions.split(), (old, new), strict=True)
    )
    ran = run(Example(meaning="", old=before, new=after))
    return [*documents_bumped(ran.changes, [Document(old=ran.old, new=ran.new)], Bump(**bump))]


def spec(version: str, said: Text | None) -> Text:
    operation: dict[str, Any] = dict(said or {})
    if "parameters" in operation:
        operation["parameters"] = [
            {**each, "schema": {"type": "string"}} for each in operation["parameters"]
        ]
    return document(operation, info={"title": "Things", "version": version})


REQUIRED = "for new-required-request-parameter of POST /things"
OPTIONAL = "for new-optional-request-parameter of POST /things"


@pytest.mark.parametrize(
    ("versions", "new", "wanted"),
    [
        ("1.4.2 2.0.0", BREAKS, ()),
        ("1.4.2 2.0.0-rc.1", BREAKS, ()),
        ("1.4.2 1.5.0", BREAKS, ("api-major-version-not-bumped", f"2.0.0 would do, {REQUIRED}")),
        ("1.4.2 1.4.2", BREAKS, ("api-major-version-not-bumped", f"2.0.0 would do, {REQUIRED}")),
        ("2.4.2 1.0.0", BREAKS, ("api-major-version-not-bumped", f"3.0.0 would do, {REQUIRED}")),
        ("1.4.2 1.5.0", ADDS, ()),
        ("1.4.2 2.0.0", ADDS, ()),
        ("1.4.2 1.4.3", ADDS, ("api-minor-version-not-bumped", f"1.5.0 would do, {OPTIONAL}")),
        (
            "1.4.2 1.4.3",
            ENDS,
            (
                "api-minor-version-not-bumped",
                "1.5.0 would do, for endpoint-deprecated of POST /things",
            ),
        ),
        ("1.4.2 1.4.3", NOTES, ()),
        (
            "1.4.2 1.4.2",
            NOTES,
            ("api-version-not-bumped", "1.4.3 would do, for api-tag-added of POST /things"),
        ),
        ("1.4.2 1.4.2", None, ()),
    ],
)
def test_a_version_is_bumped_as_far_as_the_worst_change_asks(
    versions: str, new: Text, wanted: tuple[str, str]
) -> None:
    assert asked(versions, new) == ([wanted] if wanted else [])


@pytest.mark.parametrize("versions", ["0.4.2 0.4.3", "0.4.2 1.0.0", "2.0.0-rc.1 2.0.0-rc.2"])
def test_anything_may_change_before_there_is_a_release(versions: str) -> None:
    """Items 4 and 9."""
    assert asked(versions, BREAKS) == []


def test_but_what_was_given_out_stays_as_it_is() -> None:
    """Item 3."""
    assert asked("0.4.2 0.4.2", BREAKS) == [
        ("api-version-not-bumped", f"0.4.3 would do, {REQUIRED}")
    ]
    assert asked("2.0.0-rc.1 2.0.0-rc.1", BREAKS) == [
        ("api-version-not-bumped", f"2.0.0 would do, {REQUIRED}")
    ]


def test_what_an_old_server_lacks_is_something_new() -> None:
    optional = {"parameters": [{"name": "a", "in": "query"}]}
    [(rule, _)] = asked("1.4.2 1.4.3", optional, BREAKS)
    assert rule == "api-minor-version-not-bumped"


def test_each_step_may_be_another() -> None:
    assert asked("1.4.2 1.5.0", BREAKS, err=Step.MINOR) == []
    assert asked("1.4.2 1.4.2", NOTES, info=Step.NONE) == []
    assert asked("1.4.2 1.4.3", ADDS, added=Step.PATCH) == []
    [(rule, _)] = asked("1.4.2 1.5.0", ADDS, added=Step.MAJOR)
    assert rule == "api-major-version-not-bumped"


def test_further_changes_that_ask_for_it_are_counted() -> None:
    both = {"parameters": [*BREAKS["parameters"], {"name": "b", "in": "query", "required": True}]}
    [(_, remedy)] = asked("1.4.2 1.5.0", both)
    assert remedy == f"2.0.0 would do, {REQUIRED} and 1 more"


def test_what_is_no_version_is_told_and_an_old_one_blocks_nobody() -> None:
    for versions, level in (("1.4.2 v2", Level.ERR), ("1 2", Level.ERR), ("1 2.0.0", Level.WARN)):
        [change] = found(versions, NOTES)
        assert (change.id, change.level) == ("api-version-not-semver", level)
        assert change.level_for_new_client is level
        assert change.remedy.startswith("a version has three numbers")


def test_it_stands_where_the_version_does() -> None:
    [change] = found("1.4.2 1.5.0", BREAKS)
    for place in (change.old, change.new):
        assert place is not None
        assert place.pointer == "/info/version"
    assert (change.before, change.after) == ("1.4.2", "1.5.0")


def test_each_step_has_a_fingerprint_of_its_own() -> None:
    given = [found("1.4.2 1.4.2", new)[0].fingerprint for new in (BREAKS, ADDS, NOTES)]
    assert len(set(given)) == 3


def test_what_asks_and_what_is_told_are_rules() -> None:
    assert set() == (ADDED | VERSION_RULES) - RULES
